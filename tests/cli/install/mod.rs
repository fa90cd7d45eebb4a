//! The script that installs a release, `.ci/install.sh`, with a server of made-up releases.

mod computer;
mod server;

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Command;

use self::computer::Computer;
use self::server::{Answer, Server, archive};
use crate::support::home::set_mode;
use crate::support::tools::{has, text};
use crate::support::wait_until;

const SCRIPT: &str = include_str!("../../../.ci/install.sh");
const PROGRAM: &str = "#!/bin/sh\necho aws-mfa 1.2.3\n";
const OLD_PROGRAM: &str = "#!/bin/sh\necho aws-mfa 1.2.2\n";
const ARCHIVE: &str = "aws-mfa-linux-x86_64.tar.gz";
const SUMS: &str = "SHA256SUMS";

/// What makes a release bad.
type Spoil<'s> = &'s dyn Fn(&Server);

/// What the shell finds as aws-mfa after it has read this line.
fn found_after(line: &str, home: &Path) -> String {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("{line}\ncommand -v aws-mfa")]);
    shell.env_clear().env("HOME", home).env("PATH", "/none");
    String::from_utf8(shell.output().unwrap().stdout).unwrap()
}

#[test]
fn the_program_is_installed_and_then_replaced() {
    for downloader in ["curl", "wget"] {
        if !has(&[downloader]) {
            continue;
        }
        let computer = Computer::with(&[downloader]);
        let folder = computer.home.path().join(".local/bin");
        let outcome = computer.run(&[]).succeeds(&[
            &format!("downloading {ARCHIVE} from {}\n", computer.server.release()),
            &format!("installed aws-mfa 1.2.3 in {}\n", folder.display()),
            "to use it, add this line to ~/.bashrc and open a new terminal:\n\n\
             export PATH=\"$HOME/.local/bin:$PATH\"\n\n",
            "to get a session: aws-mfa setup\n",
        ]);
        assert_eq!(outcome.stderr, "", "{downloader}");
        assert_eq!(computer.server.asked(), [SUMS, ARCHIVE], "{downloader}");
        computer.has_installed(".local/bin", PROGRAM);

        // Replaced in one step: who has the old one open keeps it.
        computer.has_old_program();
        let (path, kept) = (folder.join("aws-mfa"), computer.home.path().join("kept"));
        std::fs::hard_link(&path, &kept).unwrap();
        computer.run(&[]).succeeds(&["installed aws-mfa 1.2.3"]);
        computer.has_installed(".local/bin", PROGRAM);
        assert_eq!(computer.home.read("kept"), OLD_PROGRAM);
        assert_ne!(
            path.metadata().unwrap().ino(),
            kept.metadata().unwrap().ino()
        );
        // Also by the same one.
        computer.run(&[]).succeeds(&["installed aws-mfa 1.2.3"]);
        computer.has_installed(".local/bin", PROGRAM);
    }
}

#[test]
fn a_folder_is_named() {
    if !has(&["curl"]) {
        return;
    }
    for name in ["bin", "my own/bin", "it's $HOME"] {
        let computer = Computer::new();
        let outcome = computer.run(&[name]).succeeds(&[]);
        computer.has_installed(name, PROGRAM);
        let (_, line) = outcome.stdout.split_once("new terminal:\n\n").unwrap();
        let line = line.lines().next().unwrap();
        let expected = computer.home.path().join(name).join("aws-mfa");
        let found = found_after(line, computer.home.path());
        assert_eq!(found.trim_end(), text(&expected), "{line}");
    }
    let computer = Computer::new();
    for (args, words) in [
        (
            &["my", "own"][..],
            "quote it if its name has spaces: 'my own'",
        ),
        (&["--help"], "sh -s -- [FOLDER]"),
    ] {
        computer.run(args).fails(&[words]);
    }
    std::fs::create_dir_all(computer.home.path().join("bin/aws-mfa")).unwrap();
    computer.run(&["bin"]).fails(&["bin/aws-mfa is a folder"]);
    assert_eq!(computer.server.asked(), [""; 0]);
}

#[test]
fn the_shell_s_own_way_to_find_it() {
    if !has(&["curl"]) {
        return;
    }
    for (shell, words) in [
        ("/bin/zsh", "add this line to ~/.zshrc and open"),
        ("/usr/bin/fish", "to use it, run this:\n\nfish_add_path /"),
        (
            "/bin/ksh",
            "add this line to ~/.profile and log in again:\n\nexport",
        ),
    ] {
        let mut computer = Computer::new();
        computer.shell = shell;
        computer.run(&[]).succeeds(&[words]);
    }
}

