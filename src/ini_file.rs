//! A file of sections as botocore reads it: by Python's `RawConfigParser`, with one level of nested
//! settings. Pure.
//!
//! The config file is never edited, so that one grammar is enough: what the AWS CLI and boto3 read
//! there, we read. The credentials file has another reader ([`crate::credentials_file`]), which
//! refuses what the grammars read differently; this one tells what botocore would take from it.
//!
//! Source: `configparser` of Python 3.11; `botocore/configloader.py`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::credentials_file::botocore::{self, Role};
use crate::credentials_file::document::text_of;
use crate::credentials_file::line::{Line, lines};
use crate::credentials_file::name::DEFAULTS;
use crate::credentials_file::properties::Properties;
use crate::credentials_file::refusal::{Problem, Refusal};

#[derive(Clone, Debug, Default)]
pub(crate) struct IniFile<'t> {
    /// In the file's order.
    sections: Vec<IniSection<'t>>,
    defaults: IniSection<'t>,
    /// Why botocore rejects the file, though it can be read: the first of each kind.
    rejections: Vec<Refusal>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct IniSection<'t> {
    /// What is between the brackets.
    pub(crate) name: &'t str,
    /// Of the header.
    line: usize,
    keys: Vec<Key<'t>>,
}

#[derive(Clone, Debug)]
struct Key<'t> {
    name: Cow<'t, str>,
    /// Without its indentation.
    line: Line<'t>,
    /// More lines of its value.
    more: Vec<Line<'t>>,
}

impl<'t> IniFile<'t> {
    /// Returns an error if no AWS tool reads the file.
    pub(crate) fn parse(bytes: &'t [u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::default();
        for line in lines(text_of(bytes)?, 1) {
            reader.read(line)?;
        }
        let mut file = reader.file;
        file.reject_blocks();
        Ok(file)
    }

    /// The section of `kind`, such as `profile`, with this name. Of several, the last one counts;
    /// `[default]` is a profile, too.
    pub(crate) fn named(&self, kind: &str, name: &str) -> Option<&IniSection<'t>> {
        let is_default = kind == "profile" && name == "default";
        self.sections.iter().rev().find(|section| {
            section.name_of(kind).as_deref() == Some(name) || is_default && section.name == name
        })
    }

    /// `[DEFAULT]`, whose keys every section has that has no such key of its own.
    pub(crate) fn defaults(&self) -> &IniSection<'t> {
        &self.defaults
    }

    /// All profiles, in the file's order.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = (String, Properties<'t>)> {
        let named = |section: &IniSection<'t>| {
            let name = match section.name {
                "default" => Some("default".to_owned()),
                _ => section.name_of("profile"),
            };
            Some((name?, section.properties()))
        };
        self.sections.iter().filter_map(named)
    }

    /// Why the AWS CLI and boto3 reject the file: the first of each kind.
    pub(crate) fn rejections(&self) -> &[Refusal] {
        &self.rejections
    }

    /// A key without a value, and lines below it, are nested settings to botocore; it rejects the
    /// file if one of them is none.
    fn reject_blocks(&mut self) {
        let blocks = |section: &IniSection<'t>| {
            let blocks = section.keys.iter().filter(|key| key.is_block());
            let bad = blocks.filter_map(|key| Some((key.name.clone(), key.bad_setting()?)));
            bad.collect::<Vec<_>>()
        };
        let own = self.sections.iter().flat_map(blocks).map(|(_, line)| line);
        // Where every section has a key of its own, nobody reads that of `[DEFAULT]`.
        let inherited = blocks(&self.defaults).into_iter().filter(|(key, _)| {
            let is_missing = |section: &IniSection<'_>| section.line_of(key).is_none();
            self.sections.iter().any(is_missing)
        });
        let first = own.chain(inherited.map(|(_, line)| line)).min();
        self.rejections
            .extend(first.map(|line| Refusal::at(line, Problem::NoDelimiter)));
    }
}

impl<'t> IniSection<'t> {
    /// The name in a header of this kind, such as `[profile NAME]`, with or without quotes.
    fn name_of(&self, kind: &str) -> Option<String> {
        if !self.name.starts_with(kind) {
            return None;
        }
        // To Python, `#` begins no comment here.
        if self
            .name
            .split_whitespace()
            .any(|word| word.starts_with('#'))
        {
            return None;
        }
        match shlex::split(self.name)?.as_slice() {
            [_, name] => Some(name.clone()),
            _ => None,
        }
    }

    pub(crate) fn line_of(&self, key: &str) -> Option<usize> {
        self.key(key).map(|key| key.line.number)
    }

