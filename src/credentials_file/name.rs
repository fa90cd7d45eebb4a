//! Which names a section may have, and who reads them. Pure.

use super::refusal::{Problem, Refusal};

/// The section whose keys botocore gives to every other one.
pub(crate) const DEFAULTS: &str = "DEFAULT";

/// The longest name that is offered, in bytes. More is no name that somebody types.
const MAX_OFFERED: usize = 128;

/// Returns an error if no AWS tool finds a section with this name, or if they disagree on where the
/// name begins or ends.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let section = name.to_owned();
    let problem = if name == DEFAULTS {
        Problem::DefaultSection
    } else if let Some(profile) = without_prefix(name) {
        let profile = profile.to_owned();
        Problem::ProfilePrefix { section, profile }
    } else if is_readable(name) {
        return Ok(());
    } else {
        Problem::SectionName { section }
    };
    Err(Refusal::whole(problem))
}

/// The profile that a header of the config file names, where the name has a prefix.
pub(crate) fn without_prefix(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("profile")?;
    let profile = rest.trim();
    (rest.starts_with([' ', '\t']) && !profile.is_empty()).then_some(profile)
}

/// Whether botocore and the grammar of the SDKs find the same name in `[name]`.
fn is_readable(name: &str) -> bool {
    let breaks = |c: char| c.is_control() || "]#;\u{2028}\u{2029}".contains(c);
    !name.is_empty() && name.trim() == name && !name.contains(breaks)
}

/// Whether all SDKs read the name. The AWS CLI and boto3 read any.
pub(crate) fn is_sdk_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_sdk_character)
}

fn is_sdk_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c)
}

/// Whether JavaScript's SDK takes the name for the kind of a section and its name, as in
/// `sso-session x`, so that it finds no profile. Tried with `shared-ini-file-loader` 4.
pub(super) fn is_two_words(name: &str) -> bool {
    let is_kind = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let Some((kind, rest)) = name.split_once(char::is_whitespace) else {
        return false;
    };
    let without_quotes = ['"', '\''].iter().find_map(|&quote| {
        let rest = rest.strip_prefix(quote)?;
        rest.strip_suffix(quote)
    });
    !kind.is_empty() && kind.chars().all(is_kind) && is_sdk_name(without_quotes.unwrap_or(rest))
}

/// Whether `name` is worth naming as a profile: it can be one, and could be typed.
pub(crate) fn may_be_profile(name: &str) -> bool {
    name.len() <= MAX_OFFERED && !name.starts_with('-') && check_name(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_tools_read_alike_are_accepted() {
        for (name, accepted, sdks, javascript) in [
            ("dev", true, true, true),
            ("a.b/c%d@e:f+g_h-i", true, true, true),
            ("my profile", true, false, false),
            ("my 'profile'", true, false, false),
            ("my own profile", true, false, true),
            ("it's me", true, false, true),
            ("Z\u{f6}e (work)", true, false, true),
            ("a[b", true, false, true),
            ("", false, false, true),
            (" a", false, false, true),
            ("a\u{a0}", false, false, true),
            ("a]b", false, false, true),
            ("a #b", false, false, true),
            ("a;b", false, false, true),
            ("a\tb", false, false, false),
            ("a\nb", false, false, false),
            ("a\u{2028}b", false, false, false),
            ("DEFAULT", false, true, true),
            ("profile dev", false, false, false),
        ] {
            assert_eq!(check_name(name).is_ok(), accepted, "{name:?}");
            assert_eq!(is_sdk_name(name), sdks, "SDKs: {name:?}");
            assert_eq!(!is_two_words(name), javascript, "JavaScript: {name:?}");
        }
    }
}
