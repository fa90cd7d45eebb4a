//! Real keys in bash, zsh and fish: what a Tab inserts is what aws-mfa gets, and nothing else runs.

use super::shells::{BASH_COMPLETION, OWN, Shell};
use crate::support::home::Home;
use crate::support::tools::{has, text};

/// After a first letter of their own, so that a key or two choose one.
const HOSTILE: [&str; 34] = [
    "$(touch x)",
    "`touch x`",
    "${x}$HOME",
    "!!",
    "!touch",
    "\"$(touch x)\"",
    "'$(touch x)'",
    "\\'$(touch x)'",
    "\\\"$(touch x)",
    "\\$(touch x)",
    "\\",
    "\\\\n",
    "& touch x &",
    "| touch x",
    "> x",
    "< x",
    "<(touch x)",
    "*",
    "?",
    "{a,b}",
    "~",
    "%1",
    "^a^b",
    "$'\\x41'",
    "=ls",
    "\u{2019}$(touch x)\u{2018}",
    ":a:b",
    "\\:a",
    "@a",
    " (work)",
    " b",
    "'s own",
    "\u{e9}\u{df}",
    "/a/b",
];

/// A name that begins with the letters of its number.
fn name(number: usize, rest: &str) -> String {
    format!("{}{rest}", key(number))
}

fn key(number: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n).unwrap());
    [letter(number / 26), letter(number % 26)].iter().collect()
}

fn section(name: &str) -> String {
    format!("[{name}-long-term]\naws_access_key_id = x\n")
}

fn home() -> Home {
    Home::with(&["dev", "my profile", "prod"].map(section).concat())
}

#[test]
fn hostile_names_are_inserted_as_one_word() {
    let names: Vec<String> = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, rest)| name(number, rest))
        .collect();
    let sections: String = names.iter().map(|name| section(name)).collect();
    for shell_name in OWN {
        let home = Home::with(&sections);
        let Some(mut shell) = Shell::start(&home, shell_name) else {
            continue;
        };
        for (number, name) in names.iter().enumerate() {
            let seen = shell.runs(&format!("aws-mfa -p {}\t check", key(number)));
            assert_eq!(seen, ["-p", name, "check"], "{shell_name}");
            let seen = shell.runs(&format!("aws-mfa --profile={}\t", key(number)));
            assert_eq!(seen, [format!("--profile={name}")], "{shell_name}");
        }
        shell.ends();
        assert!(!home.path().join("x").exists(), "{shell_name}");
    }
}

/// Between quotes that are open, names are offered that can stand there.
#[test]
fn hostile_names_are_inserted_into_quotes() {
    let sections: String = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, rest)| section(&name(number, rest)))
        .collect();
    for shell_name in OWN {
        let home = Home::with(&sections);
        let Some(mut shell) = Shell::start(&home, shell_name) else {
            continue;
        };
        for quote in ['"', '\''] {
            for (number, rest) in HOSTILE.iter().enumerate() {
                // bash expands these even there, or takes the last for the end.
                if shell_name == "bash" && (rest.contains('!') || rest.ends_with(quote)) {
                    continue;
                }
                let seen = shell.runs(&format!("aws-mfa -p {quote}{}\t", key(number)));
                assert_eq!(seen, ["-p", &name(number, rest)], "{shell_name} {quote}");
            }
        }
        shell.ends();
        assert!(!home.path().join("x").exists(), "{shell_name}");
    }
}

#[test]
fn commands_come_first_and_options_after_a_hyphen() {
    let home = home();
    for shell_name in OWN {
        let Some(mut shell) = Shell::start(&home, shell_name) else {
            continue;
        };
        let seen = shell.shows("aws-mfa \t\t", "help");
        assert!(seen.contains("check") && seen.contains("exec"), "{seen}");
        assert!(!seen.contains("credentials-file"), "{shell_name}: {seen}");
        let explained = seen.contains("Check whether the session is valid");
        assert_eq!(explained, shell_name != "bash", "{seen}");
        // Without the hyphens, which fish shows in another colour.
        for option in ["profile", "credentials-file", "no-prompt"] {
            shell.shows("aws-mfa -\t\t", option);
        }
        for (keys, words) in [
            ("che\t", "check"),
            ("--pro\td\t che\t --js\t", "--profile dev check --json"),
            ("--serial\t1", "--serial-number 1"),
            ("check --forc\t", "check --forc"),
            ("--setu\t", "--setu"),
            ("env --format=windo\t", "env --format=windows-cmd"),
            ("env --format windo\t", "env --format windows-cmd"),
            ("completions f\t", "completions fish"),
            ("exec -p d\t \t", "exec -p dev --"),
        ] {
            let seen = shell.runs(&format!("aws-mfa {keys}"));
            assert_eq!(seen.join(" "), words, "{shell_name}");
        }
        shell.ends();
    }
}

