//! Files and folders that are trouble: refused before a code is spent, warned of, or handled. Linux; most of it as root.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::support::home::{Home, mode, set_mode};
use crate::support::linux::{can_make, text, tool};
use crate::support::long_term_section;
use crate::support::run::Outcome;
use crate::support::sts::LoopbackSts;

const NOBODY: u32 = 65534;

/// Refreshes `dev` with a good code.
fn refresh(home: &Home, sts: &LoopbackSts) -> Outcome {
    home.run(sts, &["-p", "dev", "--token", &sts.code()]).run()
}

/// A refresh fails with these words, changes nothing, and costs no code.
#[track_caller]
fn is_refused(home: &Home, words: &[&str]) {
    let sts = LoopbackSts::start();
    let before = home.credentials();
    refresh(home, &sts).exits(1).says(words);
    assert_eq!(home.credentials(), before);
    assert_eq!(sts.connections(), 0);
}

/// As `refresh`, in a mount namespace of its own, after `setup` (a shell script; `$AWS` is the `.aws` folder).
fn refresh_in_namespace(home: &Home, sts: &LoopbackSts, setup: &str) -> Outcome {
    let run = home.run(sts, &["-p", "dev", "--token", &sts.code()]);
    run.behind(
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
fn hard_links_are_warned_of() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let other = home.path().join("other");
    std::fs::hard_link(home.credentials_path(), &other).unwrap();
    refresh(&home, &sts)
        .exits(0)
        .says(&["has 2 names (hard links)"]);
    assert_eq!(std::fs::read_to_string(other).unwrap(), long_term_section());
}

#[test]
fn a_file_of_someone_else_is_refused() {
    if !can_make(&["setpriv"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    set_mode(&home.credentials_path(), 0o644);
    let run = home
        .run(&sts, &["-p", "dev", "--token", &sts.code()])
        .never_as_root(home.path());
    chown(home.credentials_path(), Some(0), Some(0)).unwrap();
    run.run()
        .exits(1)
        .says(&["credentials belongs to user 0, and a new file in its place would be yours"]);
    assert_eq!(sts.connections(), 0);

    let run = home
        .run(&sts, &["-p", "dev", "--token", &sts.code()])
        .never_as_root(home.path());
    chown(home.path().join(".aws"), Some(4321), Some(4321)).unwrap();
    set_mode(&home.path().join(".aws"), 0o1777);
    run.run()
        .exits(1)
        .says(&[".aws belongs to user 4321, who could change it"]);
    assert_eq!(sts.connections(), 0);
}

#[test]
fn root_keeps_the_owner() {
    if !can_make(&[]) {
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
    if !can_make(&["setfacl"]) {
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

#[test]
fn immutable_and_append_only_files_and_folders() {
    if !can_make(&["chattr"]) {
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
    if !can_make(&["unshare", "mount"]) {
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
    if !can_make(&["unshare", "mount"]) {
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
    if !can_make(&["unshare", "mount"]) {
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
    if !can_make(&["unshare", "bindfs", "mountpoint"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let script = "bindfs -f --chmod-ignore --perms=0777 \"$AWS\" \"$AWS\" & bindfs=$!
        for i in $(seq 100); do mountpoint -q \"$AWS\" && break; sleep 0.1; done
        mountpoint -q \"$AWS\" && \"$@\"; status=$?
        umount \"$AWS\"; wait $bindfs; exit $status";
    let run = home.run(&sts, &["-v", "-p", "dev", "--token", &sts.code()]);
    let run = run.behind("unshare", &["--mount", "sh", "-c", script, "sh"]);
    let run = run
        .env("AWS", text(&home.path().join(".aws")))
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    run.run()
        .exits(0)
        .says(&["this file system has no modes"])
        .never_says("warning");
    assert!(home.credentials().contains("ASIASANDBOX"));
}

#[test]
fn another_run_that_writes_is_waited_for() {
    if !can_make(&["flock"]) {
        return;
    }
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let sidecar = home.path().join(".aws/.credentials.aws-mfa.lock");
    let mut holder = std::process::Command::new("flock")
        .arg("--no-fork")
        .arg(&sidecar)
        .args(["sleep", "2"])
        .spawn()
        .unwrap();
    while !sidecar.exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    refresh(&home, &sts).exits(0).says(&[
        "waiting for another aws-mfa that is writing the same file",
        "new session",
    ]);
    assert!(holder.wait().unwrap().success());

    let mut holder = std::process::Command::new("flock")
        .arg("--no-fork")
        .arg(&sidecar)
        .args(["sleep", "90"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let outcome = home
        .run(&sts, &["-f", "-p", "dev", "--token", &sts.code()])
        .run()
        .exits(1);
    outcome.says(&[
        "its token code is spent",
        "caused by: another aws-mfa has been writing",
        "for a minute",
    ]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(home.credentials().contains("ASIASANDBOX000000001"));
}

#[test]
fn whatever_stands_in_the_locks_place_is_left_alone() {
    for planted in ["link", "fifo", "folder", "text"] {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let sidecar = home.path().join(".aws/.credentials.aws-mfa.lock");
        let precious = home.path().join("precious");
        std::fs::write(&precious, "precious").unwrap();
        match planted {
            "link" => symlink(&precious, &sidecar).unwrap(),
            "fifo" => drop(tool("mkfifo", &[text(&sidecar)])),
            "folder" => std::fs::create_dir(&sidecar).unwrap(),
            _ => std::fs::write(&sidecar, "text").unwrap(),
        }
        let outcome = home
            .run(&sts, &["-v", "-p", "dev", "--token", &sts.code()])
            .run()
            .exits(0);
        assert_eq!(
            outcome.stderr.contains("no write lock"),
            planted != "text",
            "{}",
            outcome.stderr
        );
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious");
        if planted == "text" {
            assert_eq!(std::fs::read_to_string(&sidecar).unwrap(), "text");
        }
    }
}

#[test]
fn the_lock_is_private_and_empty() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    refresh(&home, &sts).exits(0);
    let sidecar = std::fs::metadata(home.path().join(".aws/.credentials.aws-mfa.lock")).unwrap();
    assert_eq!(
        (sidecar.permissions().mode() & 0o777, sidecar.len()),
        (0o600, 0)
    );
}

/// Starts a refresh that waits for its code, does `meanwhile`, then gives the code.
fn refresh_while(
    home: &Home,
    sts: &LoopbackSts,
    meanwhile: impl FnOnce(&Path),
) -> std::process::Child {
    let mut command = home.run(sts, &["-p", "dev"]).into_command();
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert!(said.contains("reading the code"), "{said}");
    meanwhile(&home.credentials_path());
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{}\n", sts.code()).as_bytes(),
    )
    .unwrap();
    child
}

#[test]
fn a_file_that_another_program_is_writing_in_place_is_given_time() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let mut child = refresh_while(&home, &sts, |path| {
        let path = path.to_owned();
        // As `aws configure`: truncates, then writes.
        std::thread::spawn(move || {
            for _ in 0..20 {
                std::fs::write(&path, "").unwrap();
                std::thread::sleep(Duration::from_millis(30));
                if std::fs::metadata(&path).unwrap().len() > 0 {
                    return;
                }
            }
            std::fs::write(&path, format!("{}\n[added]\nk = v\n", long_term_section())).unwrap();
        });
    });
    assert!(child.wait().unwrap().success());
    std::thread::sleep(Duration::from_millis(300));
    let after = home.credentials();
    assert!(
        after.starts_with(&format!(
            "{}\n[added]\nk = v\n\n[dev]\n",
            long_term_section()
        )),
        "{after}"
    );
}

#[test]
fn permanent_keys_that_came_meanwhile_are_not_overwritten() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let configured = format!(
        "{}[dev]\naws_access_key_id = AKIANEWUSER\naws_secret_access_key = x\n",
        long_term_section()
    );
    let mut child = refresh_while(&home, &sts, |path| {
        std::fs::write(path, &configured).unwrap();
    });
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(home.credentials(), configured);
}

#[test]
fn a_file_that_became_ambiguous_meanwhile_is_refused_and_the_code_said_to_be_spent() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let ambiguous = format!("{}[dev]\n[dev]\n", long_term_section());
    let mut child = refresh_while(&home, &sts, |path| {
        std::fs::write(path, &ambiguous).unwrap();
    });
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(home.credentials(), ambiguous);
}

#[test]
fn a_file_that_is_half_written_at_the_start_is_read_again() {
    let sts = LoopbackSts::start();
    for command in ["refresh", "check"] {
        let home = Home::with("");
        let path = home.credentials_path();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(120));
            let whole = format!(
                "{}\n{}",
                long_term_section(),
                crate::support::session_section(3600)
            );
            std::fs::write(path, whole).unwrap();
        });
        match command {
            "check" => home.run(&sts, &["check", "-p", "dev"]).run().exits(0),
            _ => home
                .run(&sts, &["-f", "-p", "dev", "--token", &sts.code()])
                .run()
                .exits(0),
        };
        writer.join().unwrap();
    }
}

#[test]
fn a_damaged_file_that_is_touched_all_the_time_is_not_waited_for() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let home = Home::with("[dev-long-term]\n");
    let path = home.credentials_path();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                std::fs::write(&path, "[dev-long-term]\n").unwrap();
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let outcome = home.run_offline(&["-p", "dev", "--token", "123456"]).run();
        done.store(true, Ordering::SeqCst);
        outcome.exits(1).says(&["aws-mfa: error: "]);
    });
}
