//! Reads the imports of source files, as text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files of a crate, by the paths of their modules (`settings::origin`).
pub(super) struct Sources {
    files: BTreeMap<String, String>,
}

impl Sources {
    /// All files below `folder`, without those of tests.
    pub(super) fn read(folder: &Path) -> Self {
        let mut texts = Vec::new();
        collect(folder, "", &mut texts);
        let texts: Vec<_> = texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        Self::from_texts(&texts)
    }

    /// Files by their paths below `src`.
    pub(super) fn from_texts(texts: &[(&str, &str)]) -> Self {
        let is_of_program = |path: &str| !path.ends_with("tests.rs");
        let files = texts.iter().filter(|(path, _)| is_of_program(path));
        let file = |(path, text): &(&str, &str)| (module(path), without_tests(text));
        Self {
            files: files.map(file).collect(),
        }
    }

    /// Whether the module, else the nearest `mod.rs` above it, says `word` in its first paragraph.
    pub(super) fn says(&self, module: &str, word: &str) -> bool {
        let own = first_paragraph(&self.files[module]);
        let says = |text: &str| ["Pure", "Edge"].map(|word| text.contains(word));
        if says(&own).contains(&true) {
            return own.contains(word);
        }
        match module.rsplit_once("::") {
            Some((above, _)) if self.files.contains_key(above) => self.says(above, word),
            _ => false,
        }
    }

    /// Which modules each module imports.
    pub(super) fn graph(&self) -> BTreeMap<String, BTreeSet<String>> {
        let import = |(module, text): (&String, &String)| {
            let mut imports: BTreeSet<String> = paths(module, text)
                .into_iter()
                .filter(|path| !path.is_handed_on)
                .filter_map(|path| self.resolve(module, &path.segments))
                .collect();
            imports.remove(module);
            (module.clone(), imports)
        };
        self.files.iter().map(import).collect()
    }

    /// The module that defines what a path of `from` means; none for other crates.
    fn resolve(&self, from: &str, segments: &[String]) -> Option<String> {
        let absolute: Vec<&str> = match segments.first()?.as_str() {
            "crate" => segments[1..].iter().map(String::as_str).collect(),
            // A child without `self::`.
            _ => from
                .split("::")
                .filter(|part| !part.is_empty())
                .chain(segments.iter().map(String::as_str))
                .collect(),
        };
        let length = (1..=absolute.len())
            .rev()
            .find(|length| self.files.contains_key(&absolute[..*length].join("::")))?;
        let module = absolute[..length].join("::");
        // A path into this very module is no import, and a first segment that is no child is a crate.
        if segments[0] != "crate"
            && length <= from.split("::").filter(|part| !part.is_empty()).count()
        {
            return None;
        }
        let name = absolute.get(length);
        let handed_on = name.and_then(|name| self.defining(&module, name));
        Some(handed_on.unwrap_or(module))
    }

    /// Where a name comes from that `module` hands on.
    fn defining(&self, module: &str, name: &str) -> Option<String> {
        let paths = paths(module, &self.files[module]);
        let mut handed_on = paths.iter().filter(|path| path.is_handed_on);
        let path = handed_on.find(|path| path.segments.last().is_some_and(|last| last == name))?;
        self.resolve(module, &path.segments)
    }
}

fn collect(folder: &Path, below: &str, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), texts);
        } else {
            texts.push((path, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// `settings/origin.rs` is `settings::origin`, `settings/mod.rs` is `settings`.
fn module(path: &str) -> String {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    path.replace('/', "::")
}

/// The text without comments but for the module's own, and without tests.
fn without_tests(text: &str) -> String {
    let program = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let is_comment = |line: &str| {
        let line = line.trim_start();
        line.starts_with("//") && !line.starts_with("//!")
    };
    let lines = program.lines().filter(|line| !is_comment(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn first_paragraph(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with("//! "));
    lines.collect::<Vec<_>>().join(" ")
}

/// A path of a file, absolute (`crate::…`) or relative to its module.
struct Used {
    segments: Vec<String>,
    /// `pub(crate) use`: a name that is only handed on.
    is_handed_on: bool,
}

/// The paths of `use` statements, and those in the code that begin with `crate` or `super`.
fn paths(module: &str, text: &str) -> Vec<Used> {
    let mut found = Vec::new();
    let mut inner: Vec<(String, usize)> = Vec::new();
    let mut lines = text.lines().filter(|line| !line.starts_with("//!"));
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        let words = line.trim();
        if words == "}" && inner.last().is_some_and(|(_, at)| *at == indent) {
            inner.pop();
        }
        if let Some(name) = words
            .strip_suffix(" {")
            .and_then(|words| words.split("mod ").nth(1))
        {
            inner.push((name.to_owned(), indent));
        }
        let here = [module]
            .into_iter()
            .filter(|_| module != "lib")
            .flat_map(|m| m.split("::"));
        let here: Vec<&str> = here
            .chain(inner.iter().map(|(name, _)| name.as_str()))
            .collect();
        let import = words
            .split_once("use ")
            .filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
        if let Some((before, import)) = import {
            let mut import = import.to_owned();
            while !import.contains(';') {
                import.push_str(lines.next().unwrap_or(";"));
            }
            for path in expand(import.trim_end_matches(';')) {
                let is_handed_on = !before.is_empty();
                found.push(Used {
                    segments: absolute(&path, &here),
                    is_handed_on,
                });
            }
        } else {
            for path in inline_paths(words) {
                found.push(Used {
                    segments: absolute(&path, &here),
                    is_handed_on: false,
                });
            }
        }
    }
    found
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn expand(import: &str) -> Vec<String> {
    let import = import.trim();
    let Some((prefix, rest)) = import.split_once('{') else {
        let name = import.split(" as ").next().unwrap_or_default();
        return vec![name.trim_end_matches("::self").to_owned()];
    };
    let inner = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let mut depth = 0;
    let parts = inner.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .flat_map(|part| expand(&format!("{prefix}{part}")))
        .collect()
}

/// The paths in a line of code that begin with `crate` or `super`.
fn inline_paths(line: &str) -> Vec<String> {
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let is_path = |word: &&str| word.starts_with("crate::") || word.starts_with("super::");
    words.filter(is_path).map(str::to_owned).collect()
}

/// The path from the crate's root, where it is given from here by `self` or `super`.
fn absolute(path: &str, here: &[&str]) -> Vec<String> {
    let mut segments: Vec<&str> = path.split("::").collect();
    let mut base = here.to_vec();
    match segments.first() {
        Some(&"self") => {
            segments.remove(0);
        }
        Some(&"super") => {
            while segments.first() == Some(&"super") {
                segments.remove(0);
                base.pop();
            }
        }
        _ => return segments.into_iter().map(str::to_owned).collect(),
    }
    ["crate"]
        .into_iter()
        .chain(base)
        .chain(segments)
        .map(str::to_owned)
        .collect()
}
