//! "Keys outside the file" of docs/keys.md: its commands are typed into a shell, and the real stores
//! keep the keys.

use std::process::Command;

use tempfile::TempDir;

use crate::support::documents::document;
use crate::support::home::{Home, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::run::ENDPOINT_VARIABLES;
use crate::support::tools::{has, text};
use crate::support::{ACCESS_KEY_ID, PROMPT, SECRET_ACCESS_KEY, long_term_section};

const READY: &str = "ready> ";

/// The first block of the page's section in this language.
fn block(language: &str) -> String {
    let section = section();
    let block = section.split(&format!("```{language}\n")).nth(1);
    block.unwrap().split("```").next().unwrap().to_owned()
}

fn section() -> String {
    let page = document("docs/keys.md");
    let section = page.split("\n## Keys outside the file\n").nth(1);
    section.unwrap().split("\n## ").next().unwrap().to_owned()
}

/// How the page puts the keys into a program's store, and its `credential_process`.
#[track_caller]
fn recipe(program: &str, home: &Home) -> (String, String) {
    for row in section().lines().filter(|line| line.starts_with('|')) {
        let code: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        if let [put, process] = code[..]
            && process.starts_with(&format!("{program} "))
        {
            return (put.replace("\\|", "|"), in_this_home(process, home));
        }
    }
    panic!("no recipe for {program}");
}

fn in_this_home(process: &str, home: &Home) -> String {
    process.replace("/home/alice", text(home.path()))
}

/// The page's long-term section, with this command.
fn long_term_section_with(process: &str) -> String {
    block("ini").replace("pass show aws/dev", process)
}

/// A folder of gpg's, with a key in it. Its agent's sockets need a short path; in `.gnupg` below the
/// home, gpg might use the agent of whoever runs the tests.
struct Gnupg(TempDir);

impl Gnupg {
    fn new(home: &Home) -> Self {
        let gnupg = Self(tempfile::tempdir_in("/tmp").unwrap());
        set_mode(gnupg.0.path(), 0o700);
        let key =
            "--batch --quiet --passphrase= --quick-gen-key alice future-default default never";
        succeeds(gnupg.program("gpg", home).args(key.split(' ')));
        gnupg
    }

    fn program(&self, name: &str, home: &Home) -> Command {
        let mut command = home.other_program(name);
        command.env("GNUPGHOME", self.0.path());
        command
    }
}

impl Drop for Gnupg {
    fn drop(&mut self) {
        for args in [&["--kill", "all"][..], &["--remove-socketdir"]] {
            let mut gpgconf = Command::new("gpgconf");
            let _ = gpgconf.args(args).env("GNUPGHOME", self.0.path()).output();
        }
    }
}

#[track_caller]
fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// A shell on a terminal.
struct Shell(Terminal);

impl Shell {
    /// Starts it, and lets it read the page's function.
    #[track_caller]
    fn start(mut command: Command, home: &Home) -> Self {
        home.write("keys.sh", &block("sh"));
        command.env("PS1", READY).env("TERM", "dumb");
        let mut shell = Self(Terminal::start_command(command));
        shell.0.waits_for(READY);
        shell.0.types(". ./keys.sh\n");
        shell.0.waits_for(READY);
        shell
    }

    /// Runs a command that asks for the keys; `exits` checks that the secret isn't shown.
    #[track_caller]
    fn types_keys(&mut self, command: &str, secret: &str) {
        self.0.types(&format!("{command}\n"));
        self.0.answers("Access key ID: ", ACCESS_KEY_ID);
        self.0.waits_for("Secret access key: ");
        self.0.waits_for_echo(false);
        self.0.types(&format!("{secret}\n"));
    }

    #[track_caller]
    fn exits(mut self, typed: &[&str]) {
        self.0.types("exit\n");
        self.0.exits(0, typed);
    }
}

/// Stores keys and others in their place, and gets a session with those, in a bash that `shell`
/// starts.
#[track_caller]
fn gets_a_session(lab: &Lab, mut shell: Command, program: &str) {
    let (put, process) = recipe(program, &lab.home);
    let credentials = long_term_section_with(&process);
    lab.home.write(".aws/credentials", &credentials);
    shell.envs(ENDPOINT_VARIABLES.map(|name| (name, lab.sts.url())));
    let mut shell = Shell::start(shell, &lab.home);

    shell.types_keys(&put, "mistyped");
    shell.0.waits_for(READY);
    shell.types_keys(&put, SECRET_ACCESS_KEY);
    shell.0.waits_for(READY);
    let code = lab.sts.code();
    shell.0.types("aws-mfa -p dev\n");
    shell.0.answers(PROMPT, &code);
    shell
        .0
        .waits_for("new session for profile dev, account 123456789012");
    shell.0.waits_for(READY);
    shell.exits(&["mistyped", &code]);

    assert!(lab.credentials().starts_with(&credentials));
    assert!(lab.credentials().contains("\naws_session_token = "));
    assert!(lab.home.read(".bash_history").contains(&put));
    no_file_holds_the_secret(&lab.home);
}

#[track_caller]
fn no_file_holds_the_secret(home: &Home) {
    let grep = ["-rlF", SECRET_ACCESS_KEY, text(home.path())];
    let grep = Command::new("grep").args(grep).output().unwrap();
    assert_eq!(grep.status.code(), Some(1), "{grep:?}");
}

#[test]
fn gnome_keyring() {
    let tools = [
        "bash",
        "secret-tool",
        "gnome-keyring-daemon",
        "dbus-run-session",
        "dbus-send",
    ];
    if !has(&tools) {
        return;
    }
    let lab = Lab::new();
    let mut session = lab.home.other_program("dbus-run-session");
    // It goes into the background before it has its name; whoever asks for that name earlier makes
    // the bus start another one, whose keyring is locked.
    let script = "printf password | gnome-keyring-daemon --unlock --components=secrets >&2
                  until dbus-send --session --print-reply --dest=org.freedesktop.DBus / \
                      org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets |
                      grep -q 'boolean true'
                  do sleep 0.05
                  done
                  exec bash --norc -i";
    session.args(["--", "sh", "-c", script]);
    gets_a_session(&lab, session, "secret-tool");
}

#[test]
fn pass() {
    if !has(&["bash", "pass", "gpg"]) {
        return;
    }
    let lab = Lab::new();
    let gnupg = Gnupg::new(&lab.home);
    succeeds(gnupg.program("pass", &lab.home).args(["init", "alice"]));
    let mut bash = gnupg.program("bash", &lab.home);
    bash.args(["--norc", "-i"]);
    gets_a_session(&lab, bash, "pass");
}

#[test]
fn gpg() {
    if !has(&["bash", "gpg"]) {
        return;
    }
    let lab = Lab::new();
    let gnupg = Gnupg::new(&lab.home);
    let mut bash = gnupg.program("bash", &lab.home);
    bash.args(["--norc", "-i"]);
    gets_a_session(&lab, bash, "gpg");
}

#[test]
fn zsh_asks_for_the_keys_too() {
    if !has(&["zsh"]) {
        return;
    }
    let home = Home::with("");
    home.write(".zshrc", "HISTFILE=~/.zsh_history HISTSIZE=9 SAVEHIST=9\n");
    let mut zsh = home.other_program("zsh");
    zsh.arg("-i");
    let mut shell = Shell::start(zsh, &home);
    shell.types_keys("keys | cat >printed", SECRET_ACCESS_KEY);
    shell.0.waits_for(READY);
    shell.exits(&[]);
    let printed = home.read("printed");
    assert!(printed.contains(ACCESS_KEY_ID) && printed.contains(SECRET_ACCESS_KEY));
    let history = home.read(".zsh_history");
    assert!(history.contains("keys | cat >printed") && !history.contains(SECRET_ACCESS_KEY));
}

/// With the AWS CLI 2, which prints them.
#[test]
fn keys_move_from_the_file_into_a_store() {
    if !has(&["aws", "bash", "pass", "gpg"]) {
        return;
    }
    let lab = Lab::new();
    let version = lab.home.other_program("aws").arg("--version").output();
    if !version.is_ok_and(|version| version.stdout.starts_with(b"aws-cli/2.")) {
        eprintln!("SKIPPED: not the AWS CLI 2");
        return;
    }
    let gnupg = Gnupg::new(&lab.home);
    succeeds(gnupg.program("pass", &lab.home).args(["init", "alice"]));
    let (put, process) = recipe("pass", &lab.home);
    let export = "aws configure export-credentials --profile dev-long-term";
    assert!(section().contains(&format!("`{export}`")));
    let put = put.replace("keys |", &format!("set -o pipefail; {export} |"));
    succeeds(gnupg.program("bash", &lab.home).args(["-c", &put]));
    assert!(lab.credentials() == long_term_section());
    let credentials = long_term_section_with(&process);
    lab.home.write(".aws/credentials", &credentials);
    let refresh = lab.refresh(&[]).env("GNUPGHOME", text(gnupg.0.path()));
    refresh.run().exits(0);
    no_file_holds_the_secret(&lab.home);
}

/// A stand-in for PowerShell receives the script with its spaces, semicolons and backslashes.
#[test]
fn the_line_for_powershell_arrives_whole() {
    let section = section();
    let process = section.split("credential_process = powershell ").nth(1);
    let process = format!("powershell {}", process.unwrap().lines().next().unwrap());
    let lab = Lab::with(&long_term_section_with(&process));
    let keys = format!(
        "{{\"AccessKeyId\": \"{ACCESS_KEY_ID}\", \"SecretAccessKey\": \"{SECRET_ACCESS_KEY}\"}}"
    );
    lab.home.other_program("sh");
    let stand_in = format!("#!/bin/sh\nprintf %s \"$3\" >~/script\nprintf %s '{keys}'\n");
    lab.home.write_program("bin/powershell", &stand_in);
    let path = format!("{}:/usr/bin:/bin", text(&lab.home.path().join("bin")));
    lab.refresh(&[]).env("PATH", &path).run().exits(0);
    let script = process.split('"').nth(1).unwrap();
    assert_eq!(lab.home.read("script"), script);
}
