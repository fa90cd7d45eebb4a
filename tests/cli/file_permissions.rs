//! Who else may change or read the file: modes, owners and access lists. Linux, much of it as root.

use std::os::unix::fs::{MetadataExt, chown};

use crate::support::home::{mode, set_mode};
use crate::support::lab::Lab;
use crate::support::tools::{root_has, text, tool};

const NOBODY: u32 = 65534;

#[test]
fn what_everybody_may_change_is_not_trusted() {
    for (of_file, of_folder, named) in [
        (0o606, 0o700, "credentials can be changed by every user"),
        (0o600, 0o777, ".aws can be changed by every user"),
    ] {
        let lab = Lab::new();
        set_mode(&lab.home.credentials_path(), of_file);
        set_mode(&lab.home.path().join(".aws"), of_folder);
        lab.refuses(&[], &[named, "hint: run `chmod o-w "]);
    }
    let lab = Lab::new();
    set_mode(&lab.home.path().join(".aws"), 0o1777);
    lab.refresh(&[]).run().exits(0).never_says("warning");
}

#[test]
fn what_the_group_may_change_or_others_may_read_is_warned_of() {
    for (of_file, warning) in [
        (0o660, "can be changed by its group"),
        (0o644, "can be read by others"),
        (0o640, "can be read by others"),
    ] {
        let lab = Lab::new();
        let file = lab.home.credentials_path();
        set_mode(&file, of_file);
        lab.refresh(&[])
            .run()
            .exits(0)
            .says(&["warning: ", warning]);
        assert_eq!(mode(&file), of_file, "kept all the same");
    }
}

#[test]
fn a_file_of_someone_else_is_refused() {
    if !root_has(&["setpriv"]) {
        return;
    }
    let lab = Lab::new();
    set_mode(&lab.home.credentials_path(), 0o644);
    let run = lab.refresh(&[]).never_as_root();
    chown(lab.home.credentials_path(), Some(0), Some(0)).unwrap();
    run.run()
        .exits(1)
        .says(&["credentials belongs to user 0, and the new file would belong to you"]);
    assert_eq!(lab.sts.connections(), 0);

    let run = lab.refresh(&[]).never_as_root();
    chown(lab.home.path().join(".aws"), Some(4321), Some(4321)).unwrap();
    set_mode(&lab.home.path().join(".aws"), 0o1777);
    run.run()
        .exits(1)
        .says(&[".aws belongs to user 4321, who could change it"]);
    assert_eq!(lab.sts.connections(), 0);
}

#[test]
fn root_keeps_the_owner() {
    if !root_has(&[]) {
        return;
    }
    let lab = Lab::new();
    let file = lab.home.credentials_path();
    chown(&file, Some(NOBODY), Some(4321)).unwrap();
    set_mode(&file, 0o640);
    lab.refresh(&[]).run().exits(0);
    for path in [&file, &lab.home.lock_path()] {
        let metadata = std::fs::metadata(path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, 4321));
    }
    assert_eq!(mode(&file), 0o640);
}

#[test]
fn an_access_list_never_becomes_wider() {
    if !root_has(&["setfacl"]) {
        return;
    }
    let lab = Lab::new();
    let file = lab.home.credentials_path();
    tool("setfacl", &["-m", "u:4321:r", text(&file)]);
    lab.refresh(&[])
        .run()
        .exits(0)
        .says(&["has an access control list, which will be lost"]);
    assert_eq!(mode(&file), 0o600);
}
