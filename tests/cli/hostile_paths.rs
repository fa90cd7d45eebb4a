//! Whatever stands in the place of a file that the program opens: it ends in time, needs little
//! memory, changes nothing, and spends no code in vain. Linux, as root.

use std::collections::BTreeSet;
use std::os::unix::fs::{FileTypeExt, MetadataExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use crate::support::lab::Lab;
use crate::support::run::{Outcome, Run};
use crate::support::tools::{root_has, text, tool};
use crate::support::{long_term_section, wait_until};

const USER: u32 = 65534;
const SOMEBODY_ELSE: u32 = 4321;

/// The files and folders of a user that a refresh by `exec` opens, besides temporary ones.
const OPENED: [&str; 8] = [
    ".aws",
    ".aws/.credentials.aws-mfa.lock",
    ".aws/config",
    ".aws/credentials",
    ".cache",
    ".cache/aws-mfa",
    ".cache/aws-mfa/prompt",
    "authorities.pem",
];

const FOLDERS: [&str; 3] = [".aws", ".cache", ".cache/aws-mfa"];

const PLANTED: [&str; 8] = [
    "pipe",
    "device",
    "endless device",
    "folder",
    "dangling link",
    "socket",
    "1 GB",
    "of somebody else",
];

/// A home where everything in [`OPENED`] can be found.
fn lab() -> Lab {
    let lab = Lab::with_tls();
    fill(&lab);
    lab
}

/// Makes all files what they should be.
fn fill(lab: &Lab) {
    std::fs::create_dir_all(lab.home.path().join(".aws")).unwrap();
    lab.home.write(".aws/credentials", &long_term_section());
    lab.home.set_config("[profile dev]\nregion = eu-west-1\n");
    let certificate = lab.sts.certificate().unwrap();
    lab.home.write("authorities.pem", certificate);
    crate::support::home::set_mode(&lab.home.credentials_path(), 0o600);
}

/// A refresh by `exec`, as a user without rights; `authorities.pem` is trusted.
fn exec(lab: &Lab) -> Run {
    let code = lab.sts.code();
    let args = ["-p", "dev", "--token", &code, "exec", "--", "true"];
    lab.run(&args)
        .env_remove("SSL_CERT_FILE")
        .env(
            "AWS_CA_BUNDLE",
            text(&lab.home.path().join("authorities.pem")),
        )
        .never_as_root_but(USER)
}

/// Gives the home to the user that the program runs as.
fn give_away(lab: &Lab) {
    tool("chown", &["-R", "65534:65534", text(lab.home.path())]);
}

fn path_of(lab: &Lab, name: &str) -> PathBuf {
    if name != ".cache/aws-mfa/prompt" {
        return lab.home.path().join(name);
    }
    // Its name holds a hash: whoever holds the lock shows it.
    let folder = lab.home.path().join(".cache/aws-mfa");
    let other = exec(lab)
        .silent_stdin()
        .env("AWS_ENDPOINT_URL_STS", "https://127.0.0.1:9");
    let mut child = other.into_command().spawn().unwrap();
    let first = || std::fs::read_dir(&folder).ok()?.next()?.ok();
    wait_until("the lock is there", || first().is_some());
    let path = first().unwrap().path();
    child.kill().unwrap();
    child.wait().unwrap();
    path
}

fn plant(path: &Path, what: &str) {
    remove(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    match what {
        "pipe" => drop(tool("mkfifo", &["-m", "666", text(path)])),
        "device" => drop(tool("mknod", &["-m", "666", text(path), "c", "5", "0"])),
        "endless device" => drop(tool("mknod", &["-m", "666", text(path), "c", "1", "5"])),
        "folder" => std::fs::create_dir(path).unwrap(),
        "dangling link" => symlink("nowhere/at/all", path).unwrap(),
        "socket" => drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
        "1 GB" => drop(tool("truncate", &["-s", "1G", text(path)])),
        _ if FOLDERS.iter().any(|folder| path.ends_with(folder)) => {
            std::fs::create_dir(path).unwrap();
        }
        _ => std::fs::write(path, "text").unwrap(),
    }
}

fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
    let _ = std::fs::remove_dir_all(path);
}

/// What a file is, for comparison.
fn nature(path: &Path) -> (bool, bool, u64, u64, u32) {
    let metadata = std::fs::symlink_metadata(path).unwrap();
    let kind = metadata.file_type();
    let is_special = kind.is_fifo() || kind.is_char_device() || kind.is_socket();
    let is_file = kind.is_file();
    (
        is_special,
        is_file,
        metadata.ino(),
        metadata.len(),
        metadata.uid(),
    )
}

/// Runs it with little memory, and not for long.
fn bounded(run: Run) -> Outcome {
    // The heap; the threads' stacks and the debug build's own data count, too.
    run.under("prlimit", &["--data=120000000"])
        .under("timeout", &["--signal=KILL", "30"])
        .env("PATH", "/usr/bin:/bin")
        .run()
}

#[test]
fn these_are_the_files_that_it_opens() {
    if !root_has(&["strace", "setpriv"]) {
        return;
    }
    let lab = lab();
    give_away(&lab);
    let log = lab.home.path().join("strace");
    let run = exec(&lab).under(
        "strace",
        &["-f", "-y", "-qq", "-o", text(&log), "-e", "%file"],
    );
    run.run().exits(0);
    let mut opened = BTreeSet::new();
    let home = text(lab.home.path()).to_owned();
    for line in lab
        .home
        .read("strace")
        .lines()
        .filter(|line| line.contains("open"))
    {
        // openat(AT_FDCWD</>, "/…"), or openat(3</…>, "name").
        let Some((folder, rest)) = line.split_once('"') else {
            continue;
        };
        let name = rest.split('"').next().unwrap();
        let folder = folder
            .rsplit('<')
            .next()
            .unwrap()
            .split('>')
            .next()
            .unwrap();
        let path = Path::new(folder).join(name);
        let Ok(path) = path.strip_prefix(&home) else {
            continue;
        };
        opened.insert(text(path).to_owned());
    }
    // The program itself, and names that nobody can foresee.
    opened.retain(|path| {
        !["", "aws-mfa", "strace"].contains(&path.as_str()) && !path.contains(".aws-mfa-")
    });
    let prompt = |path: String| match path.split_once("prompt-") {
        Some((folder, _)) => format!("{folder}prompt"),
        None => path,
    };
    let opened: BTreeSet<String> = opened.into_iter().map(prompt).collect();
    let opened: Vec<&str> = opened.iter().map(String::as_str).collect();
    assert_eq!(opened, OPENED);
}

#[test]
fn whatever_stands_in_a_files_place_does_no_harm() {
    if !root_has(&["setpriv", "prlimit", "timeout", "mknod"]) {
        return;
    }
    for name in OPENED {
        let lab = lab();
        give_away(&lab);
        let path = path_of(&lab, name);
        for what in PLANTED {
            remove(&path);
            fill(&lab);
            plant(&path, what);
            give_away(&lab);
            let run = exec(&lab);
            if what == "of somebody else" {
                lchown(&path, Some(SOMEBODY_ELSE), Some(SOMEBODY_ELSE)).unwrap();
            }
            let before = nature(&path);
            let (codes, case) = (lab.sts.codes_received(), format!("{name}: {what}"));
            println!("{case}");
            let outcome = bounded(run);
            let said = &outcome.stderr;
            println!("{said}");
            // A run removes its own lock file, and its own folder if that is empty.
            let is_own = case == ".cache/aws-mfa: folder" || case == ".cache/aws-mfa/prompt: 1 GB";
            if !is_own {
                assert_eq!(nature(&path), before, "{case}: {said}");
            }
            match outcome.code {
                Some(0) => assert_eq!(lab.sts.codes_received(), codes + 1, "{case}: {said}"),
                Some(125) => {
                    assert_eq!(lab.sts.codes_received(), codes, "{case}: {said}");
                    assert!(said.contains("aws-mfa: error: "), "{case}: {said}");
                    assert!(!said.contains("a bug in"), "{case}: {said}");
                }
                code => panic!("{case}: {code:?} {said}"),
            }
        }
    }
}

/// The commands that only read, too.
#[test]
fn whatever_stands_in_the_credentials_files_place_is_named() {
    for (what, words) in [
        ("pipe", "it is a pipe, not a regular file"),
        (
            "folder",
            "it is a folder, not a regular file (move it away, or",
        ),
        ("socket", "it is a socket, not a regular file"),
        ("1 GB", "it is larger than 32 MiB"),
    ] {
        let lab = Lab::new();
        plant(&lab.home.credentials_path(), what);
        for args in [
            &["-p", "dev"][..],
            &["check"],
            &["list"],
            &["clear"],
            &["env"],
            &["credential-process"],
            &["setup", "--yes", "--access-key-id", "AKIAIOSFODNN7EXAMPLE"],
        ] {
            let outcome = lab.run(args).stdin("").run().exits(1);
            outcome.says(&["cannot read ", words]).never_says("chmod");
        }
    }
}

/// Nobody reads a pipe at the prompt, which could then not be left any more.
#[test]
fn authorities_that_are_no_file_are_refused_before_the_prompt() {
    for variable in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        for (what, problem) in [
            ("pipe", "it is a pipe, not a regular file"),
            ("folder", "it is a folder, not a regular file"),
            ("1 GB", "it is larger than 32 MiB"),
        ] {
            let lab = lab();
            let path = lab.home.path().join("authorities.pem");
            plant(&path, what);
            let run = lab.run(&["-p", "dev"]).env(variable, text(&path));
            let terminal = crate::support::pty::Terminal::start(run);
            let seen = terminal.exits(1, &[]);
            assert!(seen.contains(problem), "{seen}");
            assert!(!seen.contains("MFA code"), "{seen}");
        }
    }
}

