//! docs/messages.md holds every message of the flow, as it is; the README's and its pages' examples
//! do what they say.

use std::time::Duration;

use crate::support::documents::{document, documents};
use crate::support::home::{Home, mode, set_mode};
use crate::support::lab::Lab;
use crate::support::pty::Terminal;
use crate::support::relay::Relay;
use crate::support::run::Run;
use crate::support::sts::{Fault, LoopbackSts};
use crate::support::tools::text;
use crate::support::{
    ACCESS_KEY_ID, PROMPT, SECRET_ACCESS_KEY, SERIAL, STORED_TOKEN, deleted_long_term_section,
    keys_section, long_term_section, long_term_section_of, session_section, session_section_until,
};

/// A line with what differs from run to run replaced.
fn normalised(line: &str) -> String {
    let mut text = String::new();
    for c in line.trim().chars() {
        match c {
            '0'..='9' if text.ends_with('0') => {}
            '0'..='9' => text.push('0'),
            c => text.push(c),
        }
    }
    // At a terminal, times are shorter. What is typed shows as stars.
    let text = text.replace("0-0-0 0:0:0 +0:0", "0:0");
    let text = text.replace("0-0-0 0:0", "0:0");
    text.trim_end_matches(['*', ' ']).to_owned()
}

/// The lines of the page on messages.
fn messages() -> Vec<String> {
    let page = document("docs/messages.md");
    page.lines().map(normalised).collect()
}

/// Sees that each line that was said stands on the page on messages.
#[track_caller]
fn is_on_the_page(said: &str, host: &str) {
    let messages = messages();
    let said = if host.is_empty() {
        said.to_owned()
    } else {
        said.replace(host, "sts.us-east-1.amazonaws.com")
    };
    // All runs of tests have an endpoint of their own.
    let named = format!("STS is at {}", "sts.us-east-1.amazonaws.com");
    let said = said.replace(&named, "STS is at sts.private.example");
    let is_shown = |line: &&str| !line.starts_with("aws-mfa: IAM is at");
    for line in said.lines().filter(is_shown) {
        let line = normalised(line);
        assert!(
            line.is_empty() || messages.contains(&line),
            "docs/messages.md lacks:\n{line}"
        );
    }
}

/// As [`is_on_the_page`]; the lab's STS stands for AWS's, and its home for the reader's.
#[track_caller]
fn of_aws_is_on_the_page(said: &str, lab: &Lab) {
    let said = said.replace(text(lab.home.path()), "~");
    is_on_the_page(&said, &lab.sts.address().to_string());
}

#[test]
fn a_morning_with_mistakes() {
    let mut lab = Lab::new();
    let mut terminal = Terminal::start(lab.run(&["-p", "dev"]));
    for line in ["12345", "", "000000", "000000"] {
        terminal.answers(PROMPT, line);
    }
    terminal.waits_for("already refused");
    terminal.waits_for(PROMPT);
    of_aws_is_on_the_page(&lab.types_code(terminal), &lab);
    let again = lab.run(&["-p", "dev"]).run().exits(0);
    is_on_the_page(&again.stderr, "");
    let outranked = lab
        .run(&["-p", "dev"])
        .env("AWS_ACCESS_KEY_ID", "x")
        .env("AWS_SESSION_TOKEN", "x");
    is_on_the_page(&outranked.run().exits(0).stderr, "");
    lab.home = Home::with(&session_section(600));
    let late = lab.run(&["-p", "dev"]).run().exits(0);
    is_on_the_page(&late.stderr, "");
    let lab = Lab::new();
    let mut terminal = lab.asks();
    terminal.types_control('d');
    of_aws_is_on_the_page(&terminal.exits(130, &[]), &lab);
}

#[test]
fn what_aws_refuses() {
    let said = |keys: &str, args: &[&str]| {
        let lab = Lab::with(keys);
        let outcome = lab.refresh(args).run().exits(1);
        of_aws_is_on_the_page(&outcome.stderr, &lab);
    };
    let keys = long_term_section();
    said(&keys, &["--token", "000000"]);
    said(&keys.replace(":mfa/alice", ":mfa/phone"), &[]);
    said(&keys.replace(":mfa/", ":user/"), &[]);
    let other_account = SERIAL.replace("123456789012", "210987654321");
    said(&keys.replace(SERIAL, &other_account), &[]);
    said(&keys.replace(":mfa/", ":u2f/user/"), &[]);
    said(&deleted_long_term_section(), &[]);
    said(&keys.replace(SECRET_ACCESS_KEY, "wrong"), &[]);
}

