//! Role profiles: `role_arn` with `source_profile`, in either file, perhaps several in a row, down to
//! the profile whose session signs for them. Pure.

use std::time::Duration;

use crate::error::Error;
use crate::precedence::Profile;
use crate::sanitize::shorten;
use crate::settings::{Environment, Role, Selection, Setting, parse_duration};

/// AWS's limit for a role that is assumed with a session's credentials. Source:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
pub(crate) const LONGEST: Duration = Duration::from_hours(1);
/// AWS's limit for any session.
const SHORTEST: Duration = Duration::from_mins(15);

/// More in a row are a mistake.
const MAX_ROLES: usize = 20;

pub(crate) struct RoleProfile {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// [`LONGEST`] at most.
    pub(crate) duration: Setting<Duration>,
    /// Whether the profile asks for longer than that.
    pub(crate) is_cut: bool,
    /// A warning: AWS tools ask for a code of their own, where `mfa_serial` is set.
    pub(crate) asks_for_code: Option<String>,
}

/// The way from a role's profile to its source.
pub(crate) struct RoleChain {
    /// The one that was asked for comes first; the last one's source is `source`. Never empty.
    pub(crate) roles: Vec<RoleProfile>,
    /// The profile with the session, and what names it.
    pub(crate) source: Setting<String>,
    /// Whether aws-mfa has permanent keys for the source.
    pub(crate) has_keys: bool,
    /// Where AWS tools look for the session: the profile that the files name, if that isn't one which
    /// asks aws-mfa for it.
    pub(crate) section_of_tools: Option<String>,
}

/// What the files say about profiles.
pub(crate) trait Profiles {
    fn find(&self, name: &str) -> Profile<'_, '_>;

    /// Whether aws-mfa has permanent keys for it.
    fn has_keys(&self, name: &str) -> bool;

    /// The profile for whose session this command asks aws-mfa.
    fn asked_by(&self, credential_process: Setting<String>) -> Option<String>;
}

impl RoleChain {
    /// `None` if `asked` is no role's profile. A profile with permanent keys for aws-mfa is followed no
    /// further, nor is a source with keys of its own, which AWS tools take. Returns an error if the
    /// way leads in a circle, or to where no session of aws-mfa's can be.
    pub(crate) fn follow(
        asked: &str,
        profiles: &impl Profiles,
        selection: &Selection,
        environment: &Environment,
    ) -> Result<Option<Self>, Error> {
        let mut roles: Vec<RoleProfile> = Vec::new();
        let mut source: Option<Setting<String>> = None;
        loop {
            let name = source.as_ref().map_or(asked, |source| &source.value);
            let profile = profiles.find(name);
            let has_own_keys = profile.place("aws_access_key_id").is_some();
            let is_end = profiles.has_keys(name) || source.is_some() && has_own_keys;
            let arn = if is_end {
                None
            } else {
                profile.setting("role_arn")?
            };
            let Some(arn) = arn else {
                return match source {
                    None => Ok(None),
                    Some(named) => Self::ending_at(roles, named, &profile, profiles, selection),
                };
            };
            for other in ["credential_source", "web_identity_token_file"] {
                if let Some(place) = profile.place(other) {
                    return Err(place.problem(NOT_A_SESSION));
                }
            }
            let Some(next) = profile.setting("source_profile")? else {
                return Err(arn.origin.problem("needs a source_profile beside it"));
            };
            let is_itself = next.value == name;
            if is_itself && has_own_keys {
                return Ok(None);
            }
            if is_itself || roles.iter().any(|role| role.name == next.value) {
                return Err(next.origin.problem(format!(
                    "{} takes its credentials from itself, perhaps through others; name a profile \
                     with permanent keys",
                    shorten(&next.value)
                )));
            }
            if roles.len() == MAX_ROLES {
                let problem = format!("more than {MAX_ROLES} roles in a row");
                return Err(next.origin.problem(problem));
            }
            let given = profile.setting("duration_seconds")?;
            let (duration, is_cut) = duration(given)?;
            roles.push(RoleProfile {
                name: name.to_owned(),
                role: Role::of_profile(
                    arn,
                    profile.setting("role_session_name")?,
                    profile.setting("external_id")?,
                    environment,
                )?,
                duration,
                is_cut,
                asks_for_code: profile.asks_for_code(),
            });
            source = Some(next);
        }
    }