/// It stands for "none".
#[test]
fn dev_null_is_no_config_file() {
    let lab = Lab::new();
    let run = lab.refresh(&[]).env("AWS_CONFIG_FILE", "/dev/null");
    run.run().exits(0).never_says("warning");
    lab.run(&["-p", "dev", "check"])
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .run()
        .exits(1)
        .says(&[
            "cannot read /dev/null",
            "it is a device, not a regular file",
        ]);
}

/// As somebody else's folder, by `XDG_CACHE_HOME` in a folder for everybody.
#[test]
fn a_prompt_lock_that_others_could_hold_is_not_waited_for() {
    if !root_has(&["setpriv", "flock"]) {
        return;
    }
    let lab = lab();
    give_away(&lab);
    let path = path_of(&lab, ".cache/aws-mfa/prompt");
    let folder = path.parent().unwrap();
    std::fs::write(&path, "").unwrap();
    for (what, of_folder, mode) in [
        ("the folder is somebody else's", SOMEBODY_ELSE, 0o777),
        ("others can write in the folder", USER, 0o777),
        ("the file has another name", USER, 0o700),
    ] {
        give_away(&lab);
        crate::support::home::set_mode(&path, 0o666);
        crate::support::home::set_mode(folder, mode);
        chown(folder, Some(of_folder), Some(of_folder)).unwrap();
        let other_name = lab.home.path().join("precious");
        if mode == 0o700 {
            std::fs::write(&path, "precious").unwrap();
            std::fs::hard_link(&path, &other_name).unwrap();
        }
        let mut holder = std::process::Command::new("flock")
            .args(["--no-fork", text(&path), "sleep", "60"])
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        lab.home.write(".aws/credentials", &long_term_section());
        let outcome = bounded(exec(&lab)).exits(0);
        assert!(
            !outcome.stderr.contains("waiting for another"),
            "{what}: {}",
            outcome.stderr
        );
        if mode == 0o700 {
            assert_eq!(std::fs::read_to_string(&other_name).unwrap(), "precious");
        }
        holder.kill().unwrap();
        holder.wait().unwrap();
    }
}
