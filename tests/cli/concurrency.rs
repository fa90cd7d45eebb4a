//! Many at once: one file, hundreds of profiles that are refreshed at the same moment, and programs
//! that know nothing of us.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::home::{Home, LOCK};
use crate::support::lab::Lab;
use crate::support::long_term_section_of;
use crate::support::run::spawn;

fn file(profiles: usize) -> String {
    let keys = |number| long_term_section_of(&format!("p{number}"));
    (0..profiles).map(keys).collect::<Vec<_>>().join("\n")
}

/// Starts all refreshes; all of them wait for their codes, which then come at once.
fn refresh_all(lab: &Lab, profiles: usize) -> Vec<Child> {
    let mut children: Vec<Child> = (0..profiles)
        .map(|number| {
            let mut command = lab.run(&["-p", &format!("p{number}")]).into_command();
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            spawn(&mut command)
        })
        .collect();
    for child in &mut children {
        child
            .stdin
            .take()
            .unwrap()
            .write_all(lab.sts.code().as_bytes())
            .unwrap();
    }
    children
}

#[track_caller]
fn all_succeed(children: Vec<Child>) {
    for (number, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "p{number}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// All sessions and all keys are in the file. Nobody else may write to it any more: between
/// truncating it and writing, it is empty.
#[track_caller]
fn has_all(home: &Home, profiles: usize) {
    let after = home.credentials();
    let sessions = (0..profiles)
        .filter(|number| after.matches(&format!("[p{number}]\n")).count() == 1)
        .count();
    let keys = (0..profiles)
        .filter(|number| after.contains(&format!("[p{number}-long-term]\n")))
        .count();
    let tokens = after
        .matches("\naws_session_token = SandboxToken//")
        .count();
    println!("{sessions} of {profiles} sessions, {tokens} tokens, {keys} long-term sections");
    assert_eq!((sessions, tokens, keys), (profiles, profiles, profiles));
    assert_eq!(home.files(), [LOCK, "credentials"]);
}

/// Says that it is over, also when a check fails: the other threads wait for it.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Polls the file until `done`: it is always whole. Returns how often it was read.
fn poll(path: &Path, profiles: usize, done: &AtomicBool) -> usize {
    let mut reads = 0;
    while !done.load(Ordering::SeqCst) {
        let text = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
        let keys = text.matches("-long-term]\n").count();
        assert_eq!(keys, profiles, "a section is missing while others write");
        assert!(text.ends_with('\n'), "half a file: {} bytes", text.len());
        let (ids, expirations) = (
            text.matches("\nassumed_role = ").count(),
            text.matches("\nexpiration = ").count(),
        );
        assert_eq!(ids, expirations, "half a session");
        reads += 1;
        if cfg!(windows) {
            // Windows replaces a file that is open, wine doesn't.
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    reads
}

#[test]
fn two_hundred_profiles_at_once_under_the_eyes_of_a_reader() {
    // Under wine it takes longer to start more than they wait for their codes.
    const PROFILES: usize = if cfg!(windows) { 50 } else { 200 };
    let lab = Lab::with(&file(PROFILES));
    let done = AtomicBool::new(false);
    let path = lab.home.credentials_path();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| poll(&path, PROFILES, &done));
        let over = Over(&done);
        all_succeed(refresh_all(&lab, PROFILES));
        drop(over);
        println!(
            "the file was read {} times, whole each time",
            reader.join().unwrap()
        );
    });
    has_all(&lab.home, PROFILES);
}

/// Each has its own lock; none takes another's temporary file for a leftover.
#[test]
fn files_side_by_side() {
    let lab = Lab::new();
    let copies: Vec<String> = (0..4).map(|n| format!(".aws/copy{n}")).collect();
    for name in &copies {
        lab.home.write(name, &lab.credentials());
    }
    let runs = copies.iter().flat_map(|name| std::iter::repeat_n(name, 12));
    let children: Vec<Child> = runs
        .map(|name| {
            let path = lab.home.path().join(name);
            let path = ["--credentials-file", path.to_str().unwrap(), "-f"];
            let mut command = lab.refresh(&path).into_command();
            command.stdin(Stdio::null()).stderr(Stdio::piped());
            spawn(&mut command)
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    let left = lab.home.files();
    assert!(
        !left.iter().any(|name| name.contains("aws-mfa-")),
        "{left:?}"
    );
}

/// Another program writes meanwhile, in the file itself; Windows wouldn't let it be replaced then.
#[cfg(unix)]
mod meddling {
    use std::io::{Read, Seek, SeekFrom, Write};
    use std::os::unix::fs::MetadataExt;
    use std::sync::atomic::AtomicUsize;
    use std::time::Instant;

    use super::*;

    /// Appends a section, or rewrites the whole file with one more, as `aws configure` does:
    /// truncates, then writes. It does so through the file that it has read, and only while that is
    /// still the one in place.
    fn meddle(path: &Path, number: usize) -> std::io::Result<bool> {
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        if file.metadata()?.ino() != std::fs::metadata(path)?.ino() {
            return Ok(false);
        }
        let section = format!("\n[foreign-{number}]\nregion = eu-west-1\n");
        if number.is_multiple_of(2) {
            file.seek(SeekFrom::End(0))?;
            file.write_all(section.as_bytes())?;
        } else {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all((text + &section).as_bytes())?;
        }
        Ok(true)
    }

    #[test]
    fn fifty_profiles_at_once_while_another_program_rewrites_the_file() {
        let lab = Lab::with(&file(50));
        let done = AtomicBool::new(false);
        let written = AtomicUsize::new(0);
        let path = lab.home.credentials_path();
        let start = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0.. {
                    if done.load(Ordering::SeqCst) {
                        break;
                    }
                    written.fetch_add(
                        usize::from(meddle(&path, number).unwrap()),
                        Ordering::SeqCst,
                    );
                    // The longer all of it takes, the longer takes one edit.
                    std::thread::sleep(Duration::from_millis(25) + start.elapsed() / 20);
                }
            });
            let over = Over(&done);
            all_succeed(refresh_all(&lab, 50));
            drop(over);
        });
        has_all(&lab.home, 50);
        let foreign = lab.credentials().matches("[foreign-").count();
        let written = written.load(Ordering::SeqCst);
        println!(
            "the other program wrote {written} times, and {foreign} of its sections are there"
        );
        assert!(written > 5, "it hardly wrote: {written}");
        // What it writes between our last comparison and the rename is lost: microseconds, but a
        // busy machine can stretch them.
        assert!(foreign * 10 >= written * 7, "{foreign} of {written}");
    }
}
