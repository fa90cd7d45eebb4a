//! The documents: their links lead somewhere, and the program knows their commands. Scripts, too.

use std::collections::BTreeSet;
use std::path::Path;

use clap::error::ErrorKind;

use crate::support::documents::{document, pages, root};
use crate::support::tools::text;

/// All documents, by their paths.
fn paths() -> Vec<String> {
    let names = [
        "README.md",
        "README.ja.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ];
    names
        .map(str::to_owned)
        .into_iter()
        .chain(pages())
        .collect()
}

/// What stands between `open` and `close`, each time.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let parts = text.split(open).skip(1);
    parts
        .filter_map(|part| part.split_once(close))
        .map(|(inner, _)| inner)
        .collect()
}

/// A document without its blocks of code.
fn prose(text: &str) -> String {
    text.split("\n```").step_by(2).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_somewhere() {
    for path in paths() {
        let folder = Path::new(&path).parent().unwrap();
        // What stands in a code block is no link.
        for link in between(&prose(&document(&path)), "](", ")") {
            // Of the place where the project is: its releases.
            if link.starts_with("https://") || link.starts_with("../../releases/") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() {
                path.clone()
            } else {
                text(&folder.join(file)).to_owned()
            };
            assert!(root().join(&file).exists(), "{path}: {link}");
            assert!(
                anchor.is_empty() || anchors(&document(&file)).contains(anchor),
                "{path}: {link}"
            );
        }
    }
}

/// An attribute's value in a tag.
#[track_caller]
fn attribute<'t>(tag: &'t str, name: &str) -> &'t str {
    let values = between(tag, &format!(" {name}=\""), "\"");
    assert_eq!(values.len(), 1, "{name}: {tag}");
    values[0]
}

/// Each picture is there for a light and a dark page, and says what it shows to who doesn't see it.
#[test]
fn pictures_exist_and_are_described() {
    let mut shown = BTreeSet::new();
    for path in paths() {
        let text = document(&path);
        let pictures = between(&text, "<picture>", "</picture>");
        assert_eq!(text.matches("<img").count(), pictures.len(), "{path}");
        for picture in pictures {
            let (light, dark) = (attribute(picture, "src"), attribute(picture, "srcset"));
            assert_eq!(light.replace("-light.svg", "-dark.svg"), dark, "{path}");
            assert_ne!(light, dark, "{path}");
            assert_eq!(
                attribute(picture, "media"),
                "(prefers-color-scheme: dark)",
                "{path}"
            );
            assert!(attribute(picture, "alt").len() > 100, "{path}: {light}");
            let folder = root().join(Path::new(&path).parent().unwrap());
            for file in [light, dark] {
                let file = folder.join(file);
                assert!(file.exists(), "{path}: {}", file.display());
                shown.insert(file);
            }
        }
    }
    let files = std::fs::read_dir(root().join("docs/pictures")).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(shown, files);
}

/// Who reads it wants to begin.
#[test]
fn the_readme_is_short() {
    let lines = document("README.md").lines().count();
    assert!(lines <= 350, "{lines}");
}

/// From the README to each page, and back.
#[test]
fn pages_are_linked() {
    let readme = document("README.md");
    for path in pages() {
        assert!(readme.contains(&format!("]({path})")), "{path}");
        let page = document(&path);
        let paragraphs: Vec<&str> = page.splitn(3, "\n\n").collect();
        assert!(paragraphs[0].starts_with("# "), "{path}");
        // One sentence on what it is for.
        let (purpose, back) = paragraphs[1].split_once('\n').unwrap();
        assert!(purpose.ends_with('.'), "{path}: {purpose}");
        assert_eq!(purpose.matches(". ").count(), 0, "{path}: {purpose}");
        assert_eq!(back, "[Back to the README](../README.md)", "{path}");
    }
}

/// The pieces of code of a document: the lines of blocks, and what stands in a sentence. Of a
/// session at a terminal, what is typed.
fn code(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block = None;
    for line in text.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (fence, block) {
            (Some(language), None) => block = Some(language),
            (Some(_), Some(_)) => block = None,
            (None, Some("console")) => {
                let typed = line.strip_prefix("$ ").or(line.strip_prefix("> "));
                found.extend(typed.map(str::to_owned));
            }
            (None, Some(_)) => found.push(line.to_owned()),
            // In a table's cell, `|` is written `\|`.
            (None, None) => found.extend(
                line.split('`')
                    .skip(1)
                    .step_by(2)
                    .map(|code| code.replace("\\|", "|")),
            ),
        }
    }
    found
}

