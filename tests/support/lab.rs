//! What most tests begin with: the loopback STS, and a home with keys that it knows.

use super::home::Home;
use super::long_term_section;
#[cfg(unix)]
use super::pty::Terminal;
use super::relay::Relay;
use super::run::{Outcome, Run};
use super::sts::LoopbackSts;

/// The loopback STS and a home together: a run in this home has that STS as its AWS.
pub struct Lab {
    pub sts: LoopbackSts,
    pub home: Home,
}

impl Lab {
    /// With the long-term keys of profile `dev`.
    pub fn new() -> Self {
        Self::with(&long_term_section())
    }

    /// With this credentials file.
    pub fn with(credentials: &str) -> Self {
        Self::at(Home::with(credentials))
    }

    /// As [`Lab::new`], over TLS.
    pub fn with_tls() -> Self {
        Self {
            sts: LoopbackSts::start_with_tls(),
            home: Home::with(&long_term_section()),
        }
    }

    /// In this home.
    pub fn at(home: Home) -> Self {
        Self {
            sts: LoopbackSts::start(),
            home,
        }
    }

    /// The program.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_at(&self.sts.url(), args)
    }

    /// The program, with `url` as its AWS; the STS's certificate is trusted.
    pub fn run_at(&self, url: &str, args: &[&str]) -> Run {
        self.home.run_at(&self.sts, url, args)
    }

    /// The program, with this lab's STS at the other end of `relay`.
    pub fn run_through(&self, relay: &Relay, args: &[&str]) -> Run {
        self.run_at(&self.sts.url_at(relay.address()), args)
    }

    /// A refresh of profile `dev`, given the code that its MFA device shows now.
    pub fn refresh(&self, args: &[&str]) -> Run {
        let code = self.sts.code();
        self.run(&[&["-p", "dev", "--token", &code], args].concat())
    }

    /// A refresh of profile `dev` on a terminal, at its prompt.
    #[cfg(unix)]
    #[track_caller]
    pub fn asks(&self) -> Terminal {
        Terminal::at_prompt(self.run(&["-p", "dev"]))
    }

    /// Types the code that the MFA device shows now, with which the program succeeds; returns all
    /// that was shown.
    #[cfg(unix)]
    #[track_caller]
    pub fn types_code(&self, mut terminal: Terminal) -> String {
        let code = self.sts.code();
        terminal.types(&format!("{code}\n"));
        terminal.exits(0, &[&code])
    }

    /// Sees that a refresh of profile `dev` fails with these words, changes nothing and sends
    /// nothing.
    #[track_caller]
    pub fn refuses(&self, args: &[&str], words: &[&str]) -> Outcome {
        let before = std::fs::read(self.home.credentials_path()).unwrap();
        let outcome = self.refresh(args).run().exits(1).prints("");
        let after = std::fs::read(self.home.credentials_path()).unwrap();
        assert!(before == after, "the file has changed");
        assert_eq!(self.sts.connections(), 0);
        outcome.says(&["aws-mfa: error: "]).says(words)
    }

    pub fn credentials(&self) -> String {
        self.home.credentials()
    }
}