#[test]
fn what_path_holds_already() {
    if !has(&["curl"]) {
        return;
    }
    let mut computer = Computer::new();
    let home = computer.home.path().to_owned();
    symlink(home.join(".local/bin"), home.join("same")).unwrap();
    for folder in [".local/bin", "same"] {
        computer.path = format!(":/none::{}", home.join(folder).display());
        let outcome = computer.run(&[]).succeeds(&["aws-mfa setup"]);
        assert!(!outcome.stdout.contains("to use it"), "{}", outcome.stdout);
        assert_eq!(outcome.stderr, "");
    }
    // A program of that name comes first, or only it is found.
    computer.add_script("aws-mfa", "echo another");
    let warning = format!(
        "install.sh: warning: your shell finds another aws-mfa first: {0}/tools/aws-mfa\n\
         to fix: remove that one, or put {0}/.local/bin first in PATH\n",
        home.display()
    );
    assert_eq!(computer.run(&[]).succeeds(&[]).stderr, warning);
    computer.path = String::new();
    let outcome = computer.run(&[]).succeeds(&["to use it"]);
    assert_eq!(outcome.stderr, warning);
}

/// Whatever goes wrong: the old program stays, and nothing else.
#[test]
fn a_failure_changes_nothing() {
    let good = archive("aws-mfa", PROGRAM);
    let cases: [(Spoil, &[&str]); 9] = [
        (
            &|server| {
                server.set(ARCHIVE, Answer::File(archive("aws-mfa", "#!/bin/sh\n")));
            },
            &["the checksum of", "should be", "run the same command again"],
        ),
        (
            &|server| server.offer("aws-mfa-linux-aarch64.tar.gz", b"x"),
            &["SHA256SUMS has no checksum for aws-mfa-linux-x86_64.tar.gz"],
        ),
        (
            &|server| server.set(SUMS, Answer::File(b"<html>Log in</html>\n".to_vec())),
            &["SHA256SUMS has no checksum for"],
        ),
        (
            &|server| server.remove(ARCHIVE),
            &["can't download", "404", ARCHIVE],
        ),
        (
            &|server| server.remove(SUMS),
            &["can't download", "404", SUMS],
        ),
        (
            &|server| server.set(ARCHIVE, Answer::Half(good.clone())),
            &["can't download"],
        ),
        // Half of it was released.
        (
            &|server| server.offer(ARCHIVE, &good[..good.len() / 2]),
            &["can't unpack aws-mfa-linux-x86_64.tar.gz: "],
        ),
        (
            &|server| server.offer(ARCHIVE, &archive("other", PROGRAM)),
            &["can't unpack aws-mfa-linux-x86_64.tar.gz: "],
        ),
        (
            &|server| {
                let program = "#!/bin/sh\necho no such library >&2\nexit 127\n";
                server.offer(ARCHIVE, &archive("aws-mfa", program));
            },
            &[
                "the program doesn't run here: no such library",
                "cargo install",
            ],
        ),
    ];
    for (spoil, words) in cases {
        for downloader in ["curl", "wget"] {
            if !has(&[downloader]) {
                continue;
            }
            let computer = Computer::with(&[downloader]);
            spoil(&computer.server);
            // wget asks again for the rest of half a file, later each time.
            if downloader == "wget" && words == ["can't download"] {
                continue;
            }
            computer.run(&[]).fails(words);
            assert_eq!(computer.files(".local/bin"), [""; 0]);
            computer.has_old_program();
            computer.run(&[]).fails(words);
            computer.has_installed(".local/bin", OLD_PROGRAM);
        }
    }
}

