//! Lists in sentences. Pure.

/// `A`, `A and B`, `A, B and C`.
pub(crate) fn join_with_and<W: AsRef<str>>(words: &[W]) -> String {
    join(words, "and")
}

/// `A`, `A or B`, `A, B or C`.
pub(crate) fn join_with_or<W: AsRef<str>>(words: &[W]) -> String {
    join(words, "or")
}

fn join<W: AsRef<str>>(words: &[W], before_last: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [others @ .., last] if !others.is_empty() => {
            format!("{} {before_last} {last}", others.join(", "))
        }
        words => words.concat(),
    }
}