    /// A role that no profile names, assumed with the session of the profile `source`.
    pub(crate) fn of_role(
        source: Setting<String>,
        role: Role,
        duration: Setting<Duration>,
    ) -> Self {
        Self {
            roles: vec![RoleProfile {
                name: source.value.clone(),
                role,
                duration,
                is_cut: false,
                asks_for_code: None,
            }],
            section_of_tools: None,
            has_keys: true,
            source,
        }
    }

    /// Returns an error if the profile that was named as the source isn't there, or gets its
    /// credentials elsewhere.
    fn ending_at(
        roles: Vec<RoleProfile>,
        named: Setting<String>,
        profile: &Profile<'_, '_>,
        profiles: &impl Profiles,
        selection: &Selection,
    ) -> Result<Option<Self>, Error> {
        let section_of_tools = Some(named.value.clone());
        let ending = |source: Setting<String>, section_of_tools| {
            Ok(Some(Self {
                roles,
                has_keys: profiles.has_keys(&source.value),
                source,
                section_of_tools,
            }))
        };
        if profiles.has_keys(&named.value) {
            return ending(named, section_of_tools);
        }
        // `--short-term-suffix` leads to this section.
        let owner = selection.profile_of_session_section(&named.value);
        if let Some(owner) = owner.filter(|owner| profiles.has_keys(owner)) {
            let source = Setting::new(owner.to_owned(), named.origin);
            return ending(source, section_of_tools);
        }
        let owner = selection.profile_of_long_term_section(&named.value);
        let name = shorten(&named.value);
        if let Some(owner) = owner.filter(|owner| profiles.has_keys(owner)) {
            return Err(named.origin.problem(format!(
                "{name} has the permanent keys, without MFA; write {} instead",
                shorten(owner)
            )));
        }
        refuse_elsewhere(&named, profile, profiles)?;
        if profile.place("web_identity_token_file").is_some() {
            let problem = format!("{name} signs in by a web identity, not with an MFA code");
            return Err(named.origin.problem(problem));
        }
        let command = match profile.place("aws_access_key_id") {
            Some(_) => None,
            None => profile.setting("credential_process")?,
        };
        if let Some(command) = command {
            return match profiles.asked_by(command) {
                Some(source) => ending(Setting::new(source, named.origin), None),
                None => Err(named.origin.problem(format!(
                    "{name} gets its credentials from a command (credential_process) that can't be \
                     followed; name a profile with permanent keys"
                ))),
            };
        }
        if !profile.exists() {
            let problem = format!("there is no profile {name}; name one with permanent keys");
            return Err(named.origin.problem(problem));
        }
        ending(named, section_of_tools)
    }
}

/// Returns an error if the source is another profile's session, or IAM Identity Center's.
fn refuse_elsewhere(
    named: &Setting<String>,
    profile: &Profile<'_, '_>,
    profiles: &impl Profiles,
) -> Result<(), Error> {
    let name = shorten(&named.value);
    let is_session = profile.place("aws_session_token").is_some();
    if let Some((owner, suffix)) = owner_of_session(&named.value, profiles)
        && is_session
    {
        return Err(named.origin.problem(format!(
            "{name} is a session of profile {owner}; give --short-term-suffix {suffix}"
        )));
    }
    for key in ["sso_account_id", "sso_role_name"] {
        if profile.place(key).is_some() {
            return Err(named.origin.problem(format!(
                "{name} signs in by IAM Identity Center ({key}), not with an MFA code; AWS tools can \
                 use it after `aws sso login`"
            )));
        }
    }
    Ok(())
}

/// The profile with permanent keys whose session `--short-term-suffix` has put there, and the suffix.
fn owner_of_session<'n>(name: &'n str, profiles: &impl Profiles) -> Option<(&'n str, &'n str)> {
    let splits = name.match_indices('-').map(|(at, _)| at);
    let mut splits = splits.map(|at| (&name[..at], &name[at + 1..]));
    splits.find(|(owner, suffix)| !suffix.is_empty() && profiles.has_keys(owner))
}

const NOT_A_SESSION: &str = "AWS tools take other credentials for this role than a session of \
    aws-mfa; use source_profile instead";

/// At most an hour, and whether that is less than was asked for: AWS would refuse more.
fn duration(given: Option<Setting<String>>) -> Result<(Setting<Duration>, bool), Error> {
    let Some(given) = given else {
        return Ok((Setting::default(LONGEST), false));
    };
    let duration = parse_duration(&given)?;
    if duration < SHORTEST {
        let problem = format!(
            "shorter than the {} seconds that AWS allows",
            SHORTEST.as_secs()
        );
        return Err(given.origin.problem(problem));
    }
    let cut = Setting::new(duration.min(LONGEST), given.origin);
    Ok((cut, duration > LONGEST))
}
