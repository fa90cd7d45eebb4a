//! The morning without an AWS account: `cargo run --example sandbox`.
//!
//! Builds the program, starts a strict AWS STS on loopback, makes a temporary home from `fixtures/sandbox`, and runs the
//! real program in it: an expired session, the code, the new session, and the second time. At a terminal the codes are
//! typed by you; otherwise they are piped. Nothing of your own configuration is read or changed.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a show")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the tests"
)]

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use support::home::Home;
use support::run::{ENDPOINT_VARIABLES, clean_environment};
use support::sts::LoopbackSts;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match morning() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn morning() -> Result<()> {
    let sandbox = Sandbox {
        program: build()?,
        home: Home::with_bytes(include_bytes!("../../fixtures/sandbox/credentials")),
        sts: LoopbackSts::start(),
        interactive: std::io::stdin().is_terminal(),
    };
    println!(
        "A sandbox: a home folder in {}, an AWS STS on {}.",
        sandbox.home.path().display(),
        sandbox.sts.url()
    );
    sandbox.show_file("The credentials file, yesterday's session in [dev]:");

    sandbox.run(&["check", "--profile", "dev"], None)?;
    while let Err(error) = sandbox.refresh(&["--profile", "dev"]) {
        if !sandbox.interactive {
            return Err(error);
        }
        println!("({error}; once more, or Ctrl-C)");
    }
    sandbox.show_file("The credentials file now; only [dev] has changed:");

    println!("\nIn the next terminal:");
    sandbox.run(&["--profile", "dev"], None)?;
    sandbox.run(&["check", "--profile", "dev"], None)?;
    sandbox.run(&["list"], None)?;
    sandbox.run(&["env", "--profile", "dev", "--format", "env"], None)?;
    println!("\n{}", sandbox.what_sts_received());
    if sandbox.interactive {
        sandbox.play()?;
    }
    Ok(())
}

struct Sandbox {
    program: PathBuf,
    home: Home,
    sts: LoopbackSts,
    interactive: bool,
}

impl Sandbox {
    /// Runs the program; it must end with 0, or with 3 for `check`.
    fn run(&self, args: &[&str], input: Option<&str>) -> Result<()> {
        println!("\n$ aws-mfa {}", args.join(" "));
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .envs(clean_environment(self.home.path()))
            .envs(ENDPOINT_VARIABLES.map(|name| (name, self.sts.url())));
        for name in foreign_variables() {
            command.env_remove(name);
        }
        match std::env::var_os("TZ") {
            Some(zone) => command.env("TZ", zone),
            None => command.env_remove("TZ"),
        };
        command.stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::inherit()
        });
        let mut child = command.spawn()?;
        if let (Some(input), Some(mut pipe)) = (input, child.stdin.take()) {
            writeln!(pipe, "{input}")?;
        }
        let status = child.wait()?;
        match (status.code(), args.first()) {
            (Some(0), _) | (Some(3), Some(&"check")) => Ok(()),
            _ => Err(format!("aws-mfa ended with {status}").into()),
        }
    }

    /// Runs a refresh: at a terminal the code is shown and typed by the user, otherwise it is piped.
    fn refresh(&self, args: &[&str]) -> Result<()> {
        let code = self.sts.code();
        if !self.interactive {
            return self.run(args, Some(&code));
        }
        println!("\nYour MFA device shows {code} now: type that.");
        self.run(args, None)
    }

    fn show_file(&self, title: &str) {
        println!("\n{title}");
        for line in self.home.credentials().lines() {
            println!("  | {line}");
        }
    }

    fn what_sts_received(&self) -> String {
        let requests = self.sts.operations();
        format!(
            "STS received {} over {} connection(s).",
            requests.join(", "),
            self.sts.connections()
        )
    }

    /// Lets the user try what they like.
    fn play(&self) -> Result<()> {
        println!("\nYour turn. In another terminal (paths are this sandbox's):");
        let endpoint = self.sts.url();
        let endpoints = ENDPOINT_VARIABLES.map(|name| format!("{name}={endpoint}"));
        println!(
            "  export HOME={} {}",
            self.home.path().display(),
            endpoints.join(" ")
        );
        println!("  {} --profile dev --force", self.program.display());
        loop {
            print!("\nEnter: a new code and a forced refresh, here. q: end. ");
            std::io::stdout().flush()?;
            let mut answer = String::new();
            if std::io::stdin().read_line(&mut answer)? == 0 || answer.trim() == "q" {
                return Ok(());
            }
            // A code mistyped on purpose is part of the play.
            if let Err(error) = self.refresh(&["--profile", "dev", "--force"]) {
                println!("({error})");
            }
        }
    }
}

/// Variables of the user's own that would change what the program does.
fn foreign_variables() -> impl Iterator<Item = String> {
    let own = ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"];
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(move |name| {
            let upper = name.to_uppercase();
            let ours = cfg!(windows) && own.contains(&upper.as_str())
                || ENDPOINT_VARIABLES.contains(&upper.as_str());
            !ours
                && (upper.starts_with("AWS_")
                    || upper.starts_with("MFA_")
                    || upper.ends_with("_PROXY"))
        })
}

/// Builds the program as this example was built, and returns its path.
fn build() -> Result<PathBuf> {
    // target/debug/examples/sandbox
    let example = std::env::current_exe()?;
    let folder = example
        .parent()
        .and_then(Path::parent)
        .ok_or("this example isn't in cargo's target folder")?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let target = folder
        .parent()
        .ok_or("this example isn't in cargo's target folder")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let status = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--bin",
            "aws-mfa",
            "--profile",
            profile,
            "--manifest-path",
            manifest,
            "--target-dir",
        ])
        .arg(target)
        .status()?;
    if !status.success() {
        return Err("building aws-mfa failed".into());
    }
    Ok(folder
        .join("aws-mfa")
        .with_extension(std::env::consts::EXE_EXTENSION))
}