#[test]
fn what_goes_wrong_on_the_way() {
    for fault in [Fault::Drop, Fault::CaptivePortal, Fault::OneHourOnly] {
        let lab = Lab::new();
        lab.sts.misbehave("GetSessionToken", fault);
        of_aws_is_on_the_page(&lab.refresh(&[]).run().stderr, &lab);
    }
    let lab = Lab::new();
    lab.sts.misbehave("GetCallerIdentity", Fault::CaptivePortal);
    of_aws_is_on_the_page(&lab.refresh(&[]).run().exits(1).stderr, &lab);

    let lab = Lab::new();
    lab.sts.set_clock_offset(3600);
    of_aws_is_on_the_page(&lab.refresh(&[]).run().exits(0).stderr, &lab);

    let trusted = Lab::with_tls();
    let other = LoopbackSts::start_with_tls();
    let outcome = trusted
        .run_at(&other.url(), &["-p", "dev", "--token", "000000"])
        .run();
    let host = format!("localhost:{}", other.address().port());
    is_on_the_page(&outcome.exits(1).stderr, &host);
}

#[test]
fn a_slow_network() {
    let lab = Lab::new();
    let relay = Relay::start(lab.sts.address(), Duration::from_millis(800));
    let args = ["-p", "dev", "--token", &lab.sts.code()];
    let said = lab.run_through(&relay, &args).run().exits(0).stderr;
    assert!(said.contains("waiting for"), "{said}");
    is_on_the_page(&said, &relay.address().to_string());

    let home = Home::with(&long_term_section());
    let mut terminal = Terminal::start(home.run_offline(&["-p", "dev"]));
    terminal.waits_for("still trying");
    terminal.answers(PROMPT, "111222");
    is_on_the_page(&terminal.exits(1, &[]), "127.0.0.1:9");
}

#[test]
fn nobody_to_ask_what_cannot_be_right_and_pipes() {
    let mut lab = Lab::new();
    let home = &lab.home;
    let said = |run: Run, code: i32| {
        let outcome = run.run().exits(code);
        of_aws_is_on_the_page(&outcome.stderr, &lab);
    };
    said(home.run_offline(&["-p", "dev"]), 3);
    said(home.run_offline(&["-p", "dev"]).silent_stdin(), 3);
    said(home.run_offline(&["-p", "dve"]), 1);
    let role = "role_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = dve\n";
    home.set_config(&format!("[profile admin]\n{role}"));
    said(home.run_offline(&["-p", "admin"]), 1);
    home.set_config("[default]\nregion\n");
    said(home.run_offline(&["-p", "dev", "--no-prompt"]), 1);
    home.set_config("");
    let no_url = home.refresh_offline(&[]);
    said(no_url.env("AWS_ENDPOINT_URL_STS", "sts.example"), 1);
    said(lab.run(&["-p", "dev", "--token-command", "false"]), 1);
    lab.home = Home::empty();
    let keys = ["--access-key-id", ACCESS_KEY_ID, "--device", SERIAL];
    let setup = lab.run(&[&["setup", "-p", "dev"], &keys[..]].concat());
    let setup = setup.stdin(SECRET_ACCESS_KEY).run().exits(0);
    of_aws_is_on_the_page(&setup.stderr, &lab);
}

/// The first morning, without a profile's name.
#[test]
fn the_morning() {
    let readme = document("README.md");
    let block = between(&readme, "## The morning\n\n```console\n", "\n```");
    let shown: Vec<String> = block.lines().map(normalised).collect();
    let lab = Lab::with(&long_term_section_of("default"));
    lab.home.set_config("[default]\nregion = eu-west-1\n");
    let mut terminal = Terminal::start(lab.run(&[]));
    terminal.waits_for("MFA code for default");
    let first = lab.types_code(terminal);
    let again = Terminal::start(lab.run(&[])).exits(0, &[]);
    let mut said = 0;
    for line in first.lines().chain(again.lines()) {
        let line = normalised(line);
        if !line.is_empty() && !line.contains(" is at ") {
            assert!(shown.contains(&line), "the README lacks:\n{line}");
            said += 1;
        }
    }
    assert_eq!(said, 3);
}

/// The one place where `text` stands between these.
#[track_caller]
fn between<'t>(text: &'t str, open: &str, close: &str) -> &'t str {
    let parts: Vec<&str> = text.split(open).collect();
    assert_eq!(parts.len(), 2, "{open}");
    parts[1].split(close).next().unwrap()
}

