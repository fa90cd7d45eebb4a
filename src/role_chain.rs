//! Role profiles: `role_arn` with `source_profile`, in either file, perhaps several in a row, down to
//! the profile whose session signs for them. Pure.

use std::time::Duration;

use crate::error::Error;
use crate::precedence::Profile;
use crate::sanitize::shorten;
use crate::settings::{Environment, Role, Setting, parse_duration};

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
    pub(crate) region: Option<Setting<String>>,
    /// A warning: AWS tools ask for a code of their own, where `mfa_serial` is set.
    pub(crate) asks_for_code: Option<String>,
}

/// The way from a role's profile to its source.
pub(crate) struct RoleChain {
    /// The one that was asked for comes first; the last one's source is `source`. Never empty.
    pub(crate) roles: Vec<RoleProfile>,
    /// The profile with the session, and what names it.
    pub(crate) source: Setting<String>,
}

impl RoleChain {
    /// `None` if `asked` is no role's profile. `find` reads a profile, and `has_keys` tells whether
    /// aws-mfa has permanent keys for one: it is followed no further. Returns an error if the way
    /// leads in a circle, or to where no session of aws-mfa's can be.
    pub(crate) fn follow<'f, 't: 'f>(
        asked: &str,
        find: impl Fn(&str) -> Profile<'f, 't>,
        has_keys: impl Fn(&str) -> bool,
        environment: &Environment,
    ) -> Result<Option<Self>, Error> {
        let mut roles: Vec<RoleProfile> = Vec::new();
        let mut source: Option<Setting<String>> = None;
        loop {
            let name = source.as_ref().map_or(asked, |source| &source.value);
            let profile = find(name);
            let arn = if has_keys(name) {
                None
            } else {
                profile.setting("role_arn")?
            };
            let Some(arn) = arn else {
                return match source {
                    None => Ok(None),
                    Some(source) => {
                        refuse_source(&profile, &source, has_keys(&source.value))?;
                        Ok(Some(Self { roles, source }))
                    }
                };
            };
            for other in ["credential_source", "web_identity_token_file"] {
                if let Some(other) = profile.setting(other)? {
                    return Err(other.origin.problem(NOT_A_SESSION));
                }
            }
            let Some(next) = profile.setting("source_profile")? else {
                return Err(arn.origin.problem("needs a source_profile beside it"));
            };
            let is_known = name == next.value || roles.iter().any(|role| role.name == next.value);
            if is_known || roles.len() == MAX_ROLES {
                return Err(next.origin.problem(format!(
                    "{} takes its credentials from itself, perhaps through others; name a profile \
                     with permanent keys",
                    shorten(&next.value)
                )));
            }
            roles.push(RoleProfile {
                name: name.to_owned(),
                role: Role::of_profile(
                    arn,
                    profile.setting("role_session_name")?,
                    profile.setting("external_id")?,
                    environment,
                )?,
                duration: duration(profile.setting("duration_seconds")?)?,
                region: profile.setting("region")?,
                asks_for_code: profile.asks_for_code(),
            });
            source = Some(next);
        }
    }
}

const NOT_A_SESSION: &str = "AWS tools take other credentials for this role than a session of \
    aws-mfa; use source_profile instead";

/// Returns an error if the source isn't there, or gets its credentials elsewhere.
fn refuse_source(
    profile: &Profile<'_, '_>,
    source: &Setting<String>,
    has_keys: bool,
) -> Result<(), Error> {
    if has_keys {
        return Ok(());
    }
    let name = shorten(&source.value);
    for key in ["sso_session", "sso_start_url", "sso_account_id"] {
        if profile.setting(key)?.is_some() {
            return Err(source.origin.problem(format!(
                "{name} signs in by IAM Identity Center ({key}), not with an MFA code; to use it: \
                 the AWS CLI, after aws sso login"
            )));
        }
    }
    if profile.exists() {
        Ok(())
    } else {
        let problem = format!("there is no profile {name}; name one with permanent keys");
        Err(source.origin.problem(problem))
    }
}

/// At most an hour: AWS would refuse more.
fn duration(given: Option<Setting<String>>) -> Result<Setting<Duration>, Error> {
    let Some(given) = given else {
        return Ok(Setting::default(LONGEST));
    };
    let duration = parse_duration(&given)?;
    if duration < SHORTEST {
        let problem = format!(
            "shorter than the {} seconds that AWS allows",
            SHORTEST.as_secs()
        );
        return Err(given.origin.problem(problem));
    }
    Ok(Setting::new(duration.min(LONGEST), given.origin))
}
