//! What other programs write to the file while a refresh runs.

use std::path::Path;
use std::process::Stdio;

use crate::support::home::Home;
use crate::support::long_term_section;
use crate::support::sts::LoopbackSts;

/// Starts a refresh that waits for its code, does `meanwhile`, then gives the code.
fn refresh_while(
    home: &Home,
    sts: &LoopbackSts,
    meanwhile: impl FnOnce(&Path),
) -> std::process::Child {
    let mut command = home.run(sts, &["-p", "dev"]).into_command();
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert!(said.contains("reading the code"), "{said}");
    meanwhile(&home.credentials_path());
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{}\n", sts.code()).as_bytes(),
    )
    .unwrap();
    child
}

#[test]
fn what_was_written_while_the_code_was_typed_is_kept() {
    let sts = LoopbackSts::start();
    let home = Home::with(&long_term_section());
    let changed = format!(
        "[new]\naws_access_key_id = AKIANEW\n\n{}",
        long_term_section()
    );
    let mut child = refresh_while(&home, &sts, |path| {
        std::fs::write(path, &changed).unwrap();
    });
    assert!(child.wait().unwrap().success());
    let after = home.credentials();
    assert!(
        after.starts_with(&changed) && after.contains("\n[dev]\n"),
        "{after}"
    );
}

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;

    use super::*;
    use crate::support::session_section;

    #[test]
    fn a_file_that_another_program_is_writing_in_place_is_given_time() {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let mut child = refresh_while(&home, &sts, |path| {
            let path = path.to_owned();
            // As `aws configure`: truncates, then writes.
            std::thread::spawn(move || {
                for _ in 0..20 {
                    std::fs::write(&path, "").unwrap();
                    std::thread::sleep(Duration::from_millis(30));
                    if std::fs::metadata(&path).unwrap().len() > 0 {
                        return;
                    }
                }
                std::fs::write(&path, format!("{}\n[added]\nk = v\n", long_term_section()))
                    .unwrap();
            });
        });
        assert!(child.wait().unwrap().success());
        std::thread::sleep(Duration::from_millis(300));
        let after = home.credentials();
        assert!(
            after.starts_with(&format!(
                "{}\n[added]\nk = v\n\n[dev]\n",
                long_term_section()
            )),
            "{after}"
        );
    }

    #[test]
    fn permanent_keys_that_came_meanwhile_are_not_overwritten() {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let configured = format!(
            "{}[dev]\naws_access_key_id = AKIANEWUSER\naws_secret_access_key = x\n",
            long_term_section()
        );
        let mut child = refresh_while(&home, &sts, |path| {
            std::fs::write(path, &configured).unwrap();
        });
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(home.credentials(), configured);
    }

    #[test]
    fn a_file_that_became_ambiguous_meanwhile_is_refused_and_the_code_said_to_be_spent() {
        let sts = LoopbackSts::start();
        let home = Home::with(&long_term_section());
        let ambiguous = format!("{}[dev]\n[dev]\n", long_term_section());
        let mut child = refresh_while(&home, &sts, |path| {
            std::fs::write(path, &ambiguous).unwrap();
        });
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(home.credentials(), ambiguous);
    }

    #[test]
    fn a_file_that_is_half_written_at_the_start_is_read_again() {
        let sts = LoopbackSts::start();
        for command in ["refresh", "check"] {
            let home = Home::with("");
            let path = home.credentials_path();
            let writer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(120));
                let whole = format!("{}\n{}", long_term_section(), session_section(3600));
                std::fs::write(path, whole).unwrap();
            });
            match command {
                "check" => home.run(&sts, &["check", "-p", "dev"]).run().exits(0),
                _ => home
                    .run(&sts, &["-f", "-p", "dev", "--token", &sts.code()])
                    .run()
                    .exits(0),
            };
            writer.join().unwrap();
        }
    }

    #[test]
    fn a_damaged_file_that_is_touched_all_the_time_is_not_waited_for() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let home = Home::with("[dev-long-term]\n");
        let path = home.credentials_path();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    std::fs::write(&path, "[dev-long-term]\n").unwrap();
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
            let outcome = home.run_offline(&["-p", "dev", "--token", "123456"]).run();
            done.store(true, Ordering::SeqCst);
            outcome.exits(1).says(&["aws-mfa: error: "]);
        });
    }
}
