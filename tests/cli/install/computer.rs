//! A computer with few tools, on which the script runs.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::server::Server;
use super::{OLD_PROGRAM, SCRIPT};
use crate::support::home::{Home, mode};

/// All that the script needs of a system, but `uname`, and what downloads and what makes checksums.
const TOOLS: [&str; 10] = [
    "cat", "chmod", "dirname", "gzip", "mkdir", "mktemp", "mv", "rm", "sed", "tar",
];

/// A computer with few tools, and a server.
pub(super) struct Computer {
    pub(super) home: Home,
    pub(super) server: Server,
    pub(super) shell: &'static str,
    /// What comes after the tools in PATH.
    pub(super) path: String,
    pub(super) user: Option<u32>,
}

pub(super) struct Outcome {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Computer {
    /// Linux on x86_64, with curl.
    pub(super) fn new() -> Self {
        Self::with(&["curl"])
    }

    /// With this to download.
    pub(super) fn with(downloaders: &[&str]) -> Self {
        let computer = Self {
            home: Home::empty(),
            server: Server::start(),
            shell: "/bin/bash",
            path: String::new(),
            user: None,
        };
        for folder in ["tools", "tmp"] {
            std::fs::create_dir(computer.home.path().join(folder)).unwrap();
        }
        for name in TOOLS.iter().chain(downloaders) {
            computer.add_tool(name);
        }
        // One of the two is enough.
        for name in ["sha256sum", "shasum"] {
            if let Ok(found) = which::which(name) {
                symlink(found, computer.tool(name)).unwrap();
                break;
            }
        }
        computer.is("Linux", "x86_64");
        computer
    }

    pub(super) fn tool(&self, name: &str) -> PathBuf {
        self.home.path().join("tools").join(name)
    }

    pub(super) fn add_tool(&self, name: &str) {
        symlink(which::which(name).unwrap(), self.tool(name)).unwrap();
    }

    /// A tool that is a script.
    pub(super) fn add_script(&self, name: &str, script: &str) {
        let script = format!("#!/bin/sh\n{script}\n");
        self.home.write_program(&format!("tools/{name}"), &script);
    }

    pub(super) fn is(&self, system: &str, machine: &str) {
        let answers = format!("case $1 in -s) echo {system} ;; -m) echo {machine} ;; esac");
        self.add_script("uname", &answers);
    }

    pub(super) fn start(&self, script: &str, args: &[&str]) -> Child {
        let mut command = if let Some(user) = self.user {
            let mut command = Command::new(which::which("setpriv").unwrap());
            let ids = [format!("--reuid={user}"), format!("--regid={user}")];
            command.args(ids).args(["--clear-groups", "/bin/sh"]);
            command
        } else {
            Command::new("/bin/sh")
        };
        command.args(["-s", "--"]).args(args).env_clear();
        let path = format!("{}{}", self.home.path().join("tools").display(), self.path);
        command.env("PATH", path).env("HOME", self.home.path());
        command.env("TMPDIR", self.home.path().join("tmp"));
        // By the name it has here: on macOS, temporary folders have two.
        command.env("PWD", self.home.path());
        command.env("SHELL", self.shell).process_group(0);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.current_dir(self.home.path()).spawn().unwrap();
        // As curl hands it over. The shell may end before it has read all.
        drop(child.stdin.take().unwrap().write_all(script.as_bytes()));
        child
    }

    pub(super) fn run_script(&self, script: &str, args: &[&str]) -> Outcome {
        let output = self.start(script, args).wait_with_output().unwrap();
        assert_eq!(self.files("tmp"), [""; 0], "left behind");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the release's script.
    pub(super) fn run(&self, args: &[&str]) -> Outcome {
        self.run_script(&SCRIPT.replace("@RELEASE@", &self.server.release()), args)
    }

    /// The names of all in a folder below the home.
    pub(super) fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.home.path().join(folder)) else {
            return Vec::new();
        };
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        let names = entries.map(|entry| name(entry).into_string().unwrap());
        names.collect()
    }

    /// The program and nothing else is in the folder.
    #[track_caller]
    pub(super) fn has_installed(&self, folder: &str, program: &str) {
        assert_eq!(self.files(folder), ["aws-mfa"], "{folder}");
        let path = format!("{folder}/aws-mfa");
        assert_eq!(self.home.read(&path), program);
        assert_eq!(mode(&self.home.path().join(path)), 0o755);
    }

    /// An older program is where the new one goes.
    pub(super) fn has_old_program(&self) {
        std::fs::create_dir_all(self.home.path().join(".local/bin")).unwrap();
        self.home.write_program(".local/bin/aws-mfa", OLD_PROGRAM);
    }
}

impl Outcome {
    /// Succeeds, and says each of `words` on standard output.
    #[track_caller]
    pub(super) fn succeeds(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stdout.contains(word), "{word}: {}", self.stdout);
        }
        self
    }

    /// Fails with one error and one hint, which hold each of `words`.
    #[track_caller]
    pub(super) fn fails(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(1), "{}{}", self.stdout, self.stderr);
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{}", self.stderr);
        assert!(lines[0].starts_with("install.sh: error: "), "{}", lines[0]);
        assert!(lines[1].starts_with("hint: "), "{}", lines[1]);
        for word in words {
            assert!(self.stderr.contains(word), "{word}: {}", self.stderr);
        }
        self
    }
}
