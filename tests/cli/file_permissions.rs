//! Who else may change or read the file: modes, owners and access lists. Linux, much of it as root.

use std::os::unix::fs::{MetadataExt, chown};

use crate::support::home::{Home, mode, set_mode};
use crate::support::long_term_section;
use crate::support::run::Outcome;
use crate::support::sts::LoopbackSts;
use crate::support::tools::{root_has, text, tool};

const NOBODY: u32 = 65534;

/// Refreshes `dev` with a good code.
pub(super) fn refresh(home: &Home, sts: &LoopbackSts) -> Outcome {
    home.run(sts, &["-p", "dev", "--token", &sts.code()]).run()
}

/// A refresh fails with these words, changes nothing, and costs no code.
#[track_caller]
pub(super) fn is_refused(home: &Home, words: &[&str]) {
    let sts = LoopbackSts::start();
    let before = home.credentials();
    refresh(home, &sts).exits(1).says(words);
    assert_eq!(home.credentials(), before);
    assert_eq!(sts.connections(), 0);
}

#[test]
fn what_everybody_may_change_is_not_trusted() {
    for (of_file, of_folder, named) in [
        (0o606, 0o700, "credentials can be changed by everybody"),
        (0o600, 0o777, ".aws can be changed by everybody"),
    ] {
        let home = Home::with(&long_term_section());
        set_mode(&home.credentials_path(), of_file);
        set_mode(&home.path().join(".aws"), of_folder);
        is_refused(&home, &[named, "hint: run: chmod o-w "]);
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    set_mode(&home.path().join(".aws"), 0o1777);
    refresh(&home, &sts).exits(0).never_says("warning");
}

#[test]
fn what_the_group_may_change_or_others_may_read_is_warned_of() {
    for (of_file, warning) in [
        (0o660, "can be changed by its group"),
        (0o644, "can be read by others"),
        (0o640, "can be read by others"),
    ] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        set_mode(&home.credentials_path(), of_file);
        refresh(&home, &sts).exits(0).says(&["warning: ", warning]);
        assert_eq!(mode(&home.credentials_path()), of_file, "kept all the same");
    }
}

#[test]
fn a_file_of_someone_else_is_refused() {
    if !root_has(&["setpriv"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    set_mode(&home.credentials_path(), 0o644);
    let run = home
        .run(&sts, &["-p", "dev", "--token", &sts.code()])
        .never_as_root();
    chown(home.credentials_path(), Some(0), Some(0)).unwrap();
    run.run()
        .exits(1)
        .says(&["credentials belongs to user 0, and a new file in its place would be yours"]);
    assert_eq!(sts.connections(), 0);

    let run = home
        .run(&sts, &["-p", "dev", "--token", &sts.code()])
        .never_as_root();
    chown(home.path().join(".aws"), Some(4321), Some(4321)).unwrap();
    set_mode(&home.path().join(".aws"), 0o1777);
    run.run()
        .exits(1)
        .says(&[".aws belongs to user 4321, who could change it"]);
    assert_eq!(sts.connections(), 0);
}

#[test]
fn root_keeps_the_owner() {
    if !root_has(&[]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    chown(home.credentials_path(), Some(NOBODY), Some(4321)).unwrap();
    set_mode(&home.credentials_path(), 0o640);
    refresh(&home, &sts).exits(0);
    for path in [
        home.credentials_path(),
        home.path().join(".aws/.credentials.aws-mfa.lock"),
    ] {
        let file = std::fs::metadata(path).unwrap();
        assert_eq!((file.uid(), file.gid()), (NOBODY, 4321));
    }
    assert_eq!(mode(&home.credentials_path()), 0o640);
}

#[test]
fn an_access_list_never_becomes_wider() {
    if !root_has(&["setfacl"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    tool(
        "setfacl",
        &["-m", "u:4321:r", text(&home.credentials_path())],
    );
    refresh(&home, &sts)
        .exits(0)
        .says(&["has an access list, which a new file cannot keep"]);
    assert_eq!(mode(&home.credentials_path()), 0o600);
}
