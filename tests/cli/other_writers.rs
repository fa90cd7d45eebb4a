//! What other programs write to the file while a refresh runs.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::lab::Lab;
use crate::support::long_term_section;

/// Starts a refresh that waits for its code, does `meanwhile`, then gives the code.
fn refresh_while(lab: &Lab, meanwhile: impl FnOnce(&Path)) -> Child {
    let mut command = lab.run(&["-p", "dev"]).into_command();
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut said).unwrap();
    assert!(said.contains("reading the code"), "{said}");
    meanwhile(&lab.home.credentials_path());
    let code = format!("{}\n", lab.sts.code());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(code.as_bytes()).unwrap();
    child
}

#[test]
fn what_was_written_while_the_code_was_typed_is_kept() {
    let lab = Lab::new();
    let changed = format!(
        "[new]\naws_access_key_id = AKIANEW\n\n{}",
        long_term_section()
    );
    let mut child = refresh_while(&lab, |path| {
        std::fs::write(path, &changed).unwrap();
    });
    assert!(child.wait().unwrap().success());
    let after = lab.credentials();
    assert!(
        after.starts_with(&changed) && after.contains("\n[dev]\n"),
        "{after}"
    );
}

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;

    use super::*;
    use crate::support::home::Home;
    use crate::support::session_section;

    #[test]
    fn a_file_that_another_program_is_writing_in_place_is_given_time() {
        let lab = Lab::new();
        let mut writer = None;
        let mut child = refresh_while(&lab, |path| {
            let path = path.to_owned();
            // As `aws configure`: truncates, then writes.
            writer = Some(std::thread::spawn(move || {
                for _ in 0..20 {
                    std::fs::write(&path, "").unwrap();
                    std::thread::sleep(Duration::from_millis(30));
                    if std::fs::metadata(&path).unwrap().len() > 0 {
                        return;
                    }
                }
                std::fs::write(&path, format!("{}\n[added]\nk = v\n", long_term_section()))
                    .unwrap();
            }));
        });
        assert!(child.wait().unwrap().success());
        writer.unwrap().join().unwrap();
        let after = lab.credentials();
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
        let lab = Lab::new();
        let configured = format!(
            "{}[dev]\naws_access_key_id = AKIANEWUSER\naws_secret_access_key = x\n",
            long_term_section()
        );
        let mut child = refresh_while(&lab, |path| {
            std::fs::write(path, &configured).unwrap();
        });
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(lab.credentials(), configured);
    }

    #[test]
    fn a_file_that_became_ambiguous_meanwhile_is_refused_and_the_code_said_to_be_spent() {
        let lab = Lab::new();
        let ambiguous = format!("{}[dev]\n[dev]\n", long_term_section());
        let mut child = refresh_while(&lab, |path| {
            std::fs::write(path, &ambiguous).unwrap();
        });
        assert_eq!(child.wait().unwrap().code(), Some(1));
        assert_eq!(lab.credentials(), ambiguous);
    }

    #[test]
    fn a_file_that_is_half_written_at_the_start_is_read_again() {
        for is_refresh in [true, false] {
            let lab = Lab::with("");
            let path = lab.home.credentials_path();
            let writer = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(120));
                let whole = format!("{}\n{}", long_term_section(), session_section(3600));
                std::fs::write(path, whole).unwrap();
            });
            let run = if is_refresh {
                lab.refresh(&["-f"])
            } else {
                lab.run(&["check", "-p", "dev"])
            };
            run.run().exits(0);
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
            let outcome = home.refresh_offline(&[]).run();
            done.store(true, Ordering::SeqCst);
            outcome.exits(1).says(&["aws-mfa: error: "]);
        });
    }
}
