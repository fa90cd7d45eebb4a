//! The seconds that people feel: from the start to the prompt, and from the code to the file, with AWS at a distance.
//!
//! `cargo bench --bench latency`, on Linux. A relay adds a round-trip time (80 ms, or `AWS_MFA_ROUND_TRIP` in milliseconds) to
//! what goes to the loopback STS over TLS, setting up the connection included. Times are medians, also as multiples of that
//! round trip. Beside it the same for the Python aws-mfa and the AWS CLI, where they are found in `PATH`. Then the time to a
//! role's credentials with a valid session, and a whole refresh, without a distance, in a file with 100,000 sections. The AWS CLI keeps them in its cache, so that most of its runs send only the command's
//! own request.
//!
//! ```sh
//! python3 -m venv peers && peers/bin/pip install aws-mfa==0.0.12 awscli
//! PATH=$PWD/peers/bin:$PATH cargo bench --bench latency
//! ```

#![allow(clippy::print_stdout, reason = "it prints a table")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "as in the tests"
)]

#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::os::fd::OwnedFd;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use crate::support::home::Home;
    use crate::support::pty::open_pty;
    use crate::support::relay::Relay;
    use crate::support::run::program;
    use crate::support::sts::{LoopbackSts, Trust};
    use crate::support::{
        ACCESS_KEY_ID, ISSUED_TOKEN, PROMPT, SECRET_ACCESS_KEY, SERIAL, USER, long_term_section,
    };

    const ROUNDS: usize = 11;
    /// For a prompt.
    const WAIT: Timespec = Timespec {
        tv_sec: 20,
        tv_nsec: 0,
    };
    /// How long a person takes for the code.
    const TYPING: Duration = Duration::from_secs(2);

    /// Something that gets a session for a code.
    struct Contender {
        name: &'static str,
        program: PathBuf,
        args: &'static [&'static str],
        /// What it asks with; none where the code is an argument, the last one.
        prompt: Option<&'static str>,
    }

    pub(super) fn main() {
        let milliseconds = std::env::var("AWS_MFA_ROUND_TRIP").ok();
        let milliseconds = milliseconds
            .and_then(|text| text.parse().ok())
            .unwrap_or(80);
        let round_trip = Duration::from_millis(milliseconds);
        println!(
            "AWS STS at a round trip of {milliseconds} ms, over TLS; medians of {ROUNDS} runs"
        );
        println!(
            "{:<46}{:>16}{:>24}{:>10}",
            "", "start to prompt", "code to session", "requests"
        );
        for contender in contenders() {
            contender.measure(round_trip);
        }
        println!(
            "\n{:<46}{:>16}{:>24}{:>10}",
            "", "connections", "start to role", "requests"
        );
        to_roles(round_trip);
        println!();
        in_a_large_file();
    }

    /// A whole refresh, from its start to its end, in a file of 100,000 sections and 11 MB.
    fn in_a_large_file() {
        let sts = LoopbackSts::start();
        let other = |n| {
            format!(
                "[p{n}]\naws_access_key_id = {ACCESS_KEY_ID}\naws_secret_access_key = {SECRET_ACCESS_KEY}\n"
            )
        };
        let others: String = (0..100_000).map(other).collect();
        let home = Home::with(&format!("{}{others}", long_term_section()));
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let code = sts.code();
            let refresh = ["-p", "dev", "--force", "-q", "--token", &code];
            let mut command = home.run_at(&sts, &sts.url(), &refresh).into_command();
            let start = Instant::now();
            let output = command.output().unwrap();
            times.push(start.elapsed());
            assert!(output.status.success(), "{output:?}");
        }
        let time = median(&mut times).unwrap_or_default();
        println!(
            "a refresh in a file with 100,000 sections: {:.0} ms",
            time.as_secs_f64() * 1e3
        );
    }

    /// From a valid session to one role, and to a second one by the first.
    fn to_roles(round_trip: Duration) {
        let sts = LoopbackSts::start_with_tls();
        let home = home_with_roles(&sts);
        let relay = Relay::start(sts.address(), round_trip);
        for (name, program, args) in role_contenders() {
            let contender = Contender {
                name,
                program,
                args,
                prompt: None,
            };
            let mut times = Vec::new();
            let (requests, connections) = (sts.received().len(), sts.connections());
            for _ in 0..ROUNDS {
                let (_master, slave) = open_pty();
                let mut command = contender.command(&home, &sts, &relay);
                let start = Instant::now();
                let output = command.stdin(slave).output().unwrap();
                times.push(start.elapsed());
                assert!(output.status.success(), "{output:?}");
            }
            let time = median(&mut times).unwrap_or_default();
            println!(
                "{name:<46}{:>16}{:>24}{:>10}",
                (sts.connections() - connections) / ROUNDS,
                trips(time, round_trip),
                (sts.received().len() - requests) / ROUNDS
            );
        }
    }

    /// With a valid session, a role that it can assume, and one that this role can.
    fn home_with_roles(sts: &LoopbackSts) -> Home {
        let one = "arn:aws:sts::123456789012:assumed-role/one";
        for (role, principal) in [("one", USER), ("two", one)] {
            let trust = Trust {
                principal: principal.to_owned(),
                needs_mfa: role == "one",
                external_id: None,
            };
            sts.add_role(&format!("arn:aws:iam::123456789012:role/{role}"), trust);
        }
        let home = Home::with(&long_term_section());
        home.set_config(
            "[profile dev]\nregion = us-east-1\n\
             [profile one]\nrole_arn = arn:aws:iam::123456789012:role/one\nsource_profile = dev\n\
             [profile two]\nrole_arn = arn:aws:iam::123456789012:role/two\nsource_profile = one\n",
        );
        let refresh = ["-p", "dev", "--token", &sts.code()];
        home.run_at(sts, &sts.url(), &refresh).run().exits(0);
        home
    }

    fn role_contenders() -> Vec<(&'static str, PathBuf, &'static [&'static str])> {
        let ours = |name, args| (name, program(), args);
        let mut contenders = vec![
            ours("this aws-mfa exec -- true", EXEC_ONE),
            ours("the same, a role by a role", EXEC_TWO),
        ];
        if let Some(cli) = in_path("aws", |_| true) {
            contenders.push(("aws sts get-caller-identity", cli.clone(), CALLER_ONE));
            contenders.push(("the same, a role by a role", cli, CALLER_TWO));
        }
        contenders
    }

    const EXEC_ONE: &[&str] = &["exec", "-p", "one", "--no-prompt", "--", "true"];
    const EXEC_TWO: &[&str] = &["exec", "-p", "two", "--no-prompt", "--", "true"];
    const CALLER_ONE: &[&str] = &["sts", "get-caller-identity", "--profile", "one"];
    const CALLER_TWO: &[&str] = &["sts", "get-caller-identity", "--profile", "two"];

    fn trips(time: Duration, round_trip: Duration) -> String {
        format!(
            "{:.0} ms = {:.2} trips",
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() / round_trip.as_secs_f64()
        )
    }

    fn contenders() -> Vec<Contender> {
        let ours = Contender {
            name: "this aws-mfa",
            program: program(),
            args: &["--profile", "dev"],
            prompt: Some(PROMPT),
        };
        let python = in_path("aws-mfa", |head| head.starts_with(b"#!"));
        let python = python.map(|program| Contender {
            name: "Python aws-mfa",
            program,
            args: &["--profile", "dev"],
            prompt: Some("seconds):"),
        });
        let cli = in_path("aws", |_| true).map(|program| Contender {
            name: "aws sts get-session-token (code as argument)",
            program,
            args: &[
                "--profile",
                "dev-long-term",
                "sts",
                "get-session-token",
                "--serial-number",
                SERIAL,
                "--token-code",
            ],
            prompt: None,
        });
        std::iter::once(ours).chain(python).chain(cli).collect()
    }

    /// A program in `PATH` whose file begins so.
    fn in_path(name: &str, begins: impl Fn(&[u8]) -> bool) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|path| fs::read(path).is_ok_and(|head| begins(&head)))
    }

    impl Contender {
        fn measure(&self, round_trip: Duration) {
            let sts = LoopbackSts::start_with_tls();
            let relay = Relay::start(sts.address(), round_trip);
            let (mut to_prompt, mut to_session, mut requests) =
                (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let home = Home::with(&long_term_section());
                let before = sts.received().len();
                let run = self.command(&home, &sts, &relay);
                let (prompt, session) = match self.prompt {
                    Some(words) => asked(run, words, &sts, &home),
                    None => (None, given(run, &sts)),
                };
                to_prompt.extend(prompt);
                to_session.push(session);
                requests.push(sts.received().len() - before);
            }
            let prompt = median(&mut to_prompt).map_or("-".to_owned(), |time| {
                format!("{:.1} ms", time.as_secs_f64() * 1e3)
            });
            let session = median(&mut to_session).unwrap_or_default();
            println!(
                "{:<46}{prompt:>16}{:>24}{:>10}",
                self.name,
                trips(session, round_trip),
                requests.iter().max().unwrap()
            );
        }

        fn command(&self, home: &Home, sts: &LoopbackSts, relay: &Relay) -> Command {
            let ours = home
                .run_at(sts, &sts.url_at(relay.address()), &[])
                .into_command();
            let mut command = Command::new("setsid");
            command
                .args(["--ctty", "--wait"])
                .arg(&self.program)
                .args(self.args);
            command.env_clear().envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.env("AWS_CA_BUNDLE", home.path().join("trusted.pem"));
            command.env("AWS_DEFAULT_REGION", "us-east-1");
            command
        }
    }

    /// Times the prompt's coming, and the session's coming into the file after the code was typed.
    fn asked(
        mut command: Command,
        prompt: &str,
        sts: &LoopbackSts,
        home: &Home,
    ) -> (Option<Duration>, Duration) {
        let (master, slave) = open_pty();
        command
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(Stdio::from(slave));
        let start = Instant::now();
        let mut child = command.spawn().unwrap();
        drop(command);
        let mut seen = String::new();
        while !seen.contains(prompt) {
            assert!(wait_readable(&master), "no {prompt:?}, but: {seen}");
            let mut buffer = [0; 4096];
            let count = rustix::io::read(&master, &mut buffer).unwrap_or_else(|error| {
                panic!("{error}; it said: {seen}");
            });
            seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        let to_prompt = start.elapsed();
        std::thread::sleep(TYPING);
        let typed = Instant::now();
        rustix::io::write(&master, format!("{}\n", sts.code()).as_bytes()).unwrap();
        while !has_session(&home.credentials_path()) {
            assert!(typed.elapsed() < Duration::from_mins(1), "{seen}");
            std::thread::sleep(Duration::from_micros(200));
        }
        let to_session = typed.elapsed();
        child.wait().unwrap();
        (Some(to_prompt), to_session)
    }

    /// Times a program that gets the code as its last argument: all of it comes after the code.
    fn given(mut command: Command, sts: &LoopbackSts) -> Duration {
        let (_master, slave) = open_pty();
        command.arg(sts.code()).stdin(slave);
        let start = Instant::now();
        let output = command.output().unwrap();
        let output_text = String::from_utf8_lossy(&output.stdout);
        assert!(output_text.contains(ISSUED_TOKEN), "{output:?}");
        start.elapsed()
    }

    fn has_session(credentials: &Path) -> bool {
        fs::read_to_string(credentials).is_ok_and(|text| {
            let (token, end) = (text.find(ISSUED_TOKEN), text.find("\nexpiration = "));
            token.is_some() && end.is_some()
        })
    }

    /// Whether something comes within some seconds.
    fn wait_readable(terminal: &OwnedFd) -> bool {
        let mut fds = [PollFd::new(terminal, PollFlags::IN)];
        poll(&mut fds, Some(&WAIT)).unwrap() > 0
    }

    fn median(times: &mut [Duration]) -> Option<Duration> {
        times.sort();
        times.get(times.len() / 2).copied()
    }
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this benchmark needs Linux");
}