/// What `aws configure` has left becomes a session, in the words of the page.
#[test]
fn a_setup() {
    let page = document("docs/keys.md");
    let block = between(&page, "```console\n$ aws-mfa setup\n", "\n```");
    let shown: Vec<String> = block.lines().map(normalised).collect();
    let lab = Lab::with(&keys_section("default"));
    lab.home.set_config("[default]\nregion = eu-west-1\n");
    // Wide enough that nothing is wrapped.
    let mut terminal = Terminal::start_with_columns(lab.run(&["setup"]).env("NO_COLOR", "1"), 400);
    for question in block.lines().filter(|line| line.ends_with("]:")) {
        terminal.answers(question, "");
    }
    terminal.waits_for("MFA code for default");
    let said = lab.types_code(terminal);
    let mut found = 0;
    for line in said.lines().map(normalised) {
        if !line.is_empty() && !line.contains(" is at ") {
            assert!(shown.contains(&line), "docs/keys.md lacks:\n{line}");
            found += 1;
        }
    }
    assert_eq!(found, shown.len());
}

/// The three lines of who sets it up by hand are enough.
#[test]
fn a_setup_by_hand() {
    let readme = document("README.md");
    let section = between(&readme, "```ini\n[default-long-term]\n", "```");
    let section = section
        .replace("AKIA...", ACCESS_KEY_ID)
        .replace("= ...", &format!("= {SECRET_ACCESS_KEY}"));
    let lab = Lab::with(&format!("[default-long-term]\n{section}"));
    lab.run(&["--token", &lab.sts.code()]).run().exits(0);
    lab.home.run_offline(&["check"]).run().exits(0);
}

