//! A secret that is typed where the answer is shown leaves the screen, and nothing else does. On a
//! real terminal, tmux.

use std::path::PathBuf;
use std::process::Command;

use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::tools::has;
use crate::support::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, keys_section, wait_until};

/// Not one of the secrets that no output may hold: the terminal itself echoes it.
const TYPED: &str = "abcDEFghiJKLmnoPQRstuVWXyz0123456789+/ab";
const COLUMNS: &str = "80";
/// Few, so that the answer soon is at the screen's edges.
const LINES: &str = "12";

/// A tmux with one window.
struct Screen {
    socket: PathBuf,
}

impl Screen {
    /// The program after a line that isn't its own.
    fn start(lab: &Lab, args: &[&str]) -> Self {
        let socket = lab.home.path().join("tmux");
        let script = "echo another line; exec \"$@\"";
        let tmux = ["-f", "/dev/null", "-S", socket.to_str().unwrap()];
        let window = ["new-session", "-d", "-x", COLUMNS, "-y", LINES];
        let program = ["sh", "-c", script, "sh"];
        let started = lab
            .run(args)
            .under("tmux", &[&tmux[..], &window, &program].concat())
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .into_command()
            .status()
            .unwrap();
        assert!(started.success());
        Self { socket }
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        let output = tmux.arg("-S").arg(&self.socket).args(args).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    fn types(&self, line: &str) {
        self.tmux(&["send-keys", "-l", line]);
        self.tmux(&["send-keys", "Enter"]);
    }

    /// All that can be seen, also by scrolling, without the spaces at the lines' ends.
    fn shows(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-S", "-"])
    }

    #[track_caller]
    fn waits_for(&self, text: &str) -> String {
        // It may wrap at words, or in the middle of one.
        let is_shown = |shown: String| {
            let words: Vec<&str> = shown.split_whitespace().collect();
            words.join(" ").contains(text) || shown.replace('\n', "").contains(text)
        };
        wait_until(text, || is_shown(self.shows()));
        self.shows()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

/// As from two lines of a table: the terminal shows both before anything can hide the second.
#[test]
fn a_secret_that_is_pasted_after_the_id_leaves_the_screen() {
    if !has(&["tmux"]) {
        return;
    }
    for end in ["", "\n"] {
        let lab = Lab::with("");
        let screen = Screen::start(&lab, &["setup", "-p", "dev"]);
        screen.waits_for("Access key ID:");
        let pasted = format!("{ACCESS_KEY_ID}\n{TYPED}{end}");
        screen.tmux(&["set-buffer", &pasted]);
        screen.tmux(&["paste-buffer", "-r"]);
        screen.waits_for("which was removed from the screen; paste it again");
        let seen = screen.waits_for("Secret access key (not shown):");
        assert!(!seen.contains(TYPED), "{seen}");
        assert!(seen.contains("another line"), "{seen}");
        assert!(
            seen.contains(&format!("Access key ID: {ACCESS_KEY_ID}")),
            "{seen}"
        );
        screen.types(SECRET_ACCESS_KEY);
        screen.waits_for("MFA device [");
    }
}

#[test]
fn a_typed_secret_leaves_the_screen_and_other_lines_do_not() {
    if !has(&["tmux"]) {
        return;
    }
    let room = 80 - "Access key ID: ".len();
    let filled = |width: usize| format!("{TYPED} {}", "x".repeat(width - TYPED.len() - 1));
    for answer in [
        TYPED.to_owned(),
        filled(room),
        filled(room + 1),
        filled(room + 80),
        format!("\t\t\t\t\t{TYPED}"),
        format!(
            "\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b}\u{1b} {TYPED}"
        ),
    ] {
        let lab = Lab::with("");
        let screen = Screen::start(&lab, &["setup", "-p", "dev"]);
        screen.waits_for("Access key ID:");
        screen.types(&answer);
        let shown = screen.waits_for("which was removed from the screen");
        is_removed(&shown);
    }
    let lab = Lab::with(&keys_section("日本語日本語日本語"));
    let screen = Screen::start(&lab, &["setup", "-p", "日本語日本語日本語"]);
    screen.waits_for("[Y/n]:");
    screen.types(TYPED);
    let shown = screen.waits_for("which was removed from the screen");
    is_removed(&shown);
}

#[track_caller]
fn is_removed(shown: &str) {
    for part in TYPED.as_bytes().chunks(8) {
        let part = str::from_utf8(part).unwrap();
        assert!(!shown.contains(part), "{shown}");
    }
    assert!(shown.starts_with("another line\nSTS is at "), "{shown}");
}

/// More than the screen holds: the first rows are out of reach.
#[test]
fn what_has_left_the_screen_is_not_said_to_be_removed() {
    if !has(&["tmux"]) {
        return;
    }
    let lab = Lab::with("");
    let screen = Screen::start(&lab, &["setup", "-p", "dev"]);
    screen.waits_for("Access key ID:");
    screen.types(&format!("{TYPED}{}", " x".repeat(500)));
    screen.waits_for("which is still on the screen");
}

#[test]
fn a_terminal_without_escape_sequences_is_sent_none() {
    for name in ["", "dumb"] {
        let lab = Lab::with("");
        let run = lab.run(&["setup", "-p", "dev"]).env("TERM", name);
        let mut terminal = Terminal::start(run);
        terminal.has_columns(80);
        terminal.waits_for("Access key ID: ");
        terminal.types(&format!("{TYPED}\n"));
        terminal.waits_for("a secret access key, which is still on the screen");
        terminal.types_control('c');
        let (seen, _) = terminal.ends(&[]);
        assert!(!seen.contains('\u{1b}'), "{seen}");
    }
}
