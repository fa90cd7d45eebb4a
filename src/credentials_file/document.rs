//! The text of a credentials file, edited line by line. Pure: bytes in, bytes out.
//!
//! A [`Document`] is the text and the places of its section headers. Reading never changes anything and never fails on an
//! oddity of another section; [`Document::set`] touches the lines of the given keys in one section and copies every
//! other byte. Where the two grammars that read this file ([`super::line`]) disagree on where sections begin, or on a line
//! that would have to change, the edit is refused: nothing is guessed.
//!
//! Limits: UTF-8 only, no byte order mark, one occurrence of the edited section.

use zeroize::Zeroizing;

use super::line::{Kind, Line, lines};
use super::profile::Profile;
use super::refusal::{Problem, Refusal};

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    text: &'t str,
    sections: Vec<Section>,
}

/// Where a section is: from its header to the next header or the end of the file.
#[derive(Clone, Copy, Debug)]
struct Section {
    /// Line number of the header, counted from 1.
    line: usize,
    /// Byte offset of the header line.
    start: usize,
    /// Byte offset of the line after the header.
    body: usize,
    /// Byte offset of the next header, or the length of the text.
    end: usize,
}

/// One section's text, for reading.
#[derive(Clone, Copy, Debug)]
pub struct SectionText<'t> {
    /// The header line.
    pub header: Line<'t>,
    /// Everything behind the header line.
    pub body: &'t str,
}

impl<'t> SectionText<'t> {
    /// The lines behind the header.
    pub fn lines(&self) -> impl Iterator<Item = Line<'t>> + use<'t> {
        lines(self.body, self.header.number + 1)
    }
}

/// A change to one key of a section.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'v> {
    /// The key, in lower case.
    pub key: &'static str,
    /// Its new value; none removes the key.
    pub value: Option<&'v str>,
}

