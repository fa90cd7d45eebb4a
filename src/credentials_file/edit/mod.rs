//! Changes to a [`Document`], line by line. Pure: text in, text out.
//!
//! A change touches the lines of the given keys in one section and copies every other byte. If the
//! two grammars that read the file ([`super::line`]) disagree on where sections begin, or on a line
//! that would have to change, it is refused: nothing is guessed. Each result is verified before it
//! is returned: all else is compared with the old text, the section is parsed again, and the new
//! values are read back by rust-ini.
//!
//! Limits: UTF-8 only, no byte order mark, one occurrence of the edited section.

use zeroize::Zeroizing;

use super::botocore::{Checker, Reader, Role};
use super::document::{Document, SectionSpan, SectionText};
use super::line::{Kind, Line, lines};
use super::name::{DEFAULTS, check_name};
use super::properties::{Properties, indented};
use super::refusal::{Problem, Refusal};

/// The text of a file that holds secrets; wiped when dropped.
pub type Text = Zeroizing<String>;

/// A change to one key of a section.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'v> {
    /// The key, in lower case.
    pub key: &'static str,
    /// Its new value; `None` removes the key.
    pub value: Option<&'v str>,
}

/// Who reads the edited section.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// All AWS tools, which must agree on it.
    All,
    /// Only botocore and aws-mfa, so that its keys may be indented.
    Botocore,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    /// By the line of the edit with this index.
    Replace(usize),
    Drop,
}