/// The README's commands, where there is a session in `[default]`.
#[test]
fn commands_of_the_readme() {
    let session = session_section(3600).replace("[dev]", "[default]");
    let home = Home::with(&(session + &long_term_section_of("default")));
    for program in ["terraform", "aws"] {
        home.other_program("bash");
        let stand_in = format!("#!/bin/sh\necho {program} $*; echo $AWS_SESSION_TOKEN\n");
        home.write_program(&format!("bin/{program}"), &stand_in);
    }
    let readme = document("README.md").replace("\\|", "|");
    let bash = |script: &str| {
        assert!(readme.contains(&format!("`{script}`")), "{script}");
        let script = format!("{script}\necho \"${{AWS_SESSION_TOKEN:-none}}\"");
        let output = home
            .other_program("bash")
            .args(["-c", &script])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(bash("eval \"$(aws-mfa env)\""), format!("{STORED_TOKEN}\n"));
    assert_eq!(
        bash("aws-mfa exec -- terraform plan"),
        format!("terraform plan\n{STORED_TOKEN}\nnone\n")
    );
    let renews = "aws-mfa --min-remaining 2h && terraform apply";
    assert_eq!(bash(renews), "none\n", "there is nobody to ask");
}

/// The README's recipes for the end of a session.
#[test]
fn recipes_of_the_readme() {
    let readme = document("README.md").replace("\\|", "|");
    let code = |start: &str| {
        let mut code = readme.split('`').filter(|code| code.starts_with(start));
        code.next().unwrap().to_owned()
    };
    let prompt = code("PS1=");
    let cron = code("*/15 * * * * ").split_off("*/15 * * * * ".len());
    for (seconds, warns, logs) in [(7200, false, false), (1200, false, true), (0, true, true)] {
        let session = session_section(seconds).replace("[dev]", "[default]");
        let home = Home::with(&session);
        let script = format!("{prompt}\necho \"${{PS1@P}}\"\n{cron}");
        let output = home
            .other_program("bash")
            .args(["-c", &script])
            .output()
            .unwrap();
        let prompt = String::from_utf8(output.stdout).unwrap();
        assert_eq!(prompt.starts_with("[mfa] "), warns, "{prompt}");
        assert_eq!(home.path().join("aws-mfa.log").exists(), logs, "{seconds}");
    }
}

/// Where other tools keep keys and session, they stay.
#[test]
fn sections_of_other_tools() {
    let page = document("docs/coming-from.md");
    let mut tools = 0;
    for row in page.lines().filter(|line| line.contains("| `aws-mfa -p ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [_, keys, session, command] = cells[..] else {
            continue;
        };
        let section = |cell: &str| cell.trim_matches(['`', '[', ']']).to_owned();
        let before = keys_section(&section(keys));
        let lab = Lab::with(&before);
        let config = format!("[profile dev]\nregion = eu-west-1\nmfa_serial = {SERIAL}\n");
        lab.home.set_config(&config);
        let command = command.trim_end_matches(" |").trim_matches('`');
        let mut args: Vec<&str> = command.split(' ').skip(1).collect();
        let code = lab.sts.code();
        args.extend(["--token", &code]);
        lab.run(&args).run().exits(0);
        let after = lab.credentials();
        let written = format!("{before}\n[{}]\nassumed_role = False\n", section(session));
        assert!(after.starts_with(&written), "{row}\n{after}");
        tools += 1;
    }
    assert_eq!(tools, 4);
}

/// The commands that the documents show with their output say just that.
#[test]
fn examples_with_their_output() {
    let keys = ["default", "dev"].map(long_term_section_of);
    let expired = session_section_until("2026-11-21 18:30:00");
    // Eleven hours and 58 minutes.
    let valid = session_section(43_125).replace("[dev]", "[default]");
    let home = Home::with(&format!("{}{valid}{}{expired}", keys[0], keys[1]));
    let documents = documents();
    let mut shown = 0;
    // Where it is one o'clock in the morning: the session's end is today.
    let zone = format!(
        "XXX{}",
        i16::from(time::OffsetDateTime::now_utc().hour()) - 1
    );
    for block in documents.split("```console\n").skip(1) {
        let block = block.split("\n```").next().unwrap();
        let Some(command) = block.strip_prefix("$ aws-mfa ") else {
            continue;
        };
        let (command, output) = command.split_once('\n').unwrap();
        // The table of `list` is a picture, which `.ci/pictures` checks.
        if !command.starts_with("check") {
            continue;
        }
        let args: Vec<&str> = command.split(' ').collect();
        let run = home
            .run_offline(&args)
            .env("NO_COLOR", "1")
            .env("TZ", &zone);
        let said = Terminal::start(run).exits(0, &[]);
        // Columns are as wide as what stands in them.
        let words = |text: &str| text.split_whitespace().map(normalised).collect::<Vec<_>>();
        assert_eq!(words(&said), words(output), "{command}");
        shown += 1;
    }
    assert_eq!(shown, 2);
}

/// The pieces of code in all documents, in both languages, that begin like this.
fn recipes(start: &str) -> Vec<String> {
    let documents = documents() + &document("README.ja.md");
    let pieces = documents.split(['`', '\n']);
    let found = pieces.filter(|piece| piece.starts_with(start));
    found.map(str::to_owned).collect()
}

#[test]
fn an_env_file_is_the_user_s_alone() {
    let recipes = recipes("(umask");
    assert_eq!(recipes.len(), 1);
    for left_over in [false, true] {
        let home = Home::with_session();
        let file = home.path().join("session.env");
        if left_over {
            home.write("session.env", "");
            set_mode(&file, 0o644);
        }
        let output = home
            .other_program("bash")
            .args(["-c", &recipes[0]])
            .output();
        assert!(output.unwrap().status.success());
        assert_eq!(mode(&file), 0o600, "{left_over}");
        assert!(home.read("session.env").contains("AWS_SESSION_TOKEN="));
    }
    assert!(!documents().contains("`aws-mfa env -p dev --format env-no-export >"));
}

/// With the session in variables: not as arguments, which others see, and without the files.
#[test]
fn a_container_gets_the_session_only() {
    let english = recipes("aws-mfa exec -- docker run");
    let japanese = recipes("aws-mfa exec -p dev -- docker run");
    assert_eq!((english.len(), japanese.len()), (1, 1));
    for recipe in [english, japanese].concat() {
        let home = Home::with_session();
        let sessions = home.credentials();
        let default = sessions.replace("[dev]", "[default]");
        home.write(".aws/credentials", &(sessions + &default));
        let mut bash = home.other_program("bash");
        let docker =
            "#!/bin/sh\nprintf '%s\\n' \"$@\"; printf '%s\\n' \"$AWS_SESSION_TOKEN\" >&2\n";
        home.write_program("bin/docker", docker);
        let output = bash.args(["-c", &recipe]).output().unwrap();
        let arguments = String::from_utf8_lossy(&output.stdout);
        let arguments: Vec<&str> = arguments.lines().collect();
        let expected = [
            "run",
            "-e",
            "AWS_ACCESS_KEY_ID",
            "-e",
            "AWS_SECRET_ACCESS_KEY",
            "-e",
            "AWS_SESSION_TOKEN",
            "-e",
            "AWS_REGION",
            "IMAGE",
        ];
        assert_eq!(arguments, expected, "{recipe}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), STORED_TOKEN);
    }
}

/// docs/keys.md shows what a rotation says, with a reader's home.
#[test]
fn a_rotation() {
    let lab = Lab::new();
    lab.refresh(&[]).run().exits(0);
    let rotation = lab.run(&["rotate", "--profile", "dev"]);
    let said = rotation
        .env("AWS_MFA_TEST_PAUSE_MS", "5")
        .run()
        .exits(0)
        .stderr;
    let said = said.replace(text(lab.home.path()), "~");
    let page = document("docs/keys.md");
    for line in said.lines().filter(|line| !line.contains(" is at ")) {
        assert!(page.contains(line), "docs/keys.md lacks:\n{line}");
    }
}