impl<'t> Document<'t> {
    /// Finds the sections of `bytes`.
    ///
    /// # Errors
    /// Where it is not UTF-8, or begins with a byte order mark: then no AWS tool reads it either.
    pub fn parse(bytes: &'t [u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].split(|&b| b == b'\n').count();
            Refusal::at(line, Problem::NotUtf8)
        })?;
        if text.starts_with('\u{feff}') {
            return Err(Refusal::at(1, Problem::ByteOrderMark));
        }
        let mut sections: Vec<Section> = Vec::new();
        let mut start = 0;
        for line in lines(text, 1) {
            if line.kind() == Kind::Header {
                if let Some(last) = sections.last_mut() {
                    last.end = start;
                }
                sections.push(Section {
                    line: line.number,
                    start,
                    body: start + line.raw.len(),
                    end: text.len(),
                });
            }
            start += line.raw.len();
        }
        Ok(Self { text, sections })
    }

    /// The section that every AWS tool knows by this name.
    ///
    /// # Errors
    /// Where it is there twice, or only some tools read its header so.
    pub fn section(&self, name: &str) -> Result<Option<SectionText<'t>>, Refusal> {
        Ok(self
            .find(name)?
            .map(|index| self.section_text(&self.sections[index])))
    }

    /// The names of all sections, as the SDKs read them, in the file's order.
    pub fn section_names(&self) -> impl Iterator<Item = &'t str> {
        self.sections
            .iter()
            .filter_map(|section| self.section_text(section).header.sdk_section())
    }

    /// Sets and removes keys of section `name`, which is appended where it is missing. Keys that are there keep their
    /// place; missing ones follow the last of them, in the order given.
    ///
    /// # Errors
    /// Where the grammars disagree on the file's sections or on a line that would have to change, or where a value
    /// can't be written.
    pub fn set(&self, name: &str, edits: &[Edit<'_>]) -> Result<Zeroizing<String>, Refusal> {
        check_name(name)?;
        edits.iter().try_for_each(check_value)?;
        self.check_lines()?;
        let edited = match self.find(name)? {
            Some(index) => self.rewrite(&self.sections[index], name, edits)?,
            None => self.append(name, edits),
        };
        self.verify(&edited, name, edits)?;
        Ok(edited)
    }

    fn section_text(&self, section: &Section) -> SectionText<'t> {
        SectionText {
            header: Line {
                number: section.line,
                raw: &self.text[section.start..section.body],
            },
            body: &self.text[section.body..section.end],
        }
    }

    fn find(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let mut found: Option<usize> = None;
        for (index, section) in self.sections.iter().enumerate() {
            let header = self.section_text(section).header;
            let readers = [header.sdk_section(), header.botocore_section()];
            if !readers.contains(&Some(name)) {
                continue;
            }
            let named = || name.to_owned();
            if readers[0] != readers[1] {
                return Err(Refusal::at(
                    section.line,
                    Problem::AmbiguousHeader { section: named() },
                ));
            }
            if let Some(first) = found {
                let first = self.sections[first].line;
                return Err(Refusal::at(
                    section.line,
                    Problem::DuplicateSection {
                        section: named(),
                        first,
                    },
                ));
            }
            found = Some(index);
        }
        Ok(found)
    }

    fn check_lines(&self) -> Result<(), Refusal> {
        let mut in_section = false;
        for line in lines(self.text, 1) {
            line.check(in_section)?;
            in_section |= line.kind() == Kind::Header;
        }
        Ok(())
    }

    /// The line ending of the file's first line, `\n` where it has none.
    fn first_ending(&self) -> &'t str {
        lines(self.text, 1)
            .next()
            .map(|line| line.ending())
            .filter(|ending| !ending.is_empty())
            .unwrap_or("\n")
    }

    fn append(&self, name: &str, edits: &[Edit<'_>]) -> Zeroizing<String> {
        let ending = self.first_ending();
        let mut text = self.room_for(edits);
        text.push_str(self.text);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(ending);
        }
        let last = self.text.lines().next_back();
        if last.is_some_and(|line| !line.trim_matches([' ', '\t']).is_empty()) {
            text.push_str(ending);
        }
        text.push('[');
        text.push_str(name);
        text.push(']');
        text.push_str(ending);
        for edit in edits {
            push_property(&mut text, edit, ending);
        }
        text
    }

    fn rewrite(
        &self,
        section: &Section,
        name: &str,
        edits: &[Edit<'_>],
    ) -> Result<Zeroizing<String>, Refusal> {
        let here = self.section_text(section);
        let ending = Some(here.header.ending())
            .filter(|e| !e.is_empty())
            .unwrap_or_else(|| self.first_ending());
        let keyed = |line: &Line<'_>| edits.iter().position(|edit| line.has_key(edit.key));
        let kept = last_kept_line(&here, edits, keyed);

        let mut text = self.room_for(edits);
        text.push_str(&self.text[..section.body]);
        let mut missing = edits.iter().enumerate().filter(|(i, _)| {
            !here
                .lines()
                .any(|l| is_property(&l) && keyed(&l) == Some(*i))
        });
        let mut insert_missing = |text: &mut Zeroizing<String>| {
            for (_, edit) in missing.by_ref().filter(|(_, edit)| edit.value.is_some()) {
                if !text.ends_with('\n') {
                    text.push_str(ending);
                }
                push_property(text, edit, ending);
            }
        };
        if kept.is_none() {
            insert_missing(&mut text);
        }

        let mut seen = vec![false; edits.len()];
        // Whose lines an indented line belongs to: nobody's before the first key, ours, or another key's.
        let mut ours: Option<bool> = None;
        for line in here.lines() {
            match line.kind() {
                Kind::Indented if ours.is_none() => {
                    return Err(Refusal::at(
                        line.number,
                        Problem::IndentedFirstKey {
                            section: name.to_owned(),
                        },
                    ));
                }
                Kind::Indented if ours == Some(true) => {
                    if line.is_indented_comment() {
                        return Err(Refusal::at(line.number, Problem::IndentedComment));
                    }
                }
                Kind::Property => {
                    let key = keyed(&line);
                    ours = Some(key.is_some());
                    match key {
                        Some(index) if std::mem::replace(&mut seen[index], true) => {}
                        Some(index) => push_property(&mut text, &edits[index], line.ending()),
                        None => text.push_str(line.raw),
                    }
                }
                _ => text.push_str(line.raw),
            }
            if Some(line.number) == kept {
                insert_missing(&mut text);
            }
        }
        text.push_str(&self.text[section.end..]);
        Ok(text)
    }

    fn room_for(&self, edits: &[Edit<'_>]) -> Zeroizing<String> {
        // Never grown, so that no copy of a secret is left behind in freed memory.
        let added: usize = edits
            .iter()
            .map(|edit| edit.key.len() + edit.value.map_or(0, str::len) + 8)
            .sum();
        Zeroizing::new(String::with_capacity(self.text.len() + added + 512))
    }

    /// Scans the edited text anew: the same sections, every other one byte for byte, and, read by rust-ini, exactly
    /// the new values.
    fn verify(&self, edited: &str, name: &str, edits: &[Edit<'_>]) -> Result<(), Refusal> {
        let unverified = || Refusal::whole(Problem::Unverified);
        let new = Document::parse(edited.as_bytes()).map_err(|_| unverified())?;
        new.check_lines().map_err(|_| unverified())?;
        let target = new.find(name).ok().flatten().ok_or_else(unverified)?;
        let others_hold = match self.find(name)? {
            Some(old) => {
                let (a, b) = (&self.sections[old], &new.sections[target]);
                old == target
                    && new.sections.len() == self.sections.len()
                    && self.text[..a.start] == new.text[..b.start]
                    && self.text[a.start..a.body].trim_end_matches(['\r', '\n'])
                        == new.text[b.start..b.body].trim_end_matches(['\r', '\n'])
                    && self.text[a.end..] == new.text[b.end..]
            }
            None => {
                new.sections.len() == self.sections.len() + 1 && new.text.starts_with(self.text)
            }
        };
        let profile = Profile::read(&new.section_text(&new.sections[target]));
        let values_hold = edits
            .iter()
            .all(|edit| profile.value(edit.key) == Ok(edit.value));
        (others_hold && values_hold)
            .then_some(())
            .ok_or_else(unverified)
    }
}

/// The number of the last line of `section` that stays and holds one of the edited keys.
fn last_kept_line(
    section: &SectionText<'_>,
    edits: &[Edit<'_>],
    keyed: impl Fn(&Line<'_>) -> Option<usize>,
) -> Option<usize> {
    let mut seen = vec![false; edits.len()];
    let mut last = None;
    for line in section.lines().filter(is_property) {
        if let Some(index) = keyed(&line)
            && !std::mem::replace(&mut seen[index], true)
            && edits[index].value.is_some()
        {
            last = Some(line.number);
        }
    }
    last
}

fn is_property(line: &Line<'_>) -> bool {
    line.kind() == Kind::Property
}

fn push_property(text: &mut String, edit: &Edit<'_>, ending: &str) {
    if let Some(value) = edit.value {
        for part in [edit.key, " = ", value, ending] {
            text.push_str(part);
        }
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name == "DEFAULT" {
        return Err(Refusal::whole(Problem::DefaultSection));
    }
    // The characters that the SDKs accept in a profile's name.
    let valid = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if name.is_empty() || !name.chars().all(valid) {
        return Err(Refusal::whole(Problem::SectionName {
            section: name.to_owned(),
        }));
    }
    Ok(())
}

fn check_value(edit: &Edit<'_>) -> Result<(), Refusal> {
    let Some(value) = edit.value else {
        return Ok(());
    };
    let plain = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    let safe = !value.is_empty()
        && value.trim() == value
        && !value.starts_with(['"', '\'', '#', ';'])
        && !value.ends_with('\\')
        && !value.contains(" #")
        && !value.contains(" ;");
    if plain && safe {
        Ok(())
    } else {
        Err(Refusal::whole(Problem::NewValue {
            key: edit.key.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDITS: [Edit<'static>; 3] = [
        Edit {
            key: "aws_access_key_id",
            value: Some("ASIANEW"),
        },
        Edit {
            key: "aws_session_token",
            value: Some("T/k+n=="),
        },
        Edit {
            key: "assumed_role_arn",
            value: None,
        },
    ];
    const NEW: &str = "aws_access_key_id = ASIANEW\naws_session_token = T/k+n==\n";

    fn set(before: &str) -> Result<String, String> {
        Document::parse(before.as_bytes())
            .and_then(|d| d.set("mfa", &EDITS))
            .map(|t| t.to_string())
            .map_err(|r| r.to_string())
    }

    #[track_caller]
    fn edits(before: &str, after: &str) {
        assert_eq!(set(before).as_deref(), Ok(after), "{before:?}");
        assert_eq!(
            set(after).as_deref(),
            Ok(after),
            "twice is once: {before:?}"
        );
    }

    #[track_caller]
    fn refuses(before: &str, line: usize) {
        let refusal = set(before).expect_err(before);
        assert!(
            refusal.starts_with(&format!("line {line}: ")),
            "{before:?}: {refusal}"
        );
    }

    #[test]
    fn a_missing_section_is_appended() {
        edits("", &format!("[mfa]\n{NEW}"));
        edits("\n\n", &format!("\n\n[mfa]\n{NEW}"));
        edits("# x", &format!("# x\n\n[mfa]\n{NEW}"));
        edits("[base]\nk=v\n", &format!("[base]\nk=v\n\n[mfa]\n{NEW}"));
        edits(
            "[base]\r\nk=v",
            &format!(
                "[base]\r\nk=v\r\n\r\n[mfa]\r\n{}",
                NEW.replace('\n', "\r\n")
            ),
        );
        edits(
            "#[mfa]\n;[mfa]\n",
            &format!("#[mfa]\n;[mfa]\n\n[mfa]\n{NEW}"),
        );
    }

    #[test]
    fn keys_are_replaced_where_they_stand() {
        edits(
            "[mfa]\nAWS_Access_Key_Id = OLD # c\nregion = r\n",
            &format!("[mfa]\n{NEW}region = r\n"),
        );
        edits(
            "[mfa]\nregion=r\naws_session_token: old\n# c\n  more\n\nassumed_role_arn=x\n[z]\nk=v",
            "[mfa]\nregion=r\naws_session_token = T/k+n==\naws_access_key_id = ASIANEW\n# c\n\n[z]\nk=v",
        );
        edits(
            "[mfa]\naws_access_key_id=1\nregion=r\naws_access_key_id=2\naws_session_token=3",
            "[mfa]\naws_access_key_id = ASIANEW\nregion=r\naws_session_token = T/k+n==",
        );
        edits(
            "[mfa]\naws_session_token=3",
            "[mfa]\naws_session_token = T/k+n==\naws_access_key_id = ASIANEW\n",
        );
    }

    #[test]
    fn an_empty_section_gets_its_keys_below_the_header() {
        edits("[mfa]", &format!("[mfa]\n{NEW}"));
        edits(
            "[mfa] # c\r\n\r\n# about z\r\n[z]\r\nk=v\r\n",
            &format!(
                "[mfa] # c\r\n{}\r\n# about z\r\n[z]\r\nk=v\r\n",
                NEW.replace('\n', "\r\n")
            ),
        );
        edits(
            "[mfa]\ns3 =\n  aws_session_token = N\n",
            &format!("[mfa]\n{NEW}s3 =\n  aws_session_token = N\n"),
        );
    }

    #[test]
    fn oddities_elsewhere_are_left_alone() {
        let odd =
            "[DEFAULT]\nx = ends\\\n[a]\nb = \"eu\n[a]\n  c: d\n[other] junk\nk = v\u{2028}[z]\n";
        edits(odd, &format!("{odd}\n[mfa]\n{NEW}"));
    }

    #[test]
    fn what_is_ambiguous_is_refused_with_its_line() {
        refuses("[mfa]\nx=1\n[z]\nk=v\n[mfa]\ny=2", 5);
        refuses("[b]\n[ mfa ]\nregion=r", 2);
        refuses("[mfa] # see [base]\nk=v", 1);
        refuses("[mfa] junk\nk=v", 1);
        refuses("[b]\nk=v\n[mfa\nk=v", 3);
        refuses("[b]\nk=v\n  [mfa]\n  k = F\n", 3);
        refuses("[mfa]\n  region=r\n", 2);
        refuses("[mfa]\naws_access_key_id=A\n  # old\nregion=r\n", 3);
        refuses("[z]\nfoo\n", 2);
        refuses("k=v\n[mfa]\n", 1);
        refuses("[z]\nk=v\n\u{1a}", 3);
        refuses("\u{feff}[mfa]\n", 1);
        assert_eq!(
            Document::parse(b"[a]\n# caf\xe9\n")
                .unwrap_err()
                .to_string(),
            "line 2: not UTF-8 text"
        );
    }

    #[test]
    fn names_and_values_the_file_cannot_carry_are_refused() {
        let document = Document::parse(b"").unwrap();
        for name in ["DEFAULT", "", "a b", "a]", "é"] {
            assert!(document.set(name, &EDITS).is_err(), "{name}");
        }
        for value in ["", " a", "a ", "\"a", "a\\", "a\nb", "a #b", "é", "a\u{7f}"] {
            assert!(
                document
                    .set(
                        "mfa",
                        &[Edit {
                            key: "k",
                            value: Some(value)
                        }]
                    )
                    .is_err(),
                "{value:?}"
            );
        }
        assert!(
            document
                .set(
                    "mfa",
                    &[Edit {
                        key: "k",
                        value: Some("2026-11-22 10:00:00")
                    }]
                )
                .is_ok()
        );
    }
}
