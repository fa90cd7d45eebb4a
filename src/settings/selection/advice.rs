//! The commands that messages tell a user to run: with every option that was given and that changes
//! what they do, so that whoever runs them gets what was asked for.

use crate::cli::{CommonArgs, RefreshArgs};
use crate::shell;

/// What a command in a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// The main job.
    Refresh,
    /// The main job, though the session is still valid.
    ForcedRefresh,
    Setup,
    CredentialProcess,
    Env,
    Exec,
    Clear,
    Rotate,
}

impl Verb {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Refresh | Self::ForcedRefresh => None,
            Self::Setup => Some("setup"),
            Self::CredentialProcess => Some("credential-process"),
            Self::Env => Some("env"),
            Self::Exec => Some("exec"),
            Self::Clear => Some("clear"),
            Self::Rotate => Some("rotate"),
        }
    }
}

/// The options as they were typed. A code isn't among them, as it is good only once, nor a command
/// that prints one, which may contain secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// `None` if nothing names it.
    profile: Option<String>,
    /// Those that `setup` has, too.
    given: Vec<(&'static str, String)>,
    given_of_refresh: Vec<(&'static str, String)>,
}

impl Advice {
    pub(super) fn new(profile: Option<&str>, common: &CommonArgs, args: &RefreshArgs) -> Self {
        let path = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
        Self {
            profile: profile.map(str::to_owned),
            given: those_given([
                ("--long-term-suffix", common.long_term_suffix.clone()),
                ("--long-term-profile", common.long_term_profile.clone()),
                ("--short-term-suffix", common.short_term_suffix.clone()),
                (
                    "--credentials-file",
                    common.credentials_file.as_ref().map(path),
                ),
                ("--config-file", common.config_file.as_ref().map(path)),
                ("--region", common.region.clone()),
                ("--device", args.code.device.clone()),
                ("--duration", args.duration.clone()),
            ]),
            given_of_refresh: those_given([
                ("--assume-role", args.validity.assume_role.clone()),
                ("--role-session-name", args.role_session_name.clone()),
                ("--external-id", args.external_id.clone()),
            ]),
        }
    }

    /// Of this profile's own session, which is no role's.
    pub(super) fn for_source(&self, profile: &str) -> Self {
        Self {
            profile: Some(profile.to_owned()),
            given_of_refresh: Vec::new(),
            ..self.clone()
        }
    }

    /// Of the user's own session in the profile's own section.
    pub(super) fn for_own_session(&self) -> Self {
        let mut own = self.clone();
        own.given
            .retain(|(name, _)| !["--short-term-suffix", "--duration"].contains(name));
        own.given_of_refresh.clear();
        own
    }

    /// The command line that does this for `profile`, or else for the selected one.
    pub(super) fn command_line(&self, verb: Verb, profile: Option<&str>) -> String {
        let mut words: Vec<String> = vec!["aws-mfa".to_owned()];
        words.extend(verb.name().map(str::to_owned));
        let profile = profile.or(self.profile.as_deref());
        words.extend(profile.map(|profile| shell::option("--profile", profile)));
        let option = |(name, value): &(&str, String)| shell::option(name, value);
        let is_of_refresh = !matches!(verb, Verb::Setup | Verb::Clear | Verb::Rotate);
        let without: &[&str] = match verb {
            Verb::Clear => &["--device", "--duration"],
            Verb::Rotate => &["--duration"],
            _ => &[],
        };
        let given = self
            .given
            .iter()
            .filter(|(name, _)| !without.contains(name));
        words.extend(given.map(option));
        if is_of_refresh {
            words.extend(self.given_of_refresh.iter().map(option));
        }
        words.extend((verb == Verb::ForcedRefresh).then(|| "--force".to_owned()));
        words.join(" ")
    }
}

fn those_given<const N: usize>(
    options: [(&'static str, Option<String>); N],
) -> Vec<(&'static str, String)> {
    let given = options.into_iter();
    given
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
