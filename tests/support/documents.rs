//! The documents that tests read: the README, and the pages below `docs` that it links to; the Japanese one's batch file.

use std::path::PathBuf;

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A document, by its path in the project.
#[track_caller]
pub fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The paths of the pages below `docs`.
pub fn pages() -> Vec<String> {
    let files = std::fs::read_dir(root().join("docs")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let name = |page: PathBuf| page.file_name().unwrap().to_str().unwrap().to_owned();
    let mut pages: Vec<String> = pages.map(|page| format!("docs/{}", name(page))).collect();
    pages.sort();
    pages
}

/// The README and its pages, one after the other.
pub fn documents() -> String {
    let pages = pages().into_iter().map(|page| document(&page));
    std::iter::once(document("README.md"))
        .chain(pages)
        .collect()
}

/// The batch file of README.ja.md, for profile dev.
pub fn batch_file() -> String {
    let page = include_str!("../../README.ja.md");
    let blocks = page.split("```bat\n").skip(1);
    let mut blocks = blocks.map(|block| block.split("```").next().unwrap());
    let block = blocks.find(|block| block.contains("for /f")).unwrap();
    let lines: Vec<&str> = block.lines().map(str::trim_start).collect();
    lines.join("\r\n")
}