/// The command lines of aws-mfa in a piece of code, without what a shell does around them.
fn commands(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices("aws-mfa ") {
        // A message begins with the name and a colon; a file's name holds it; `aws-mfa (…)` is
        // prose.
        let before = code[..start].chars().next_back();
        if before.is_some_and(|c| {
            c.is_alphanumeric() || "-_./".contains(c) && !code[..start].ends_with("/bin/")
        }) {
            continue;
        }
        let rest = &code[start..];
        let end = rest
            .find(['|', '<', '>', ')', '(', ';', '&', '…', '#'])
            .unwrap_or(rest.len());
        // A quote that was opened before the command ends it.
        let is_open = |quote: &char| code[..start].matches(*quote).count() % 2 == 1;
        let open: Vec<char> = ['"', '\''].into_iter().filter(is_open).collect();
        let rest = rest[..end].split(&open[..]).next().unwrap_or_default();
        let words = shlex::split(rest).unwrap_or_else(|| panic!("{code}"));
        found.push(words);
    }
    found
}

#[test]
fn commands_are_the_program_s() {
    let mut checked = 0;
    for path in paths() {
        for code in code(&document(&path)) {
            // Others' programs of that name, and what the program says.
            if code.contains("install aws-mfa")
                || code.contains("--repo")
                || code.contains("/tn aws-mfa") && !code.contains("check")
            {
                continue;
            }
            for words in commands(&code.replace("/tn aws-mfa ", "")) {
                if let Err(error) = aws_mfa::command_line().try_get_matches_from(&words) {
                    // Help is an "error" of clap's; a sentence may name a command without its
                    // arguments.
                    let harmless = [
                        ErrorKind::DisplayHelp,
                        ErrorKind::DisplayVersion,
                        ErrorKind::MissingRequiredArgument,
                    ];
                    assert!(
                        harmless.contains(&error.kind()),
                        "{path}: {words:?}: {error}"
                    );
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 130, "{checked}");
}

/// The documents name the repository of `Cargo.toml`, also where only its owner and name stand.
#[test]
fn addresses_are_the_repository_s() {
    let manifest = document("Cargo.toml");
    let repository = between(&manifest, "\nrepository = \"", "\"")[0];
    let name = repository.strip_prefix("https://github.com/").unwrap();
    let mut checked = 0;
    for path in paths() {
        let text = document(&path);
        let words = text.split(|c: char| c.is_whitespace() || "`\"'()<>[]|,".contains(c));
        let mut after_repo = false;
        for word in words.filter(|word| !word.is_empty()) {
            let word = word.trim_end_matches(['.', ':']);
            // The Python aws-mfa is somebody's, too.
            let is_ours = word.starts_with("https://")
                && (word.contains("/releases/") || word.ends_with("/aws-mfa"))
                && !word.ends_with("/broamski/aws-mfa");
            if is_ours {
                let rest = word.strip_prefix(repository);
                assert!(
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
                    "{path}: {word}"
                );
                checked += 1;
            }
            if after_repo {
                assert_eq!(word, name, "{path}");
            }
            after_repo = word == "--repo";
        }
    }
    assert!(checked > 5, "{checked}");
}

/// What CONTRIBUTING says to run is there.
#[test]
fn scripts_and_targets_exist() {
    let manifest = document("Cargo.toml");
    let mut checked = 0;
    for path in paths() {
        for code in code(&document(&path)) {
            let words: Vec<&str> = code.split_whitespace().collect();
            for pair in words.windows(2) {
                if ["--example", "--bench"].contains(&pair[0]) {
                    assert!(
                        manifest.contains(&format!("name = \"{}\"", pair[1])),
                        "{path}: {code}"
                    );
                    checked += 1;
                }
            }
            let is_path = |word: &&&str| {
                [
                    "src/",
                    "tests/",
                    "fixtures/",
                    "docs/",
                    ".ci/",
                    ".github/",
                    ".cargo/",
                ]
                .iter()
                .any(|folder| word.starts_with(folder))
            };
            for named in words.first().into_iter().filter(is_path) {
                assert!(root().join(named).exists(), "{path}: {named}");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

/// A filter that names no module runs no test, and says nothing.
#[test]
fn filters_of_scripts_name_modules() {
    let modules = document("tests/cli/main.rs");
    let mut checked = 0;
    for script in [
        ".ci/run",
        "tests/targets/aarch64",
        "tests/targets/static",
        "tests/targets/windows",
    ] {
        for word in document(script).split_whitespace() {
            if let Some((module, _)) = word.split_once("::") {
                assert!(
                    modules.contains(&format!("\nmod {module};")),
                    "{script}: {word}"
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 30, "{checked}");
}
