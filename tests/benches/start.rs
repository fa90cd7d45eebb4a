//! What a session that is still valid costs: the whole process, from its start to its end.
//!
//! `cargo bench --bench start`, on Linux. Builds this program and an empty one alike (release, static), runs them and the peers that are
//! found in `PATH` in turn, and prints the median of each and its ratio to the empty one. Where valgrind is, also the instructions,
//! which are the same each time. A session of the Python aws-mfa is the same section, so it says the same.
//!
//! ```sh
//! python3 -m venv peers && peers/bin/pip install aws-mfa==0.0.12 awscli
//! PATH=$PWD/peers/bin:$PATH cargo bench --bench start
//! ```
//!
//! `cargo bench --bench start -- EMPTY PROGRAM` runs programs that were built otherwise: `tests/targets/static start` does, with musl, as
//! releases are.

#![allow(clippy::print_stdout, reason = "it prints a table")]
#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    reason = "as in the tests"
)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod linux {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use crate::support::home::Home;
    use crate::support::run::clean_environment;
    use crate::support::{long_term_section, session_section};

    /// Runs of each; those of Python are slow, and ten of them tell enough.
    const RUNS: usize = 301;
    const RUNS_OF_PEERS: usize = 11;

    /// As a release is built: static.
    const FLAGS: &str = "-C target-feature=+crt-static";

    struct Contender {
        name: &'static str,
        program: PathBuf,
        args: &'static [&'static str],
        runs: usize,
    }

    impl Contender {
        fn command(&self, home: &Home) -> Command {
            let mut command = Command::new(&self.program);
            command
                .args(self.args)
                .env_clear()
                .envs(clean_environment(home.path()))
                .env("PATH", std::env::var("PATH").unwrap())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        }

        fn time(&self, home: &Home) -> Duration {
            let start = Instant::now();
            let status = self.command(home).status().unwrap();
            let time = start.elapsed();
            assert!(status.success(), "{}: {status}", self.name);
            time
        }

        /// By callgrind; none where there is no valgrind, and for programs that start others.
        fn instructions(&self, home: &Home) -> Option<u64> {
            if self.runs != RUNS {
                return None;
            }
            let this = self.command(home);
            let mut valgrind = Command::new("valgrind");
            valgrind
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
                .arg(this.get_program())
                .args(this.get_args())
                .env_clear()
                .envs(
                    this.get_envs()
                        .filter_map(|(name, value)| Some((name, value?))),
                );
            let output = valgrind.output().ok()?;
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            said.split("Collected : ")
                .nth(1)?
                .lines()
                .next()?
                .trim()
                .parse()
                .ok()
        }
    }

    /// Builds the package in `folder`; returns the folder of its programs.
    fn build(folder: &Path, target_folder: &Path) -> PathBuf {
        let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let status = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--release",
                "--bins",
                "--target",
                &triple,
            ])
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", target_folder)
            .env("RUSTFLAGS", FLAGS)
            .status()
            .unwrap();
        assert!(status.success());
        target_folder.join(triple).join("release")
    }

    /// Installs a program, that is, copies it: a file that a linker wrote here and there is slower to load than one that was written
    /// from its beginning to its end.
    fn install(program: &Path, folder: &Path) -> PathBuf {
        let installed = folder.join(program.file_name().unwrap());
        let content = std::fs::read(program).unwrap();
        std::fs::write(&installed, content).unwrap();
        std::fs::set_permissions(
            &installed,
            std::fs::metadata(program).unwrap().permissions(),
        )
        .unwrap();
        installed
    }

    /// A package whose program does nothing, with this one's profile.
    fn empty_package(folder: &Path) {
        let manifest = include_str!("../../Cargo.toml");
        let profile = manifest.split("[profile.release]\n").nth(1).unwrap();
        let profile = profile.split("\n\n").next().unwrap();
        std::fs::create_dir_all(folder.join("src")).unwrap();
        std::fs::write(folder.join("src/main.rs"), "fn main() {}\n").unwrap();
        let package =
            "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
        std::fs::write(
            folder.join("Cargo.toml"),
            format!("{package}[profile.release]\n{profile}\n"),
        )
        .unwrap();
    }

    /// Times all of them in turn, so that a noisy moment meets each; medians.
    fn medians(contenders: &[Contender], home: &Home) -> Vec<Duration> {
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); contenders.len()];
        for round in 0..RUNS {
            for (contender, times) in contenders.iter().zip(&mut times) {
                if round < contender.runs {
                    times.push(contender.time(home));
                }
            }
        }
        let median = |mut times: Vec<Duration>| {
            times.sort();
            times[times.len() / 2]
        };
        times.into_iter().map(median).collect()
    }

    pub(super) fn run() {
        let scratch = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        let given: Vec<PathBuf> = std::env::args_os()
            .skip(1)
            .filter(|word| word != "--bench")
            .map(PathBuf::from)
            .collect();
        let (empty, this) = match &given[..] {
            [empty, this] => (empty.clone(), this.clone()),
            [] => {
                empty_package(scratch.path());
                let empty = build(scratch.path(), &scratch.path().join("target"));
                let this = build(root, &target.join("start"));
                (empty.join("empty"), this.join("aws-mfa"))
            }
            _ => panic!("two programs, an empty one and aws-mfa, or none"),
        };
        let empty = install(&empty, scratch.path());
        let this = install(&this, scratch.path());
        let ours = |name, args| Contender {
            name,
            program: this.clone(),
            args,
            runs: RUNS,
        };
        let mut contenders = vec![
            Contender {
                name: "an empty Rust program",
                program: empty,
                args: &[],
                runs: RUNS,
            },
            ours("aws-mfa -p dev, still valid", &["-p", "dev"]),
            ours("aws-mfa check -p dev", &["check", "-p", "dev"]),
        ];
        let peers: [(&str, &str, &[&str]); 2] = [
            (
                "Python aws-mfa, still valid",
                "aws-mfa",
                &["--profile", "dev"],
            ),
            ("aws --version", "aws", &["--version"]),
        ];
        for (name, program, args) in peers {
            if let Ok(program) = which::which(program) {
                contenders.push(Contender {
                    name,
                    program,
                    args,
                    runs: RUNS_OF_PEERS,
                });
            }
        }
        let home = Home::with(&format!(
            "{}\n{}",
            long_term_section(),
            session_section(36_000)
        ));
        let medians = medians(&contenders, &home);
        println!("| | time | times the empty one | instructions |\n| --- | --- | --- | --- |");
        for (contender, median) in contenders.iter().zip(&medians) {
            let instructions = contender
                .instructions(&home)
                .map_or(String::new(), |count| format!("{}k", count / 1000));
            println!(
                "| {} | {:.2} ms | {:.2} | {instructions} |",
                contender.name,
                median.as_secs_f64() * 1000.0,
                median.as_secs_f64() / medians[0].as_secs_f64(),
            );
        }
    }
}

#[cfg(target_os = "linux")]
fn main() {
    linux::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("on Linux only");
}
