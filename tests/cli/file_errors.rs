//! Every fixture that the editor refuses, through the program: nothing is sent, nothing is asked, nothing changes.

use std::path::PathBuf;

use crate::support::home::Home;
use crate::support::long_term_section;
#[cfg(unix)]
use crate::support::pty::Terminal;
use crate::support::sts::LoopbackSts;

/// Where the keys around a case make it a good file: what may not stand first stands second, and a line that lacked its
/// line feed has one.
const HARMLESS: [&str; 3] = [
    "refused-text-before-the-first-header, keys before",
    "refused-indented-text-before-the-first-header, keys before",
    "refused-lone-carriage-return-at-the-end, keys behind",
];

/// The files that editing section `mfa` is refused for, alone and with long-term keys in them.
fn refused() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/credentials");
    let keys = long_term_section().replace("[dev-", "[mfa-").into_bytes();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let case = entry.unwrap().path();
        if case.join("refused").exists() && !case.join("operation").exists() {
            let name = case.file_name().unwrap().to_str().unwrap().to_owned();
            let before = std::fs::read(case.join("before")).unwrap();
            files.push((
                format!("{name}, keys before"),
                [&keys[..], &before].concat(),
            ));
            files.push((
                format!("{name}, keys behind"),
                [&before[..], b"\n", &keys].concat(),
            ));
            files.push((name, before));
        }
    }
    files.retain(|(name, _)| !HARMLESS.contains(&name.as_str()));
    assert!(files.len() > 80, "{}", files.len());
    files
}

#[test]
fn refused_files_cost_no_code_and_stay_as_they_are() {
    let sts = LoopbackSts::start();
    for (name, before) in refused() {
        let home = Home::with_bytes(&before);
        let outcome = home
            .run(&sts, &["-v", "-p", "mfa", "--token", &sts.code()])
            .run();
        outcome.exits(1).says(&["aws-mfa: error: "]);
        assert!(
            std::fs::read(home.credentials_path()).unwrap() == before,
            "{name} has changed"
        );
        assert_eq!(home.files(), ["credentials"], "{name}");
    }
    assert_eq!(sts.connections(), 0);
}

#[test]
#[cfg(unix)]
fn refused_files_are_not_asked_for() {
    let sts = LoopbackSts::start();
    for (name, before) in refused()
        .into_iter()
        .filter(|(name, _)| name.ends_with("keys behind"))
    {
        let home = Home::with_bytes(&before);
        let seen = Terminal::start(home.run(&sts, &["-p", "mfa"])).exits(1, &[]);
        assert!(!seen.contains("MFA code"), "{name}: {seen}");
    }
    assert_eq!(sts.connections(), 0);
}
