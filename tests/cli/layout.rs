//! What messages look like at a terminal, and where nobody looks.

use unicode_width::UnicodeWidthStr;

use crate::support::home::Home;
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::run::Run;
use crate::support::{
    ROLE, SERIAL, long_term_section, long_term_section_of, session_section, session_section_until,
};

/// What stands on the screen, without colours.
fn shown(run: Run, columns: u16, code: i32) -> String {
    let seen = Terminal::start_with_columns(run, columns).exits(code, &[]);
    plain(&seen)
}

fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    (plain + rest).replace('\r', "")
}

/// Words of at most this width never pass the edge.
#[track_caller]
fn fits(text: &str, columns: u16) {
    for line in text.lines() {
        assert!(
            line.width() <= usize::from(columns),
            "{columns}: {line:?}\n{text}"
        );
    }
}

#[test]
fn messages_wrap_at_words() {
    let home = Home::with(&(session_section(600) + &long_term_section()));
    for columns in [60, 80, 120] {
        let run = home.run_offline(&["-p", "dev"]);
        let run = run
            .env("AWS_ACCESS_KEY_ID", "x")
            .env("AWS_SESSION_TOKEN", "x");
        let text = shown(run, columns, 0);
        fits(&text, columns);
        let words: Vec<&str> = text.split_whitespace().collect();
        let words = words.join(" ");
        for said in [
            "aws-mfa: the session of profile dev is valid until ",
            "to renew: aws-mfa --profile dev --force",
            "aws-mfa: warning: AWS tools will use AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN from your \
             environment instead of this session, unless you pass `--profile`",
            "to fix: unset AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN",
        ] {
            assert!(words.contains(said), "{text}");
        }
        // Under the text of the label.
        let warning = text
            .lines()
            .find(|line| line.starts_with("aws-mfa: warning: "))
            .unwrap();
        let next = text
            .lines()
            .skip_while(|line| *line != warning)
            .nth(1)
            .unwrap();
        assert!(
            columns == 120 || next.starts_with("                  "),
            "{text}"
        );
    }
}

#[test]
fn where_nobody_looks_a_message_is_one_line() {
    let home = Home::with(&session_section_until("2020-01-01 10:00:00"));
    let outcome = home
        .run_offline(&["-p", "dev", "--no-prompt"])
        .run()
        .exits(1);
    let path = home.credentials_path();
    outcome.says(&[&format!(
        "no section [dev-long-term] in {}\n",
        path.display()
    )]);
    let outcome = home.run_offline(&["check", "-p", "dev"]).run().exits(3);
    outcome.prints("dev: expired at 2020-01-01 10:00:00 +00:00\n");
}

#[test]
fn a_person_sees_short_times_and_the_home_as_a_tilde() {
    let home = Home::with(&session_section_until("2020-01-01 10:00:00"));
    let text = shown(home.run_offline(&["check", "-p", "dev"]), 80, 3);
    assert_eq!(text, "dev: expired at 2020-01-01 10:00\n");
    let text = shown(home.run_offline(&["-p", "dev"]), 80, 1);
    assert!(
        text.contains("no section [dev-long-term] in ~/.aws/credentials\n"),
        "{text}"
    );
    // All of it, if all is to be seen.
    let text = shown(home.run_offline(&["check", "-p", "dev", "-v"]), 80, 3);
    assert!(
        text.contains("expired at 2020-01-01 10:00:00 +00:00"),
        "{text}"
    );

    let home = Home::with(&session_section(0));
    let now = shown(home.run_offline(&["check", "-p", "dev"]), 80, 3);
    let time = now.strip_prefix("dev: expired at ").unwrap().trim();
    assert_eq!(time.len(), "10:00".len(), "only the time, today: {now}");
}

/// A command that is broken into lines can't be copied.
#[test]
fn commands_stay_whole() {
    let lab = Lab::with("");
    let file = lab
        .home
        .path()
        .join(format!("{}/credentials", "long-name-of-a-folder".repeat(3)));
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    let args = ["-p", "dev", "--credentials-file", file.to_str().unwrap()];
    let text = shown(lab.run(&args), 80, 1);
    let folder = "long-name-of-a-folder".repeat(3);
    let command =
        format!("`aws-mfa setup --profile dev --credentials-file ~/{folder}/credentials`");
    assert!(text.contains(&command), "{text}");
}

/// One, twelve and 200 profiles, with roles, and names that are long or Japanese.
#[test]
fn the_list_fits_the_terminal() {
    let name = |n: usize| match n % 4 {
        0 => format!("p{n}"),
        1 => format!("production-eu-{n}"),
        2 if n % 8 == 2 => format!("本番環境{n}"),
        // Its characters are narrower together than each by itself.
        2 => format!("{}-{n}", "\u{644}\u{627}".repeat(12)),
        _ => format!("the-very-long-name-of-some-team-in-some-department-{n}"),
    };
    for (count, roles) in [(1, 0), (1, 2), (12, 3), (200, 20)] {
        let mut text = String::new();
        for n in 0..count {
            let account = 123_456_789_012 + n / 5;
            let serial = format!("arn:aws:iam::{account}:mfa/alice");
            text += &long_term_section_of(&name(n)).replace(SERIAL, &serial);
            text += &session_section(3600 * 20).replace("[dev]", &format!("[{}]", name(n)));
        }
        let role = |n: usize| {
            let source = name(n % count);
            format!("[profile role{n}]\nrole_arn = {ROLE}\nsource_profile = {source}\n")
        };
        let config: String = (0..roles).map(role).collect();
        let home = Home::with(&text);
        home.set_config(&config);
        for columns in [60, 80, 120] {
            let text = shown(home.run_offline(&["list"]), columns, 0);
            fits(&text, columns);
            assert_eq!(text.lines().count(), 1 + count + roles, "{text}");
            assert_eq!(text.contains("ROLE"), roles > 0, "{text}");
            assert!(!text.contains("arn:"), "{text}");
            assert!(text.contains("  role0 ") || roles == 0, "{text}");
            let valid = text.lines().filter(|line| line.contains(" valid ")).count();
            assert_eq!(valid, count + roles, "{text}");
        }
    }
}

#[test]
fn columns_that_say_nothing_are_left_out() {
    let keys = "[static]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    let text = shown(Home::with(keys).run_offline(&["list"]), 80, 0);
    assert_eq!(text, "PROFILE  STATUS\nstatic   permanent\n");
    // For a program, all are there.
    let outcome = Home::with(keys).run_offline(&["list"]).run().exits(0);
    let header: Vec<&str> = outcome
        .stdout
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(
        header,
        ["PROFILE", "STATUS", "EXPIRES", "LEFT", "DEVICE", "ROLE"]
    );
}

#[test]
fn the_list_has_colours_for_those_who_want_them() {
    let home = Home::with(&(session_section(3600) + &long_term_section()));
    let list = || home.run_offline(&["list"]);
    let seen = Terminal::start_with_columns(list(), 80).exits(0, &[]);
    assert!(seen.contains("\u{1b}[32mvalid\u{1b}[0m"), "{seen:?}");
    let seen = Terminal::start_with_columns(list().env("NO_COLOR", "1"), 80).exits(0, &[]);
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
    let outcome = list().env("CLICOLOR_FORCE", "1").run().exits(0);
    assert!(!outcome.stdout.contains('\u{1b}'), "{}", outcome.stdout);
}