impl Document<'_> {
    /// Sets and removes keys of section `name`, which is appended if it is missing. Existing keys
    /// keep their place; new ones follow the last of them, in the given order.
    ///
    /// # Errors
    /// Returns an error if the grammars disagree on the file's sections or on a line that would
    /// have to change, or if a value can't be written.
    pub fn set(&self, name: &str, edits: &[Edit<'_>]) -> Result<Text, Refusal> {
        self.set_for(Readers::All, name, &[], edits)
    }

    /// As [`Document::set`], for a section with permanent keys, which only botocore and aws-mfa
    /// read: its keys may be indented, and new ones are indented alike. If no edited key exists, new
    /// ones follow the last of `neighbours`.
    ///
    /// # Errors
    /// Returns an error if [`Document::set`] would for another reason than the indentation.
    pub fn set_long_term(
        &self,
        name: &str,
        neighbours: &[&'static str],
        edits: &[Edit<'_>],
    ) -> Result<Text, Refusal> {
        self.set_for(Readers::Botocore, name, neighbours, edits)
    }

    fn set_for(
        &self,
        readers: Readers,
        name: &str,
        neighbours: &[&'static str],
        edits: &[Edit<'_>],
    ) -> Result<Text, Refusal> {
        check_name(name)?;
        edits.iter().try_for_each(check_value)?;
        self.check_lines()?;
        self.check_default()?;
        let section = self.find(name)?.map(|index| self.sections[index]);
        let edited = match &section {
            Some(section) => self.rewrite(readers, section, neighbours, edits)?,
            None => self.append(name, edits),
        };
        self.verify(readers, &edited, (name, section), edits)?;
        Ok(edited)
    }

    /// Removes `keys` from section `name`, and the section itself if only blank lines remain. Any
    /// comment keeps it, even one after the header. If none of the keys exists, nothing changes.
    ///
    /// # Errors
    /// Returns an error if [`Document::set`] would.
    pub fn remove(&self, name: &str, keys: &[&'static str]) -> Result<Text, Refusal> {
        let edits: Vec<Edit<'_>> = keys.iter().map(|&key| Edit { key, value: None }).collect();
        self.check_lines()?;
        self.check_default()?;
        let Some(index) = self.find(name)? else {
            return Ok(self.unchanged());
        };
        let section = self.sections[index];
        let rewritten = self.rewrite(Readers::All, &section, &[], &edits)?;
        if *rewritten == *self.text {
            return Ok(rewritten);
        }
        self.verify(Readers::All, &rewritten, (name, Some(section)), &edits)?;
        let remainder = Document::parse(rewritten.as_bytes())?;
        if !remainder.is_bare(index, name) {
            return Ok(rewritten);
        }
        let removed = remainder.without(index);
        verify_sections(&removed, self.sections.len() - 1, None, name)?;
        Ok(removed)
    }

    /// Renames section `from` to `to`; the rest of its header stays.
    ///
    /// # Errors
    /// Returns an error if [`Document::set`] would, if `from` is missing or if `to` already exists.
    pub fn rename(&self, from: &str, to: &str) -> Result<Text, Refusal> {
        check_name(to)?;
        self.check_lines()?;
        let place = self.find(from)?.ok_or_else(|| no_section(from))?;
        let section = &self.sections[place];
        if let Some(index) = self.find(to)? {
            let section = to.to_owned();
            return Err(Refusal::at(
                self.sections[index].line,
                Problem::SectionExists { section },
            ));
        }
        let mut text = self.room_for(&[]);
        // Both grammars read the name right after the bracket, so nothing stands between.
        let name = section.start + 1..section.start + 1 + from.len();
        for part in [&self.text[..name.start], to, &self.text[name.end..]] {
            text.push_str(part);
        }
        verify_sections(&text, self.sections.len(), Some((to, place)), from)?;
        Ok(text)
    }

    /// Moves `keys` to section `to`, a section with permanent keys, which is appended if it is
    /// missing. Missing keys are skipped.
    ///
    /// # Errors
    /// Returns an error if [`Document::set`] would, if `from` is missing or equals `to`, or if AWS
    /// tools disagree on a value.
    pub fn move_keys(&self, from: &str, to: &str, keys: &[&'static str]) -> Result<Text, Refusal> {
        let section = self.section(from)?.ok_or_else(|| no_section(from))?;
        if from == to {
            // The keys would be copied onto themselves, then removed.
            let section_exists = Problem::SectionExists {
                section: to.to_owned(),
            };
            return Err(Refusal::at(section.header.number, section_exists));
        }
        let source = Properties::read(&section);
        let mut edits = Vec::new();
        for &key in keys {
            if let Some(value) = source.lenient_value(key)? {
                edits.push(Edit {
                    key,
                    value: Some(value),
                });
            }
        }
        let copied = self.set_long_term(to, &[], &edits)?;
        Document::parse(copied.as_bytes())?.remove(from, keys)
    }

    /// Returns an error if `[DEFAULT]`, whose keys every section inherits in botocore, makes
    /// sections unreadable: a key without a value, with indented lines below it, is taken for a
    /// block of settings, and a line in it without `=` is an error.
    fn check_default(&self) -> Result<(), Refusal> {
        let texts = self.may_be_defaults();
        for section in texts.filter(|text| text.header.botocore_section() == Some(DEFAULTS)) {
            let mut checker = Checker::default();
            if let Some(line) = section.lines().find(|line| checker.role(line).is_none()) {
                return Err(Refusal::at(line.number, Problem::BadDefault));
            }
        }
        Ok(())
    }

    fn unchanged(&self) -> Text {
        Zeroizing::new(self.text.to_owned())
    }

    /// A header without its line ending, which a new line after it may need.
    fn header(&self, section: &SectionSpan) -> &str {
        self.text[section.start..section.body].trim_end_matches(['\r', '\n'])
    }

    /// Whether only blank lines are left: no key and no comment, not even one after the header.
    fn is_bare(&self, index: usize, name: &str) -> bool {
        let section = self.section_text(&self.sections[index]);
        let header = section.header.content().trim_end_matches([' ', '\t']);
        header.len() == name.len() + "[]".len()
            && section.lines().all(|line| line.kind() == Kind::Blank)
    }

    /// The text without a bare section's header. At the end of the file, the blank line that
    /// [`Document::append`] puts before a section goes, too.
    fn without(&self, index: usize) -> Text {
        let section = &self.sections[index];
        let mut text = self.room_for(&[]);
        text.push_str(&self.text[..section.start]);
        if section.body == self.text.len() {
            let mut last = self.text[..section.start].lines().rev();
            if last.next() == Some("")
                && last
                    .next()
                    .is_some_and(|line| !line.trim_matches([' ', '\t']).is_empty())
            {
                let ending = if text.ends_with("\r\n") { 2 } else { 1 };
                let without_blank_line = text.len() - ending;
                text.truncate(without_blank_line);
            }
        }
        text.push_str(&self.text[section.body..]);
        text
    }

    /// Adds a section at the end, after a blank line; ends the last line first if necessary.
    fn append(&self, name: &str, edits: &[Edit<'_>]) -> Text {
        let ending = self.first_ending();
        let mut text = self.room_for(edits);
        text.push_str(self.text);
        end_line(&mut text, ending);
        let last = self.text.lines().next_back();
        if last.is_some_and(|line| !line.trim_matches([' ', '\t']).is_empty()) {
            text.push_str(ending);
        }
        for part in ["[", name, "]", ending] {
            text.push_str(part);
        }
        for edit in edits {
            push_property(&mut text, "", edit, ending);
        }
        text
    }

    fn rewrite(
        &self,
        readers: Readers,
        section: &SectionSpan,
        neighbours: &[&'static str],
        edits: &[Edit<'_>],
    ) -> Result<Text, Refusal> {
        let here = self.section_text(section);
        let ending = match here.header.ending() {
            "" => self.first_ending(),
            ending => ending,
        };
        let fates = fates(readers, &here, edits)?;
        let is_set = |fate: &Fate| matches!(fate, Fate::Replace(i) if edits[*i].value.is_some());
        let last_set = fates
            .iter()
            .rposition(is_set)
            .or_else(|| end_of_neighbours(here.lines(), neighbours));
        let indent = match last_set {
            Some(index) => indent_of_key(here.lines().take(index + 1)),
            None => deepest_indent(here.lines()),
        };
        let missing = (0..edits.len()).filter(|i| !fates.contains(&Fate::Replace(*i)));
        let missing: Vec<&Edit<'_>> = missing
            .map(|i| &edits[i])
            .filter(|edit| edit.value.is_some())
            .collect();
        let insert_missing = |text: &mut Text| {
            for edit in &missing {
                end_line(text, ending);
                push_property(text, indent, edit, ending);
            }
        };

        let mut text = self.room_for(edits);
        text.push_str(&self.text[..section.body]);
        if last_set.is_none() {
            insert_missing(&mut text);
        }
        for (index, (line, fate)) in here.lines().zip(&fates).enumerate() {
            match fate {
                Fate::Keep => text.push_str(line.raw),
                Fate::Replace(edit) => {
                    push_property(&mut text, line.indent(), &edits[*edit], line.ending());
                }
                Fate::Drop => {}
            }
            if Some(index) == last_set {
                insert_missing(&mut text);
            }
        }
        text.push_str(&self.text[section.end..]);
        Ok(text)
    }

    /// The ending of the file's first line, or `\n` if it has none.
    fn first_ending(&self) -> &str {
        match lines(self.text, 1).next().map_or("", |line| line.ending()) {
            "" => "\n",
            ending => ending,
        }
    }

    /// An empty text with room for the file and the edits: growing would leave copies of secrets.
    fn room_for(&self, edits: &[Edit<'_>]) -> Text {
        let added: usize = edits
            .iter()
            .map(|edit| edit.key.len() + edit.value.map_or(0, str::len) + 8)
            .sum();
        Zeroizing::new(String::with_capacity(self.text.len() + added + 512))
    }

    /// All but the section, which was `old`, must be the same byte for byte. It is parsed again: it
    /// must be one section, with the same header and the same other keys, in lines that the grammars
    /// agree on, and rust-ini must read exactly the new values. That there was no other section of
    /// this name, and that the other lines are clear, was found before the edit.
    fn verify(
        &self,
        readers: Readers,
        edited: &str,
        (name, old): (&str, Option<SectionSpan>),
        edits: &[Edit<'_>],
    ) -> Result<(), Refusal> {
        let (before, after) = old.map_or((self.text, ""), |section| {
            (&self.text[..section.start], &self.text[section.end..])
        });
        let rest = edited.strip_prefix(before).ok_or(UNVERIFIED)?;
        let own = rest.strip_suffix(after).ok_or(UNVERIFIED)?;
        let new = Document::parse(own.as_bytes()).map_err(|_| UNVERIFIED)?;
        let &[section] = new.sections.as_slice() else {
            return Err(UNVERIFIED);
        };
        // Both parts begin on a line of their own; what is appended, after blank lines.
        let is_apart = ends_line(before) || own.starts_with(['\r', '\n']);
        let has_neighbours = is_apart && (after.is_empty() || ends_line(own));
        let above = &own[..section.start];
        let is_in_place = match old {
            Some(old) => above.is_empty() && self.header(&old) == new.header(&section),
            None => above.trim_matches(['\r', '\n']).is_empty(),
        };
        let text = new.section_text(&section);
        let is_named = new.find(name) == Ok(Some(0));
        let is_clear = is_named && new.check_lines().is_ok();

        let profile = Properties::read(&text);
        let keys: Vec<&str> = edits.iter().map(|edit| edit.key).collect();
        let old = old.map(|old| self.section_text(&old));
        let others = old.map_or_else(Vec::new, |old| Properties::read(&old).others(&keys));
        let value = |key| match readers {
            Readers::All => profile.value(key),
            Readers::Botocore => profile.lenient_value(key),
        };
        let values_match = edits.iter().all(|edit| value(edit.key) == Ok(edit.value));
        if has_neighbours
            && is_in_place
            && is_clear
            && values_match
            && profile.others(&keys) == others
        {
            Ok(())
        } else {
            Err(UNVERIFIED)
        }
    }
}

const UNVERIFIED: Refusal = Refusal {
    line: None,
    problem: Problem::Unverified,
};

fn no_section(name: &str) -> Refusal {
    Refusal::whole(Problem::NoSection {
        section: name.to_owned(),
    })
}

/// Checks a text after a header change: `count` sections, `there` (name, index), none named `gone`.
fn verify_sections(
    text: &str,
    count: usize,
    there: Option<(&str, usize)>,
    gone: &str,
) -> Result<(), Refusal> {
    let holds = |new: &Document<'_>| {
        let in_place = there.is_none_or(|(name, place)| new.find(name) == Ok(Some(place)));
        new.sections.len() == count
            && in_place
            && new.find(gone) == Ok(None)
            && new.check_lines().is_ok()
    };
    match Document::parse(text.as_bytes()) {
        Ok(new) if holds(&new) => Ok(()),
        _ => Err(UNVERIFIED),
    }
}

/// The last line of `keys`, including indented lines that continue a value.
fn end_of_neighbours<'t>(lines: impl Iterator<Item = Line<'t>>, keys: &[&str]) -> Option<usize> {
    let mut end = None;
    let mut continues = false;
    let mut reader = Reader::default();
    for (index, line) in lines.enumerate() {
        match (reader.role(&line), line.kind()) {
            (Role::Key, _) => continues = keys.iter().any(|key| line.has_key(key)),
            (Role::Continuation, _) | (Role::Nothing, Kind::Indented) => {}
            (Role::Nothing, _) => continue,
        }
        if continues {
            end = Some(index);
        }
    }
    end
}

/// The indentation of the last key in `lines`.
fn indent_of_key<'t>(lines: impl Iterator<Item = Line<'t>>) -> &'t str {
    let mut reader = Reader::default();
    let keys = lines.filter(|line| reader.role(line) == Role::Key);
    keys.last().map_or("", |key| key.indent())
}

/// The deepest indentation up to the first key: a key in front of that one, indented like this,
/// leaves to it and to the comments above it what they are.
fn deepest_indent<'t>(lines: impl Iterator<Item = Line<'t>>) -> &'t str {
    let mut reader = Reader::default();
    let mut deepest = "";
    for line in lines {
        let role = reader.role(&line);
        let indent = line.indent();
        if line.kind() != Kind::Blank && indent.chars().count() > deepest.chars().count() {
            deepest = indent;
        }
        if role == Role::Key {
            break;
        }
    }
    deepest
}

/// The first line of an edited key is replaced; later ones, and indented lines that belong to any
/// of them, are dropped. Everything else stays.
fn fates(
    readers: Readers,
    section: &SectionText<'_>,
    edits: &[Edit<'_>],
) -> Result<Vec<Fate>, Refusal> {
    let all_must_agree = readers == Readers::All;
    let name = section.header.sdk_section().unwrap_or_default();
    let mut seen = vec![false; edits.len()];
    let mut reader = Reader::default();
    // The key above, and its fate.
    let mut above = None;
    let fate = |line| match (reader.role(&line), line.kind(), above) {
        (_, Kind::Indented, None) if all_must_agree => Err(indented(&line, name)),
        (Role::Key, ..) => {
            let fate = match edits.iter().position(|edit| line.has_key(edit.key)) {
                Some(index) if std::mem::replace(&mut seen[index], true) => Fate::Drop,
                Some(index) => Fate::Replace(index),
                None => Fate::Keep,
            };
            above = Some((line, fate));
            Ok(fate)
        }
        (Role::Nothing, Kind::Blank, _) => match line.leading_white_space() {
            Some(character) if all_must_agree => Err(Refusal::at(
                line.number,
                Problem::UnicodeWhiteSpace(character),
            )),
            _ => Ok(Fate::Keep),
        },
        (_, _, None | Some((_, Fate::Keep))) => Ok(Fate::Keep),
        (Role::Continuation, ..) => Ok(Fate::Drop),
        // Below a key that isn't indented, the SDKs read it as part of the value.
        (Role::Nothing, Kind::Indented, Some((key, _))) if key.kind() == Kind::Property => {
            if line.is_indented_comment() {
                return Err(Refusal::at(line.number, Problem::IndentedComment));
            }
            Ok(Fate::Drop)
        }
        (Role::Nothing, ..) => Ok(Fate::Keep),
    };
    section.lines().map(fate).collect()
}

/// Whether what follows begins on a line of its own.
fn ends_line(text: &str) -> bool {
    text.is_empty() || text.ends_with('\n')
}

fn end_line(text: &mut String, ending: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(ending);
    }
}

fn push_property(text: &mut String, indent: &str, edit: &Edit<'_>, ending: &str) {
    if let Some(value) = edit.value {
        for part in [indent, edit.key, " = ", value, ending] {
            text.push_str(part);
        }
    }
}

fn check_value(edit: &Edit<'_>) -> Result<(), Refusal> {
    if edit.value.is_none_or(can_be_stored) {
        return Ok(());
    }
    Err(Refusal::whole(Problem::NewValue {
        key: edit.key.to_owned(),
    }))
}

/// Whether all AWS tools would read `value` as it is written.
pub(crate) fn can_be_stored(value: &str) -> bool {
    let plain = value.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    plain
        && !value.is_empty()
        && value.trim() == value
        && !value.starts_with(['"', '\'', '#', ';'])
        && !value.ends_with('\\')
        && !value.contains(" #")
        && !value.contains(" ;")
}

#[cfg(test)]
mod tests;
