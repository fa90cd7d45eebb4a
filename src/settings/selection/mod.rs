//! The profile and its files: all that it takes to find out whether a session is still valid.

mod advice;

use std::path::PathBuf;
use std::time::Duration;

use self::advice::Advice;
pub(crate) use self::advice::Verb;
use super::duration::parse_duration;
use super::environment::DEFAULT_PROFILE;
use super::{Environment, FileSection, Origin, Setting};
use crate::cli::{CommonArgs, RefreshArgs};
use crate::credentials_file::document::Document;
use crate::credentials_file::refusal::Refusal;
use crate::error::Error;
use crate::shell;

const CREDENTIALS_FILE: (&str, &str) = ("--credentials-file", "AWS_SHARED_CREDENTIALS_FILE");
const CONFIG_FILE: (&str, &str) = ("--config-file", "AWS_CONFIG_FILE");

/// The default suffix of the section with the permanent keys.
const LONG_TERM_SUFFIX: &str = "long-term";
/// The default suffix of the section with the session.
const SHORT_TERM_SUFFIX: &str = "none";

/// A session that is handed over should last long enough to be used.
pub(crate) const MIN_REMAINING_FOR_HANDOVER: Duration = Duration::from_mins(5);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Without a suffix.
    pub(crate) profile: Setting<String>,
    /// The section with the session.
    pub(crate) section: String,
    pub(crate) long_term_section: String,
    pub(crate) credentials_file: Setting<PathBuf>,
    /// The file needn't exist. `None` if nothing names it and there is no home folder, or if the
    /// variable that names it is invalid.
    pub(crate) config_file: Option<Setting<PathBuf>>,
    /// A session with this much left or less counts as expired.
    pub(crate) min_remaining: Setting<Duration>,
    /// From the flag or the variable; the long-term section may name another ([`Selection::role`]).
    role: Option<Setting<String>>,
    /// Whether the session is the user's own, whatever role is set.
    is_own: bool,
    long_term: LongTerm,
    short_term_suffix: String,
    /// From the flag or a variable.
    pub(super) region: Option<Setting<String>>,
    advice: Advice,
    /// What is wrong with `AWS_CONFIG_FILE`: a session that is valid needs no config file.
    pub(crate) config_problem: Option<String>,
    /// Variables with the path of a file in which other variables were expanded.
    pub(crate) expanded: Vec<&'static str>,
}

