//! The text of a credentials file and where its sections are. Pure.
//!
//! Reading changes nothing and ignores oddities in other sections. [`super::edit`] makes changes.

use std::rc::Rc;

use super::line::{Line, lines};
use super::name::DEFAULTS;
use super::refusal::{Problem, Refusal};

/// The text of a credentials file, with its sections.
#[derive(Clone, Debug)]
pub struct Document<'t> {
    pub(super) text: &'t str,
    /// Shared: a copy of the document is another view of the same text.
    pub(super) sections: Rc<Vec<SectionSpan>>,
    /// Those that some tool may call `[DEFAULT]`.
    may_be_defaults: Rc<[SectionSpan]>,
}

/// Returns an error if no AWS tool reads the bytes as text.
pub(crate) fn text_of(bytes: &[u8]) -> Result<&str, Refusal> {
    if is_utf16(bytes) {
        return Err(Refusal::whole(Problem::Utf16));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|&b| b == b'\n').count();
        Refusal::at(line, Problem::NotUtf8)
    })?;
    if text.starts_with('\u{feff}') {
        return Err(Refusal::at(1, Problem::ByteOrderMark));
    }
    Ok(text)
}

/// From a section's header to the next header or the end of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct SectionSpan {
    /// Line number of the header, counted from 1.
    pub(super) line: usize,
    /// Byte offset of the header.
    pub(super) start: usize,
    /// Byte offset of the line after the header.
    pub(super) body: usize,
    /// Byte offset of the next header, or the length of the text.
    pub(super) end: usize,
}

/// The text of one section.
#[derive(Clone, Copy, Debug)]
pub struct SectionText<'t> {
    /// The header line.
    pub header: Line<'t>,
    /// Everything after the header line, up to the next header.
    pub body: &'t str,
}

impl<'t> SectionText<'t> {
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'t>> + use<'t> {
        lines(self.body, self.header.number + 1)
    }
}

impl<'t> Document<'t> {
    /// Finds the sections in `bytes`.
    ///
    /// # Errors
    /// Returns an error if `bytes` isn't UTF-8 or has a byte order mark: no AWS tool reads it then.
    pub fn parse(bytes: &'t [u8]) -> Result<Self, Refusal> {
        let text = text_of(bytes)?;
        let mut sections: Vec<SectionSpan> = Vec::new();
        let mut defaults = Vec::new();
        let mut start = 0;
        for line in lines(text, 1) {
            if line.is_header() {
                if let Some(last) = sections.last_mut() {
                    last.end = start;
                }
                if line.may_name(DEFAULTS) {
                    defaults.push(sections.len());
                }
                sections.push(SectionSpan {
                    line: line.number,
                    start,
                    body: start + line.raw.len(),
                    end: text.len(),
                });
            }
            start += line.raw.len();
        }
        let may_be_defaults = defaults.into_iter().map(|index| sections[index]).collect();
        Ok(Self {
            text,
            sections: Rc::new(sections),
            may_be_defaults,
        })
    }

    /// Returns an error if the file has headers, but all of them are indented: then only some AWS
    /// tools find any section.
    pub(crate) fn refuse_indented(self) -> Result<Self, Refusal> {
        if self.sections.is_empty()
            && let Some(line) = lines(self.text, 1).find(Line::is_indented_header)
        {
            return Err(Refusal::at(line.number, Problem::IndentedFile));
        }
        Ok(self)
    }

    /// Finds the section that every AWS tool knows by this name.
    ///
    /// # Errors
    /// Returns an error if it appears twice, or if AWS tools disagree on its header.
    pub fn section(&self, name: &str) -> Result<Option<SectionText<'t>>, Refusal> {
        Ok(self
            .find(name)?
            .map(|index| self.section_text(&self.sections[index])))
    }

    /// In bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// All sections in the file's order, with their names as the SDKs read them.
    pub(crate) fn sections(&self) -> impl Iterator<Item = (&'t str, SectionText<'t>)> {
        self.sections.iter().filter_map(|section| {
            let text = self.section_text(section);
            Some((text.header.sdk_section()?, text))
        })
    }

    /// The sections called `[DEFAULT]`, of which there may be any number.
    pub(crate) fn defaults(&self) -> impl Iterator<Item = SectionText<'t>> {
        self.may_be_defaults()
            .filter(|text| text.header.sdk_section() == Some(DEFAULTS))
    }

    pub(crate) fn section_names(&self) -> impl Iterator<Item = &'t str> {
        self.sections().map(|(name, _)| name)
    }

    /// Whether all AWS tools read the section's header alike.
    pub(crate) fn is_read_alike(section: &SectionText<'_>) -> bool {
        section.header.sdk_section() == section.header.botocore_section()
    }

    /// The sections that some tool may call `[DEFAULT]`.
    pub(super) fn may_be_defaults(&self) -> impl Iterator<Item = SectionText<'t>> {
        self.may_be_defaults
            .iter()
            .map(|section| self.section_text(section))
    }

    pub(super) fn section_text(&self, section: &SectionSpan) -> SectionText<'t> {
        SectionText {
            header: Line {
                number: section.line,
                raw: &self.text[section.start..section.body],
            },
            body: &self.text[section.body..section.end],
        }
    }

    /// As [`Document::section`], but returns the section's index.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let mut found: Option<usize> = None;
        for (index, section) in self.sections.iter().enumerate() {
            let header = self.section_text(section).header;
            if !header.may_name(name) {
                continue;
            }
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

    /// Returns an error if the grammars disagree on a line's kind.
    pub(super) fn check_lines(&self) -> Result<(), Refusal> {
        self.refusals().next().map_or(Ok(()), Err)
    }

    fn refusals(&self) -> impl Iterator<Item = Refusal> {
        let mut in_section = false;
        lines(self.text, 1).filter_map(move |line| {
            let refusal = line.check(in_section).err();
            in_section |= line.is_header();
            refusal
        })
    }
}

/// Whether the text begins with UTF-16's byte order mark, or with two of its ASCII characters.
fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, a, 0, b, ..] | [a, 0, b, 0, ..] => *a != 0 && *b != 0,
        _ => false,
    }
}
