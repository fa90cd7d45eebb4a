//! File systems and mounts on which the file can't be replaced as usual. Linux, as root.

use std::os::unix::fs::symlink;

use crate::support::lab::Lab;
use crate::support::run::Outcome;
use crate::support::tools::{root_has, text, tool};

/// A refresh in a mount namespace of its own, as `"$@"` in a script; `$AWS` is the `.aws` folder.
fn refresh_in_namespace(lab: &Lab, script: &str) -> Outcome {
    lab.refresh(&["-v"])
        .under("unshare", &["--mount", "sh", "-c", script, "sh"])
        .env("AWS", text(&lab.home.path().join(".aws")))
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .run()
}

#[test]
fn immutable_and_append_only_files_and_folders_are_refused() {
    if !root_has(&["chattr"]) {
        return;
    }
    for (flag, of_folder) in [("i", false), ("a", false), ("a", true), ("i", true)] {
        let lab = Lab::new();
        let path = if of_folder {
            lab.home.path().join(".aws")
        } else {
            lab.home.credentials_path()
        };
        tool("chattr", &[&format!("+{flag}"), text(&path)]);
        let immutable_folder = of_folder && flag == "i";
        let words = if immutable_folder {
            ["cannot write ", ".aws"]
        } else {
            [
                "is immutable or append-only, so the file can't be replaced",
                "hint: run `chattr",
            ]
        };
        lab.refuses(&[], &words);
        tool("chattr", &[&format!("-{flag}"), text(&path)]);
    }
}

#[test]
fn a_file_that_is_mounted_by_itself_is_refused() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    for folder in ["plain", "with space"] {
        let lab = Lab::new();
        let elsewhere = lab.home.path().join(folder);
        std::fs::create_dir(&elsewhere).unwrap();
        std::fs::rename(lab.home.credentials_path(), elsewhere.join("credentials")).unwrap();
        symlink(elsewhere.join("credentials"), lab.home.credentials_path()).unwrap();
        let script = format!(
            "set -e; real=\"$AWS/../{folder}/credentials\"
            cp \"$real\" \"$AWS/x\"; mount --bind \"$AWS/x\" \"$real\"
            exec \"$@\""
        );
        let outcome = refresh_in_namespace(&lab, &script).exits(1);
        outcome.says(&[
            "is itself a mount point, so it can't be replaced",
            "hint: mount its folder instead",
        ]);
        assert_eq!(lab.sts.connections(), 0);
    }
}

/// As on kernels before 5.8, which don't tell about mount points.
#[test]
fn without_statx_the_rename_finds_the_mount_point() {
    if !root_has(&["unshare", "mount", "strace"]) {
        return;
    }
    let lab = Lab::new();
    let script = "set -e; cp \"$AWS/credentials\" \"$AWS/x\"
        mount --bind \"$AWS/x\" \"$AWS/credentials\"
        exec strace -f -o /dev/null -e trace=statx -e inject=statx:error=ENOSYS \"$@\"";
    let before = lab.credentials();
    refresh_in_namespace(&lab, script).exits(1).says(&[
        "its MFA code is spent",
        "is itself a mount point, so it can't be replaced",
        "hint: mount its folder instead, so that the file in it can be replaced, then run the same",
    ]);
    assert_eq!(lab.credentials(), before);
    assert_eq!(lab.sts.codes_received(), 1);
}

#[test]
fn a_read_only_file_system_costs_no_code() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    let lab = Lab::new();
    let script = "set -e; mount --bind \"$AWS\" \"$AWS\"; mount -o remount,bind,ro \"$AWS\"
        exec \"$@\"";
    refresh_in_namespace(&lab, script).exits(1).says(&[
        "cannot write ",
        "Read-only file system",
        "no code was used",
    ]);
    assert_eq!(lab.sts.connections(), 0);
}