impl Selection {
    /// `default_min_remaining` depends on the command.
    pub(crate) fn resolve(
        common: &CommonArgs,
        args: &RefreshArgs,
        default_min_remaining: Duration,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let profile = environment
            .option_or_variable(
                "--profile",
                common.profile.as_ref(),
                &["AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
            )?
            .unwrap_or_else(|| Setting::default(DEFAULT_PROFILE.to_owned()));
        let name = &profile.value;
        let short_term_suffix = common.short_term_suffix.as_deref();
        let short_term_suffix = short_term_suffix.unwrap_or(SHORT_TERM_SUFFIX);
        let long_term = LongTerm::new(common);
        let section = with_suffix(name, short_term_suffix);
        let long_term_section = long_term.section_of(name);
        if section == long_term_section {
            return Err(Error::SameSection { section });
        }
        let validity = &args.validity;
        let min_remaining = match Setting::flag("--min-remaining", validity.min_remaining.clone()) {
            Some(flag) => Setting::new(parse_duration(&flag)?, flag.origin),
            None => Setting::default(default_min_remaining),
        };
        let role = validity.assume_role.as_ref();
        let role = environment.option_or_variable("--assume-role", role, &["MFA_ASSUME_ROLE"])?;
        let region = common.region.as_ref();
        let region = environment.option_or_variable(
            "--region",
            region,
            &["AWS_REGION", "AWS_DEFAULT_REGION"],
        )?;
        let mut expanded = Vec::new();
        let credentials_file = credentials_file(common, environment, &mut expanded)?;
        let (config_file, config_problem) = match config_file(common, environment, &mut expanded) {
            Ok(file) => (file, None),
            Err(Error::Setting {
                problem,
                on_command_line: false,
                ..
            }) => (None, Some(problem)),
            Err(error) => return Err(error),
        };
        let named = (profile.origin != Origin::Default).then_some(&*profile.value);
        let advice = Advice::new(named, common, args);
        Ok(Self {
            profile,
            section,
            long_term_section,
            credentials_file,
            config_file,
            min_remaining,
            role,
            is_own: false,
            long_term,
            short_term_suffix: short_term_suffix.to_owned(),
            region,
            advice,
            config_problem,
            expanded,
        })
    }

    /// The role that the session is for: flag, `MFA_ASSUME_ROLE`, else the long-term section's.
    pub(crate) fn role(
        &self,
        long_term: Option<&FileSection<'_>>,
    ) -> Result<Option<Setting<String>>, Error> {
        match &self.role {
            _ if self.is_own => Ok(None),
            Some(role) => Ok(Some(role.clone())),
            None => stored_role(long_term),
        }
    }

    /// As if this profile had been selected, for its own session: without a role from an option or a
    /// variable.
    pub(crate) fn for_source(&self, profile: Setting<String>) -> Self {
        Self {
            section: with_suffix(&profile.value, &self.short_term_suffix),
            long_term_section: self.long_term.section_of(&profile.value),
            // What was given was given for the role.
            advice: match self.role {
                Some(_) => self.advice.for_own_session(),
                None => self.advice.for_source(&profile.value),
            },
            profile,
            role: None,
            ..self.clone()
        }
    }

    /// The same, for the user's own session, whatever role the settings name, with time enough to use
    /// it.
    pub(crate) fn without_role(&self) -> Self {
        let mut own = Self {
            role: None,
            is_own: true,
            ..self.clone()
        };
        let least = MIN_REMAINING_FOR_HANDOVER;
        own.min_remaining.value = own.min_remaining.value.max(least);
        own
    }

    /// The role from the flag or the variable.
    pub(crate) fn given_role(&self) -> Option<&Setting<String>> {
        self.role.as_ref()
    }

    /// The section with this profile's permanent keys, by its name.
    pub(crate) fn long_term_section_of(&self, profile: &str) -> String {
        self.long_term.section_of_other(profile)
    }

    /// The section with the permanent keys if an option names it, for whatever profile.
    pub(crate) fn exact_long_term_section(&self) -> Option<&str> {
        match &self.long_term {
            LongTerm::Exactly(name) => Some(name),
            LongTerm::Suffix(_) => None,
        }
    }

    /// The region that an option names.
    pub(crate) fn region_by_option(&self) -> Option<&str> {
        let region = self.region.as_ref();
        let region = region.filter(|region| matches!(region.origin, Origin::Flag(_)));
        region.map(|region| &*region.value)
    }

    /// The command line that gets another session of the user's own, which signs for a role.
    pub(crate) fn own_refresh(&self) -> String {
        let own = self.advice.for_own_session();
        own.command_line(Verb::ForcedRefresh, Some(&self.profile.value))
    }

    /// The command line that does this for the selected profile.
    pub(crate) fn command_line(&self, verb: Verb) -> String {
        self.advice.command_line(verb, None)
    }

    /// As [`Selection::command_line`], with more options.
    pub(crate) fn command_line_with(&self, verb: Verb, options: &[(&str, &str)]) -> String {
        let mut line = self.advice.command_line(verb, None);
        for (name, value) in options {
            line.push(' ');
            line.push_str(&shell::option(name, value));
        }
        line
    }

    /// As [`Selection::command_line`], for another profile.
    pub(crate) fn command_line_for(&self, profile: &str, verb: Verb) -> String {
        self.advice.command_line(verb, Some(profile))
    }

    /// The variables that lead AWS tools to the files that options named.
    pub(crate) fn file_variables(&self) -> Vec<(&'static str, String)> {
        let credentials = (CREDENTIALS_FILE.1, Some(&self.credentials_file));
        let config = (CONFIG_FILE.1, self.config_file.as_ref());
        let mut variables = Vec::new();
        for (variable, file) in [credentials, config] {
            if let Some(Setting {
                value,
                origin: Origin::Flag(_),
            }) = file
            {
                variables.push((variable, value.to_string_lossy().into_owned()));
            }
        }
        variables
    }

    /// The profile whose long-term section would have this name.
    pub(crate) fn profile_of_long_term_section<'n>(&'n self, section: &'n str) -> Option<&'n str> {
        if section == self.long_term_section {
            return Some(&self.profile.value);
        }
        without_suffix(section, self.long_term.suffix())
    }

    /// The profile whose session section would have this name.
    pub(crate) fn profile_of_session_section<'n>(&self, section: &'n str) -> Option<&'n str> {
        without_suffix(section, &self.short_term_suffix)
    }

    /// Parses the credentials file.
    pub(crate) fn parse<'t>(&self, bytes: &'t [u8]) -> Result<Document<'t>, Error> {
        let document = Document::parse(bytes).and_then(Document::refuse_indented);
        document.map_err(self.refused())
    }

    /// For `map_err`: the error for a credentials file that can't be read or edited.
    pub(crate) fn refused(&self) -> impl Fn(Refusal) -> Error + Copy {
        Error::refused(&self.credentials_file.value)
    }
}

