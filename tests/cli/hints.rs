//! Commands that messages tell a user to run: whatever the names and paths in them are, real shells
//! take each for one word.

use std::process::Command;

use crate::support::home::{Home, set_mode};
use crate::support::lab::Lab;
use crate::support::long_term_section_of;
use crate::support::tools::{has, text};

/// Names that some shell would run, expand or take for an option.
const HOSTILE: [&str; 14] = [
    "a;touch x",
    "it's $(touch x) `touch x`",
    "'; touch x; '",
    "\\'; touch x #",
    "\\'\\'; touch x; '",
    "\u{2019}; touch x; \u{2018}",
    "a\\",
    "~",
    "~root",
    "=ls",
    "@x",
    "%self",
    "a,b {c,d} * ?",
    "\" & touch x & \"",
];

/// A folder with programs that only print their arguments.
struct Stubs {
    home: Home,
}

impl Stubs {
    fn new() -> Self {
        let home = Home::empty();
        for name in ["aws", "aws-mfa", "chmod"] {
            home.write_program(name, "#!/bin/sh\nprintf '%s\\n' \"${0##*/}\" \"$@\"\n");
        }
        Self { home }
    }

    /// Checks that each shell calls the program with these words, and does nothing else.
    #[track_caller]
    fn call(&self, command: &str, words: &[&str]) {
        let folder = self.home.path();
        for shell in ["bash", "zsh", "dash", "fish", "elvish"] {
            if !has(&[shell]) {
                continue;
            }
            let path = format!("{}:/usr/bin:/bin", text(folder));
            let mut run = Command::new(shell);
            run.args(["-c", command]).env("PATH", path);
            run.env("HOME", folder).current_dir(folder);
            let output = run.output().unwrap();
            let seen = String::from_utf8_lossy(&output.stdout);
            assert_eq!(
                seen.lines().collect::<Vec<_>>(),
                words,
                "{shell}: {command}: {output:?}"
            );
            assert!(!folder.join("x").exists(), "{shell}: {command}");
        }
    }
}

/// What stands between the two.
#[track_caller]
fn between<'t>(said: &'t str, before: &str, after: &str) -> &'t str {
    let rest = said.split_once(before);
    let (_, rest) = rest.unwrap_or_else(|| panic!("{before:?} is missing in: {said}"));
    let end = rest.rfind(after);
    &rest[..end.unwrap_or_else(|| panic!("{after:?} is missing in: {said}"))]
}

#[test]
fn profiles_and_suffixes_are_one_word() {
    let stubs = Stubs::new();
    let home = Home::empty();
    for name in HOSTILE {
        let outcome = home
            .run_offline(&["--long-term-suffix", name])
            .env("AWS_PROFILE", name)
            .run()
            .exits(1);
        let command = between(&outcome.stderr, "run `", "`: it asks for");
        let words = [
            "aws-mfa",
            "setup",
            "--profile",
            name,
            "--long-term-suffix",
            name,
        ];
        stubs.call(command, &words);
    }
    let outcome = home.run_offline(&["--profile=-x y"]).run().exits(1);
    let command = between(&outcome.stderr, "run `", "`: it asks for");
    stubs.call(command, &["aws-mfa", "setup", "--profile=-x y"]);
}

#[test]
fn a_source_profile_is_one_word() {
    let stubs = Stubs::new();
    for name in HOSTILE {
        // The grammars of the file disagree on others.
        if name.contains([';', '#']) {
            continue;
        }
        let home = Home::with("[other]\n");
        home.set_config(&format!("[profile admin]\nsource_profile = {name}\n"));
        let outcome = home.run_offline(&["-p", "admin"]).run().exits(1);
        let command = between(&outcome.stderr, "run `", "`\n");
        stubs.call(command, &["aws-mfa", "--profile", name]);
    }
    let home = Home::with("[other]\n");
    home.set_config("[profile admin]\nsource_profile = a;touch x\n");
    let outcome = home.run_offline(&["-p", "admin"]).run().exits(1);
    let command = between(&outcome.stderr, "run `", "`\n");
    stubs.call(command, &["aws-mfa", "--profile", "a;touch x"]);
}

/// AWS tools split it as a shell does.
#[test]
fn the_recipe_for_a_profile_of_its_own_quotes_the_name() {
    const NAME: &str = "a$(touch${IFS}x)";
    let stubs = Stubs::new();
    let home = Home::with(&long_term_section_of(NAME));
    home.set_config(&format!(
        "[profile {NAME}]\ncredential_process = aws-mfa credential-process\n"
    ));
    let outcome = home.run_offline(&["-p", NAME, "--token", "123456"]);
    let outcome = outcome.run().exits(1);
    let command = between(&outcome.stderr, "credential_process = ", "\n");
    let words = ["aws-mfa", "credential-process", "--profile", NAME];
    stubs.call(command, &words);
}

#[test]
fn the_session_s_section_is_one_word() {
    let stubs = Stubs::new();
    for (name, words) in [
        ("-x", ["--profile=-x"].as_slice()),
        ("%self", &["--profile", "%self"]),
        ("@x", &["--profile", "@x"]),
    ] {
        let lab = Lab::with(&long_term_section_of(name));
        let code = lab.sts.code();
        let profile = format!("--profile={name}");
        let outcome = lab.run(&[&profile, "--token", &code]).run().exits(0);
        let command = between(&outcome.stderr, "to use it: ", "\n");
        stubs.call(command, &[&["aws", "s3", "ls"], words].concat());
    }
}

#[test]
fn paths_are_one_word() {
    let stubs = Stubs::new();
    for name in HOSTILE.into_iter().chain(["-x"]) {
        let lab = Lab::new();
        let folder = lab.home.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("credentials");
        std::fs::write(&file, long_term_section_of("dev")).unwrap();
        let code = lab.sts.code();
        let args = ["-p", "dev", "--token", &code, "--credentials-file"];
        let args = [&args[..], &[text(&file)]].concat();

        set_mode(&folder, 0o777);
        let outcome = lab.run(&args).run().exits(1);
        let command = between(&outcome.stderr, "run `", "`");
        stubs.call(command, &["chmod", "go-w", text(&folder)]);

        set_mode(&folder, 0o700);
        set_mode(&file, 0o644);
        let outcome = lab.run(&args).run().exits(0);
        let command = between(&outcome.stderr, "(to fix: `", "`)\n");
        let command = command.split(")\n").next().unwrap();
        stubs.call(command, &["chmod", "600", text(&file)]);
        let commands = between(&outcome.stderr, "to use it: ", "\n");
        let command = commands
            .split_once('\n')
            .map_or(commands, |(first, _)| first);
        stubs.call(command, &["aws", "s3", "ls", "--profile", "dev"]);
    }
}

/// A path that is relative and begins with `-`.
#[test]
fn a_path_is_no_option() {
    let stubs = Stubs::new();
    let lab = Lab::new();
    std::fs::create_dir(lab.home.path().join("-R")).unwrap();
    lab.home
        .write("-R/credentials", &long_term_section_of("dev"));
    let folder = lab.home.path().join("-R");
    set_mode(&folder, 0o777);
    let code = lab.sts.code();
    let outcome = lab
        .run(&[
            "-p",
            "dev",
            "--token",
            &code,
            "--credentials-file=-R/credentials",
        ])
        .in_home()
        .run()
        .exits(1);
    let command = between(&outcome.stderr, "run `", "`");
    let folder = std::fs::canonicalize(&folder).unwrap();
    stubs.call(command, &["chmod", "go-w", folder.to_str().unwrap()]);
}
