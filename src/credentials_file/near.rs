//! Which profile a name may mean that is no profile's. Pure.

/// How many are worth reading.
const MAX_NAMED: usize = 3;
/// In a name of six characters or more. With more than a third of them it is another word.
const MAX_MISTAKES: usize = 2;
/// Only so much of a name is compared, in characters: it may be as long as the file.
const MAX_COMPARED: usize = 128;

/// Those of `names` that `given` may mean, the likeliest first: with capital letters in other places,
/// by some of its parts, or mistyped.
pub(crate) fn near<'n>(given: &str, names: &[&'n str]) -> Vec<&'n str> {
    let given = lower(given);
    let mut near: Vec<(Kind, usize, &str)> = names
        .iter()
        .filter_map(|name| {
            let lower = lower(name);
            let distance = strsim::damerau_levenshtein(&given, &lower);
            Some((kind(&given, &lower, distance)?, distance, *name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter()
        .map(|(_, _, name)| name)
        .take(MAX_NAMED)
        .collect()
}

/// How likely a name is meant, the likeliest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Same,
    Mistyped,
    Parts,
}

fn kind(given: &str, name: &str, distance: usize) -> Option<Kind> {
    let shorter = given.chars().count().min(name.chars().count());
    if distance == 0 {
        Some(Kind::Same)
    } else if distance <= MAX_MISTAKES && distance * 3 <= shorter {
        Some(Kind::Mistyped)
    } else if is_made_of_parts(given, name) || is_made_of_parts(name, given) {
        Some(Kind::Parts)
    } else {
        None
    }
}

/// Whether every part of `given` begins a part of `name`: `prod`, `eu`, `eu-prod` of `production-eu`.
fn is_made_of_parts(given: &str, name: &str) -> bool {
    let mut of_given = parts(given).peekable();
    of_given.peek().is_some()
        && of_given.all(|given| parts(name).any(|part| part.starts_with(given)))
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    let parts = name.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty())
}

fn lower(name: &str) -> String {
    let start: String = name.chars().take(MAX_COMPARED).collect();
    start.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_parts_and_in_spite_of_mistakes() {
        let names = [
            "dev",
            "production-eu",
            "production-us",
            "production-ap",
            "production-ca",
            "staging/eu",
            "my profile",
        ];
        for (given, expected) in [
            ("DEV", &["dev"][..]),
            ("dve", &["dev"]),
            ("devel", &["dev"]),
            ("dev2", &["dev"]),
            ("eu-prod", &["production-eu"]),
            ("prdouction-eu", &["production-eu"]),
            ("production-eu-admin", &["production-eu"]),
            ("eu", &["staging/eu", "production-eu"]),
            ("prod", &["production-ap", "production-ca", "production-eu"]),
            ("profile", &["my profile"]),
            ("My-Profile", &["my profile"]),
            ("other", &[]),
            ("", &[]),
            ("-", &[]),
        ] {
            assert_eq!(near(given, &names), expected, "{given}");
        }
    }
}