/// Which section has the permanent keys.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LongTerm {
    /// The profile's name with this suffix.
    Suffix(String),
    /// The selected profile's is this one.
    Exactly(String),
}

impl LongTerm {
    fn new(common: &CommonArgs) -> Self {
        if let Some(name) = &common.long_term_profile {
            return Self::Exactly(name.clone());
        }
        let suffix = common.long_term_suffix.as_deref();
        Self::Suffix(suffix.unwrap_or(LONG_TERM_SUFFIX).to_owned())
    }

    fn section_of(&self, selected: &str) -> String {
        match self {
            Self::Exactly(name) => name.clone(),
            Self::Suffix(_) => self.section_of_other(selected),
        }
    }

    fn section_of_other(&self, profile: &str) -> String {
        with_suffix(profile, self.suffix())
    }

    fn suffix(&self) -> &str {
        match self {
            Self::Suffix(suffix) => suffix,
            Self::Exactly(_) => LONG_TERM_SUFFIX,
        }
    }
}

/// The role that the long-term section names.
pub(crate) fn stored_role(
    long_term: Option<&FileSection<'_>>,
) -> Result<Option<Setting<String>>, Error> {
    long_term.map_or(Ok(None), |section| section.get("assume_role"))
}

/// The suffix `none`, in upper or lower case, means no suffix.
fn with_suffix(name: &str, suffix: &str) -> String {
    if suffix.eq_ignore_ascii_case("none") {
        name.to_owned()
    } else {
        format!("{name}-{suffix}")
    }
}

/// The inverse of [`with_suffix`].
fn without_suffix<'n>(section: &'n str, suffix: &str) -> Option<&'n str> {
    if suffix.eq_ignore_ascii_case("none") {
        return Some(section);
    }
    let name = section.strip_suffix(suffix)?.strip_suffix('-')?;
    (!name.is_empty()).then_some(name)
}

/// Variables in which others were expanded are added to `expanded`.
fn credentials_file(
    common: &CommonArgs,
    environment: &Environment,
    expanded: &mut Vec<&'static str>,
) -> Result<Setting<PathBuf>, Error> {
    let given = common.credentials_file.as_ref();
    match path(given, CREDENTIALS_FILE, environment, expanded)? {
        Some(given) => Ok(given),
        None => default_path(environment, "credentials").map(Setting::default),
    }
}

/// As [`credentials_file`].
fn config_file(
    common: &CommonArgs,
    environment: &Environment,
    expanded: &mut Vec<&'static str>,
) -> Result<Option<Setting<PathBuf>>, Error> {
    let given = path(
        common.config_file.as_ref(),
        CONFIG_FILE,
        environment,
        expanded,
    )?;
    let default = || {
        default_path(environment, "config")
            .ok()
            .map(Setting::default)
    };
    Ok(given.or_else(default))
}

fn path(
    given: Option<&PathBuf>,
    (option, variable): (&'static str, &'static str),
    environment: &Environment,
    expanded: &mut Vec<&'static str>,
) -> Result<Option<Setting<PathBuf>>, Error> {
    let flag = Setting::flag(option, given.cloned().map(PathBuf::into_os_string));
    let Some(given) = flag.or_else(|| environment.raw(variable)) else {
        return Ok(None);
    };
    let path = environment.expand_path(&given)?;
    if path.has_variables {
        expanded.push(variable);
    }
    Ok(Some(Setting::new(path.value, given.origin)))
}

fn default_path(environment: &Environment, file: &str) -> Result<PathBuf, Error> {
    Ok(environment.home()?.join(".aws").join(file))
}

#[cfg(test)]
#[expect(clippy::type_complexity, reason = "tables of cases")]
mod tests;