#[test]
fn an_interrupted_download_leaves_nothing() {
    use rustix::process::{Pid, Signal, kill_process_group};

    if !has(&["curl"]) {
        return;
    }
    let computer = Computer::new();
    computer.has_old_program();
    computer.server.set(ARCHIVE, Answer::Never);
    let script = SCRIPT.replace("@RELEASE@", &computer.server.release());
    let mut child = computer.start(&script, &[]);
    wait_until("the archive is asked for", || {
        computer.server.asked().contains(&ARCHIVE.to_owned())
    });
    let group = Pid::from_child(&child);
    // A shell can't catch a signal that was ignored when it began, as SIGINT is in the background.
    kill_process_group(group, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(computer.files("tmp"), [""; 0]);
    computer.has_installed(".local/bin", OLD_PROGRAM);
}

#[test]
fn each_system_gets_its_archive() {
    if !has(&["curl"]) {
        return;
    }
    for (system, machine, name) in [
        ("Linux", "amd64", "linux-x86_64"),
        ("Linux", "aarch64", "linux-aarch64"),
        ("Darwin", "arm64", "macos-aarch64"),
        ("Darwin", "x86_64", "macos-x86_64"),
    ] {
        let computer = Computer::new();
        computer.is(system, machine);
        computer.add_script("sysctl", "echo 0");
        let name = format!("aws-mfa-{name}.tar.gz");
        let content = archive("aws-mfa", PROGRAM);
        computer.server.offer(&name, &content);
        computer.run(&[]).succeeds(&[]);
        assert_eq!(computer.server.asked(), [SUMS, &name]);
    }
    // A shell under Rosetta.
    let computer = Computer::new();
    computer.is("Darwin", "x86_64");
    computer.add_script(
        "sysctl",
        "[ \"$*\" = '-n sysctl.proc_translated' ] && echo 1",
    );
    let content = archive("aws-mfa", PROGRAM);
    computer
        .server
        .offer("aws-mfa-macos-aarch64.tar.gz", &content);
    computer.run(&[]).succeeds(&["~/.bash_profile"]);
}

#[test]
fn other_systems_hear_what_to_do() {
    if !has(&["curl"]) {
        return;
    }
    for (system, machine, words) in [
        (
            "FreeBSD",
            "amd64",
            &["for FreeBSD", "cargo install --locked aws-mfa-cli"][..],
        ),
        (
            "Linux",
            "riscv64",
            &["for Linux on riscv64", "cargo install"],
        ),
        ("Darwin", "ppc", &["for Darwin on ppc", "cargo install"]),
        (
            "MINGW64_NT-10.0-26100",
            "x86_64",
            &["Linux and macOS only", "scoop install http"],
        ),
    ] {
        let computer = Computer::new();
        computer.is(system, machine);
        computer.run(&[]).fails(words);
        assert_eq!(computer.server.asked(), [""; 0]);
        assert_eq!(computer.files(".local"), [""; 0]);
    }
}

#[test]
fn tools_that_are_missing() {
    if !has(&["curl"]) {
        return;
    }
    Computer::with(&[])
        .run(&[])
        .fails(&["curl and wget are both missing", "install curl"]);
    let computer = Computer::new();
    for name in ["sha256sum", "shasum"] {
        let _ = std::fs::remove_file(computer.tool(name));
    }
    computer
        .run(&[])
        .fails(&["sha256sum and shasum are both missing"]);
    assert_eq!(computer.server.asked(), [""; 0]);
    if has(&["shasum"]) {
        computer.add_tool("shasum");
        // It is written in Perl.
        if let Ok(perl) = which::which("perl") {
            symlink(perl, computer.tool("perl")).unwrap();
        }
        computer.run(&[]).succeeds(&[]);
    }
    // A wget that trusts any certificate, as that of a small BusyBox does.
    let computer = Computer::with(&[]);
    let said = "wget: note: TLS certificate validation not implemented";
    computer.add_script("wget", &format!("echo '{said}' >&2"));
    computer
        .run(&[])
        .fails(&["this wget doesn't check certificates", "install curl"]);
}

#[test]
fn a_folder_that_may_not_be_written_to() {
    const NOBODY: u32 = 65534;
    if !has(&["curl"]) {
        return;
    }
    let mut computer = Computer::new();
    let locked = computer.home.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    set_mode(&locked, 0o555);
    if rustix::process::getuid().is_root() {
        if !has(&["setpriv"]) {
            return;
        }
        computer.user = Some(NOBODY);
        for path in [computer.home.path(), &computer.home.path().join("tmp")] {
            std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    for folder in [locked.clone(), locked.join("bin")] {
        computer.run(&[text(&folder)]).fails(&[
            &format!("{}: ", folder.display()),
            "Permission denied",
            &format!("| sudo sh -s -- {}", folder.display()),
        ]);
    }
    assert_eq!(computer.files("locked"), [""; 0]);
    assert_eq!(computer.server.asked(), [""; 0]);
    computer.run(&[]).succeeds(&[]);
}

/// A connection that ends while a shell reads the script.
#[test]
fn half_the_script_does_nothing() {
    if !has(&["curl"]) {
        return;
    }
    let computer = Computer::new();
    let script = SCRIPT.replace("@RELEASE@", &computer.server.release());
    let whole = script.trim_end();
    let lines = whole.match_indices('\n').map(|(end, _)| end);
    let last_line = whole.len() - "{ main \"$@\"; }".len()..whole.len();
    for end in lines.chain(last_line) {
        computer.run_script(&whole[..end], &["bin"]);
        assert_eq!(computer.files("bin"), [""; 0], "{end}");
        assert_eq!(computer.server.asked(), [""; 0], "{end}");
    }
    computer.run_script(whole, &["bin"]).succeeds(&[]);
}

#[test]
fn only_a_release_over_https() {
    if !has(&["curl"]) {
        return;
    }
    let computer = Computer::new();
    computer
        .run_script(SCRIPT, &[])
        .fails(&["doesn't say which release"]);
    for release in ["http://releases.example/download", "ftp://127.0.0.1:1/"] {
        let script = SCRIPT.replace("@RELEASE@", release);
        computer.run_script(&script, &[]).fails(&["which release"]);
    }
}