    /// Its keys, for values that the AWS SDKs must read like botocore.
    pub(crate) fn properties(&self) -> Properties<'t> {
        let lines = self.keys.iter();
        Properties::from_lines(self.name, lines.map(|key| (key.line, !key.more.is_empty())))
    }

    /// The settings nested in `key`, each with its line; of one that appears twice, the last. Returns
    /// an error if a line is none.
    pub(crate) fn nested(&self, key: &str) -> Result<HashMap<&'t str, (usize, &'t str)>, Refusal> {
        let lines = self.key(key).filter(|key| key.is_block());
        let lines = lines.into_iter().flat_map(|key| &key.more);
        let setting = |line: &Line<'t>| {
            let setting = line.raw.split_once('=');
            let (name, value) =
                setting.ok_or_else(|| Refusal::at(line.number, Problem::NoDelimiter))?;
            Ok((name.trim(), (line.number, value.trim())))
        };
        lines.map(setting).collect()
    }

    fn key(&self, name: &str) -> Option<&Key<'t>> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Key<'_> {
    /// Whether its value begins on the next line.
    fn is_block(&self) -> bool {
        let value = self.line.key_and_value();
        value.is_some_and(|(_, value)| value.trim().is_empty()) && !self.more.is_empty()
    }

    /// The line of a block that isn't a setting.
    fn bad_setting(&self) -> Option<usize> {
        let mut lines = self.more.iter();
        let bad = lines.find(|line| !botocore::is_setting(line.raw));
        bad.map(|line| line.number)
    }
}

#[derive(Clone, Copy)]
enum Place {
    Defaults,
    Section(usize),
}

/// Goes through a file line by line.
#[derive(Default)]
struct Reader<'t> {
    file: IniFile<'t>,
    by_name: HashMap<&'t str, usize>,
    current: Option<Place>,
    /// How many headers were read.
    section: usize,
    /// The lower-case keys, each with the last section that has it.
    keys: HashMap<Cow<'t, str>, usize>,
    /// Those of `[DEFAULT]`, which may appear any number of times.
    default_keys: HashSet<Cow<'t, str>>,
    roles: botocore::Reader,
}

impl<'t> Reader<'t> {
    fn read(&mut self, line: Line<'t>) -> Result<(), Refusal> {
        let role = self.roles.role(&line);
        let line = Line {
            number: line.number,
            raw: line.content().trim(),
        };
        match role {
            Role::Nothing => {}
            Role::Continuation => {
                if let Some(key) = self.section().and_then(|section| section.keys.last_mut()) {
                    key.more.push(line);
                }
            }
            Role::Key => match line.botocore_section() {
                Some(name) => {
                    self.begin_section(name, line.number);
                    self.roles = botocore::Reader::default();
                }
                None => self.add_key(line)?,
            },
        }
        Ok(())
    }

    fn section(&mut self) -> Option<&mut IniSection<'t>> {
        Some(match self.current? {
            Place::Defaults => &mut self.file.defaults,
            Place::Section(index) => &mut self.file.sections[index],
        })
    }

    fn begin_section(&mut self, name: &'t str, line: usize) {
        self.section += 1;
        if name == DEFAULTS {
            self.file.defaults.name = name;
            self.current = Some(Place::Defaults);
            return;
        }
        let sections = &mut self.file.sections;
        let index = *self.by_name.entry(name).or_insert(sections.len());
        self.current = Some(Place::Section(index));
        if let Some(known) = sections.get(index) {
            let problem = Problem::DuplicateSection {
                section: name.to_owned(),
                first: known.line,
            };
            self.reject(Refusal::at(line, problem));
        } else {
            sections.push(IniSection {
                name,
                line,
                keys: Vec::new(),
            });
        }
    }

    fn add_key(&mut self, line: Line<'t>) -> Result<(), Refusal> {
        let refused = |problem| Refusal::at(line.number, problem);
        let Some(place) = self.current else {
            let is_header = line.raw.starts_with('[') && line.botocore_key().is_none();
            return Err(refused(if is_header {
                Problem::Header
            } else {
                Problem::BeforeFirstHeader
            }));
        };
        let name = match line.botocore_key() {
            None if line.raw.starts_with('[') => return Err(refused(Problem::Header)),
            None => return Err(refused(Problem::NoDelimiter)),
            Some(name) if name.is_empty() => return Err(refused(Problem::EmptyKey)),
            Some(name) => name,
        };
        let (is_duplicate, section) = match place {
            Place::Defaults => (
                !self.default_keys.insert(name.clone()),
                &mut self.file.defaults,
            ),
            Place::Section(index) => (
                self.keys.insert(name.clone(), self.section) == Some(self.section),
                &mut self.file.sections[index],
            ),
        };
        let problem = is_duplicate.then(|| Problem::DuplicateKey {
            section: section.name.to_owned(),
            key: name.to_string(),
        });
        section.keys.push(Key {
            name,
            line,
            more: Vec::new(),
        });
        if let Some(problem) = problem {
            self.reject(refused(problem));
        }
        Ok(())
    }

    fn reject(&mut self, refusal: Refusal) {
        let kind = |refusal: &Refusal| std::mem::discriminant(&refusal.problem);
        if !self
            .file
            .rejections
            .iter()
            .any(|known| kind(known) == kind(&refusal))
        {
            self.file.rejections.push(refusal);
        }
    }
}
