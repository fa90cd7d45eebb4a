//! Where the code comes from, without a terminal.

use std::time::{Duration, Instant};

use crate::support::home::{Home, LOCK};
use crate::support::lab::Lab;
use crate::support::long_term_section;

#[test]
fn the_option_may_hold_spaces_and_full_width_digits() {
    for wide in [false, true] {
        let lab = Lab::new();
        let code = lab.sts.code();
        let spaced = format!(" {} {}", &code[..3], &code[3..]);
        let typed = if wide {
            spaced
                .chars()
                .map(|c| {
                    c.to_digit(10)
                        .map_or(c, |d| char::from_u32(0xff10 + d).unwrap())
                })
                .collect()
        } else {
            spaced
        };
        lab.run(&["-p", "dev", "--token", &typed]).run().exits(0);
        assert_eq!(lab.sts.received()[1].code(), Some(code.as_str()));
    }
}

#[test]
fn anything_but_six_digits_is_refused_before_it_is_sent() {
    let lab = Lab::new();
    for bad in ["12345", "1234567", "abcdef", "", "my password", "-12345"] {
        lab.run(&["-p", "dev", "--token", bad])
            .run()
            .exits(2)
            .says(&["--token: ", "hint: nothing was sent to AWS"])
            .never_says("my password");
    }
    for bad in ["12345\n", "123456 lasts 24s\n", "password\n"] {
        lab.run(&["-p", "dev"])
            .stdin(bad)
            .run()
            .exits(1)
            .says(&["standard input: an MFA code is six digits"])
            .never_says("password");
    }
    assert_eq!(lab.sts.connections(), 0);
    assert_eq!(lab.credentials(), long_term_section());
}

#[test]
fn one_line_of_standard_input() {
    for tail in ["\n", "\r\n", "", "\nsecond line\n"] {
        let lab = Lab::new();
        let code = lab.sts.code();
        lab.run(&["-p", "dev", "--no-prompt"])
            .stdin(&format!("{code}{tail}"))
            .run()
            .exits(0)
            .says(&["new session"])
            .never_says(&code);
        assert_eq!(lab.sts.received()[1].code(), Some(code.as_str()));
    }
}

#[test]
fn the_option_outranks_standard_input() {
    let lab = Lab::new();
    lab.refresh(&[]).stdin("000000\n").run().exits(0);
}

#[test]
fn nobody_to_ask_exits_with_3_at_once_and_one_line() {
    let home = Home::with(&long_term_section());
    let words = ["no session yet", "in a terminal", "`aws-mfa --profile dev`"];
    for args in [&["-p", "dev"][..], &["-p", "dev", "--no-prompt"]] {
        for empty_line in [false, true] {
            let run = home.run_offline(args);
            let run = if empty_line { run.stdin("\n") } else { run };
            let outcome = run.run().exits(3).prints("").says(&words);
            assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        }
    }
    assert_eq!(home.credentials(), long_term_section());
    assert_eq!(home.files(), [LOCK, "credentials"]);
}

#[test]
fn a_silent_pipe_is_waited_for_and_said_so_for_thirty_seconds_at_most() {
    let home = Home::with(&long_term_section());
    let start = Instant::now();
    home.run_offline(&["-p", "dev"])
        .silent_stdin()
        .run()
        .exits(3)
        .says(&["reading the code from standard input"]);
    assert!(
        start.elapsed() >= Duration::from_secs(29),
        "it gave up after {:?}",
        start.elapsed()
    );
}
