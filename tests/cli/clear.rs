//! `aws-mfa clear`: the session goes, everything else stays.

use crate::support::home::Home;
use crate::support::{keys_section, long_term_section, session_section};

#[test]
fn only_the_session_goes() {
    let keys = long_term_section();
    let session = session_section(3600);
    for (before, after) in [
        (format!("{keys}\n{session}"), keys.clone()),
        (format!("{session}{keys}"), keys.clone()),
        (
            format!("{session}region = x\n{keys}"),
            format!("[dev]\nregion = x\n{keys}"),
        ),
        (
            format!("{keys}\n{session}# mine\n"),
            format!("{keys}\n[dev]\n# mine\n"),
        ),
    ] {
        let home = Home::with(&before);
        let clear = || home.run_offline(&["clear", "-p", "dev"]).run().exits(0);
        clear()
            .prints("")
            .says(&["removed the session of profile dev from [dev]"]);
        assert_eq!(home.credentials(), after);
        clear().says(&["profile dev has no session"]);
        assert_eq!(home.credentials(), after);
        home.run_offline(&["check", "-p", "dev"]).run().exits(3);
    }
}

#[test]
fn permanent_keys_stay() {
    let text = keys_section("dev") + "aws_session_token = x\n";
    let home = Home::with(&text);
    let outcome = home.run_offline(&["clear", "-p", "dev"]).run().exits(1);
    outcome.says(&["holds permanent keys"]);
    assert_eq!(home.credentials(), text);
}

#[test]
fn a_typing_error_is_no_success() {
    let home = Home::with(&long_term_section());
    let outcome = home.run_offline(&["clear", "-p", "dve"]).run().exits(1);
    outcome.says(&["no profile dve", "hint: did you mean dev?"]);
    let outcome = home.run_offline(&["clear", "-p", "other"]).run().exits(1);
    outcome.says(&["hint: profiles with permanent keys there: dev"]);
    let home = Home::with(&format!("{}junk\n", session_section(3600)));
    home.run_offline(&["clear", "-p", "dev"])
        .run()
        .exits(1)
        .says(&["line 8"]);
    home.run_offline(&["--force", "clear", "-p", "dev"])
        .run()
        .exits(2)
        .says(&["--force"]);
}