#[test]
fn a_full_disk_is_noticed_before_the_code() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    let lab = Lab::new();
    let script = "set -e; cd \"$AWS/..\"; cp .aws/credentials c
        mount -t tmpfs -o size=64k none .aws; cp c .aws/credentials; chmod 600 .aws/credentials
        head -c 60000 /dev/zero >.aws/filler || true
        exec \"$@\"";
    refresh_in_namespace(&lab, script).exits(1).says(&[
        "cannot write ",
        "No space left on device",
        "no code was used",
    ]);
    assert_eq!(lab.sts.codes_received(), 0);
}

/// A refresh in an `.aws` folder that is a file system of its own, made and filled by a script.
/// Returns how it ended, and the credentials file.
fn refresh_in_small_file_system(lab: &Lab, options: &str, fill: &str) -> (Outcome, String) {
    let script = format!(
        "set -e; cd \"$AWS/..\"; cp .aws/credentials c; mount -t tmpfs -o {options} none .aws
        cp c .aws/credentials; chmod 700 .aws; chmod 600 .aws/credentials
        {fill}
        set +e; \"$@\"; status=$?; cp .aws/credentials c; exit $status"
    );
    let outcome = refresh_in_namespace(lab, &script);
    (outcome, lab.home.read("c"))
}

/// Returns whether there was enough of what is scarce.
#[track_caller]
fn nothing_is_spent_in_vain(lab: &Lab, what: &str, (outcome, file): (Outcome, String)) -> bool {
    if outcome.code == Some(0) {
        assert!(file.contains("ASIASANDBOX"), "{what}");
        return true;
    }
    assert_eq!(lab.sts.codes_received(), 0, "{what}: {}", outcome.stderr);
    assert_eq!(file, crate::support::long_term_section(), "{what}");
    outcome
        .exits(1)
        .says(&["No space left on device", "no code was used"]);
    false
}

#[test]
fn scarce_inodes_cost_no_code() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    for with_lock in [true, false] {
        let mut enough = 0;
        for free in 0..=5 {
            let lab = Lab::new();
            let lock = if with_lock {
                ": >.aws/.credentials.aws-mfa.lock; chmod 600 .aws/.credentials.aws-mfa.lock"
            } else {
                ""
            };
            let fill = format!(
                "{lock}
                i=0; while touch .aws/filler$i 2>/dev/null; do i=$((i+1)); done
                for j in $(seq {free}); do rm .aws/filler$j; done"
            );
            let done = refresh_in_small_file_system(&lab, "nr_inodes=20", &fill);
            let what = format!("{free} inodes free, lock: {with_lock}");
            enough += u32::from(nothing_is_spent_in_vain(&lab, &what, done));
        }
        assert!((1..=5).contains(&enough), "{enough}");
    }
}

#[test]
fn scarce_space_costs_no_code() {
    if !root_has(&["unshare", "mount"]) {
        return;
    }
    let mut enough = 0;
    for free in [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32] {
        let lab = Lab::new();
        let fill = format!(
            "head -c {} /dev/zero >.aws/filler",
            // One page holds the credentials file.
            (255 - free) * 4096
        );
        let done = refresh_in_small_file_system(&lab, "size=1m", &fill);
        let what = format!("{free} pages free");
        enough += u32::from(nothing_is_spent_in_vain(&lab, &what, done));
    }
    assert!((1..16).contains(&enough), "{enough}");
}

/// bindfs shows every file with mode 0777 and ignores chmod, as WSL's drives do.
#[test]
fn file_systems_without_modes_are_not_judged_by_them() {
    if !root_has(&["unshare", "bindfs", "mountpoint"]) {
        return;
    }
    let lab = Lab::new();
    let script = "bindfs -f --chmod-ignore --perms=0777 \"$AWS\" \"$AWS\" & bindfs=$!
        for i in $(seq 100); do mountpoint -q \"$AWS\" && break; sleep 0.1; done
        mountpoint -q \"$AWS\" && \"$@\"; status=$?
        umount \"$AWS\"; wait $bindfs; exit $status";
    refresh_in_namespace(&lab, script)
        .exits(0)
        .says(&["this file system has no file modes"])
        .never_says("warning");
    assert!(lab.credentials().contains("ASIASANDBOX"));
}
