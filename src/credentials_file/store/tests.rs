#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::console::Level;
use crate::credentials_file::edit::Edit;
use crate::runtime;

fn edit(path: &Path) -> Result<bool, Error> {
    let console = Console::new(Level::Quiet);
    runtime::run(async {
        let file = Store::new(path).rehearse(100, &console).await?;
        file.edit(0, &console, |document| {
            let edits = [Edit {
                key: "k",
                value: Some("v"),
            }];
            document.set("a", &edits).map_err(Error::refused(path))
        })
        .await
    })
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_file_in_a_new_folder_is_private() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("new/.aws/credentials");
    assert!(edit(&file).unwrap());
    assert_eq!(fs::read_to_string(&file).unwrap(), "[a]\nk = v\n");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn a_dangling_link_stays_and_its_target_is_created() {
    let home = tempfile::tempdir().unwrap();
    let link = home.path().join("credentials");
    symlink("elsewhere/real", &link).unwrap();
    assert!(edit(&link).unwrap());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::read_to_string(home.path().join("elsewhere/real")).unwrap(),
        "[a]\nk = v\n"
    );
}

#[test]
fn an_edit_without_changes_writes_nothing() {
    use std::os::unix::fs::MetadataExt;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("credentials");
    assert!(edit(&file).unwrap());
    let before = fs::metadata(&file).unwrap();
    assert!(!edit(&file).unwrap());
    let after = fs::metadata(&file).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
}

#[test]
fn a_rehearsal_leaves_only_the_lock() {
    let home = tempfile::tempdir().unwrap();
    let console = Console::new(Level::Quiet);
    let store = Store::new(&home.path().join("credentials"));
    runtime::run(store.rehearse(10_000, &console)).unwrap();
    let left = fs::read_dir(home.path()).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [".credentials.aws-mfa.lock"]);
}
