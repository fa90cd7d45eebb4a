//! Why a section or a key isn't found in a file, although it looks as if it were there. Pure.

use super::document::Document;
use super::line::{Line, lines};
use super::name::without_prefix;
use super::properties::Properties;
use super::refusal::{Problem, Refusal};

impl Document<'_> {
    /// The header that was probably meant to be that of the missing section `name`.
    pub(crate) fn lookalike(&self, name: &str) -> Option<Refusal> {
        let mut sections = self.sections();
        let prefixed = sections.find(|(header, _)| without_prefix(header) == Some(name));
        if let Some((_, section)) = prefixed {
            let problem = Problem::PrefixedHeader {
                section: name.to_owned(),
            };
            return Some(Refusal::at(section.header.number, problem));
        }
        let mut indented = lines(self.text, 1).filter(Line::is_indented_header);
        let header = indented.find(|line| line.sdk_section() == Some(name))?;
        Some(Refusal::at(header.number, Problem::IndentedHeader))
    }

    /// The first line in `[DEFAULT]` with one of `keys`, which `section` lacks.
    pub(crate) fn in_default(&self, section: &str, keys: &[&'static str]) -> Option<Refusal> {
        let mut properties = self.defaults().map(|text| Properties::read(&text));
        properties.find_map(|properties| {
            let found = keys
                .iter()
                .find_map(|key| Some((key, properties.line_of(key)?)));
            let (&key, line) = found?;
            let problem = Problem::InDefault {
                section: section.to_owned(),
                key: key.to_owned(),
            };
            Some(Refusal::at(line, problem))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_of_a_header_are_found() {
        for (text, expected) in [
            ("[profile dev]\n", Some(1)),
            ("[a]\nk = v\n  [dev] # c\n", Some(3)),
            ("[a]\n  [ dev ]\n", Some(2)),
            ("[a]\n# [dev]\n[DEV]\n[dev-2]\n", None),
        ] {
            let document = Document::parse(text.as_bytes()).unwrap();
            let line = document.lookalike("dev").and_then(|refusal| refusal.line);
            assert_eq!(line, expected, "{text:?}");
        }
    }

    #[test]
    fn keys_of_default_are_found() {
        let text = "[DEFAULT]\nregion = r\n[dev]\n[DEFAULT]\n  MFA_Serial: s\n";
        let document = Document::parse(text.as_bytes()).unwrap();
        let found =
            |keys: &[&'static str]| document.in_default("dev", keys).map(|why| why.to_string());
        let named = found(&["aws_mfa_device", "mfa_serial"]).unwrap();
        assert!(
            named.starts_with("line 5: mfa_serial is in [DEFAULT]"),
            "{named}"
        );
        assert_eq!(found(&["aws_mfa_device"]), None);
    }
}
