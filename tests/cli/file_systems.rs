//! File systems and mounts on which the file can't be replaced as usual. Linux, as root.

use std::os::unix::fs::symlink;

use super::file_permissions::is_refused;
use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::run::Outcome;
use crate::support::sts::LoopbackSts;
use crate::support::tools::{root_has, text, tool};

/// As `refresh`, in a mount namespace of its own, after `setup` (a shell script; `$AWS` is the `.aws` folder).
fn refresh_in_namespace(home: &Home, sts: &LoopbackSts, setup: &str) -> Outcome {
    let run = home.run(sts, &["-p", "dev", "--token", &sts.code()]);
    run.under(
        "unshare",
        &[
            "--mount",
            "sh",
            "-c",
            &format!("set -e; {setup}; exec \"$@\""),
            "sh",
        ],
    )
    .env("AWS", text(&home.path().join(".aws")))
    .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    .run()
}

#[test]
fn immutable_and_append_only_files_and_folders() {
    if !root_has(&["chattr"]) {
        return;
    }
    for (flag, of_folder) in [("i", false), ("a", false), ("a", true), ("i", true)] {
        let home = Home::with(&long_term_section());
        let path = if of_folder {
            home.path().join(".aws")
        } else {
            home.credentials_path()
        };
        tool("chattr", &[&format!("+{flag}"), text(&path)]);
        let immutable_folder = of_folder && flag == "i";
        is_refused(
            &home,
            if immutable_folder {
                &["cannot write ", ".aws"]
            } else {
                &["is immutable or append-only", "hint: run: chattr"]
            },
        );
        tool("chattr", &[&format!("-{flag}"), text(&path)]);
    }
}

#[test]
fn a_file_that_is_mounted_by_itself() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    for folder in ["plain", "with blank"] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let elsewhere = home.path().join(folder);
        std::fs::create_dir(&elsewhere).unwrap();
        std::fs::rename(home.credentials_path(), elsewhere.join("credentials")).unwrap();
        symlink(elsewhere.join("credentials"), home.credentials_path()).unwrap();
        let setup = format!(
            "cp \"$AWS/../{folder}/credentials\" \"$AWS/x\"; mount --bind \"$AWS/x\" \"$AWS/../{folder}/credentials\""
        );
        let outcome = refresh_in_namespace(&home, &sts, &setup).exits(1);
        outcome.says(&[
            "is mounted by itself, so it cannot be replaced",
            "hint: mount its folder instead",
        ]);
        assert_eq!(sts.connections(), 0);
    }
}

#[test]
fn a_read_only_file_system() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let setup = "mount --bind \"$AWS\" \"$AWS\"; mount -o remount,bind,ro \"$AWS\"";
    refresh_in_namespace(&home, &sts, setup).exits(1).says(&[
        "cannot write ",
        "Read-only file system",
        "no code was used",
    ]);
    assert_eq!(sts.connections(), 0);
}

#[test]
fn a_full_disk_is_noticed_before_the_code() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let setup = "cp \"$AWS/credentials\" \"$AWS/../c\"; mount -t tmpfs -o size=64k none \"$AWS\"; cp \"$AWS/../c\" \"$AWS/credentials\"; \
                 chmod 600 \"$AWS/credentials\"; head -c 60000 /dev/zero > \"$AWS/filler\" || true";
    refresh_in_namespace(&home, &sts, setup).exits(1).says(&[
        "cannot write ",
        "No space left on device",
        "no code was used",
    ]);
    assert_eq!(sts.codes_received(), 0);
}

/// bindfs shows every file with mode 0777 and ignores chmod, as WSL's drives do.
#[test]
fn file_systems_without_modes_are_not_judged_by_them() {
    if !root_has(&["unshare", "bindfs", "mountpoint"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let script = "bindfs -f --chmod-ignore --perms=0777 \"$AWS\" \"$AWS\" & bindfs=$!
        for i in $(seq 100); do mountpoint -q \"$AWS\" && break; sleep 0.1; done
        mountpoint -q \"$AWS\" && \"$@\"; status=$?
        umount \"$AWS\"; wait $bindfs; exit $status";
    let run = home.run(&sts, &["-v", "-p", "dev", "--token", &sts.code()]);
    let run = run.under("unshare", &["--mount", "sh", "-c", script, "sh"]);
    let run = run
        .env("AWS", text(&home.path().join(".aws")))
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    run.run()
        .exits(0)
        .says(&["this file system has no modes"])
        .never_says("warning");
    assert!(home.credentials().contains("ASIASANDBOX"));
}