#[test]
fn values_are_completed_after_an_equals_sign_and_a_letter() {
    let home = home();
    for shell_name in OWN {
        let Some(mut shell) = Shell::start(&home, shell_name) else {
            continue;
        };
        for (keys, words) in [
            ("--profile=d\t", &["--profile=dev"][..]),
            ("--profile=my\\ \t", &["--profile=my profile"]),
            ("--profile='my p\t", &["--profile=my profile"]),
            ("-pd\t", &["-pdev"]),
            ("-qpd\t", &["-qpdev"]),
            ("-p=d\t", &["-p=dev"]),
            ("check -p \"my\t", &["check", "-p", "my profile"]),
            (
                "--long-term-profile=d\t",
                &["--long-term-profile=dev-long-term"],
            ),
            (
                "--long-term-profile d\t",
                &["--long-term-profile", "dev-long-term"],
            ),
        ] {
            let seen = shell.runs(&format!("aws-mfa {keys}"));
            assert_eq!(seen, words, "{shell_name}: {keys}");
        }
        // What is between the cursor and the end of the line stays.
        let seen = shell.runs("aws-mfa -p d check\u{1b}b\u{2}\t");
        assert_eq!(seen, ["-p", "dev", "check"], "{shell_name}");
        shell.ends();
    }
}

#[test]
fn paths_are_completed_by_the_shell() {
    let home = home();
    std::fs::create_dir_all(home.path().join("files/folder a")).unwrap();
    for file in ["$(touch x).ini", "it's; touch x", "my file"] {
        home.write(&format!("files/{file}"), "");
    }
    for shell_name in OWN {
        let Some(mut shell) = Shell::start(&home, shell_name) else {
            continue;
        };
        for option in ["--credentials-file", "--config-file"] {
            for (keys, path) in [
                ("files/m\t", "files/my file"),
                ("'files/m\t", "files/my file"),
                ("files/i\t", "files/it's; touch x"),
                ("files/\\$\t", "files/$(touch x).ini"),
                ("files/fo\t\u{8}/m", "files/folder a/m"),
                ("~/fi\tm\t", "~/files/my file"),
            ] {
                let seen = shell.runs(&format!("aws-mfa {option}={keys}"));
                assert_eq!(seen, [format!("{option}={path}")], "{shell_name}");
                let seen = shell.runs(&format!("aws-mfa {option} {keys}"));
                let path = path.replace('~', text(home.path()));
                assert_eq!(seen, [option, &path], "{shell_name}");
            }
        }
        shell.ends();
        assert!(!home.path().join("x").exists(), "{shell_name}");
    }
}

/// With a program in the path, which has completions of its own.
#[test]
fn the_command_after_exec_is_completed_by_the_shell() {
    let own = |shell_name| match shell_name {
        "bash" => format!(
            "[ ! -e {BASH_COMPLETION} ] || . {BASH_COMPLETION}; complete -W 'alpha beta' zz-tool"
        ),
        "zsh" => "_zz() { compadd alpha beta }; compdef _zz zz-tool".to_owned(),
        _ => "complete -c zz-tool -a 'alpha beta'".to_owned(),
    };
    let home = home();
    home.write_program("my file", "");
    for shell_name in OWN {
        let Some(mut shell) = Shell::start(&home, shell_name) else {
            continue;
        };
        home.write_program("bin/zz-tool", "#!/bin/sh\n");
        for (keys, words) in [
            ("zz-t\t", &["zz-tool"][..]),
            ("cat my\t", &["cat", "my file"]),
            ("./my\t", &["./my file"]),
            ("zz-tool my\t", &["zz-tool", "my file"]),
        ] {
            // zsh looks for programs once.
            shell
                .terminal
                .types(if shell_name == "zsh" { "rehash\n" } else { "" });
            for before in ["exec -p dev --", "-p=dev exec -f --"] {
                let seen = shell.runs(&format!("aws-mfa {before} {keys}"));
                let expected = [&before.split(' ').collect::<Vec<_>>(), words].concat();
                assert_eq!(seen, expected, "{shell_name}: {keys}");
            }
        }
        shell.runs(&own(shell_name));
        if shell_name != "bash" || has(&[BASH_COMPLETION]) {
            let seen = shell.runs("aws-mfa exec --profile=dev -- zz-tool al\t");
            let words = ["exec", "--profile=dev", "--", "zz-tool", "alpha"];
            assert_eq!(seen, words, "{shell_name}");
        }
        shell.ends();
    }
}
