//! What AWS's refusals mean, and what to do. Pure.

use crate::sanitize::shorten;

/// AWS's message for a code that isn't the device's current one.
pub(super) const WRONG_CODE: &str = "invalid MFA one time pass code";
/// AWS's message for a serial that isn't one of the user's devices.
pub(super) const WRONG_SERIAL: &str = "unable to validate MFA code";
/// What was sent, and to whom.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The MFA serial and its origin if there was a code.
    pub(super) serial: Option<String>,
    pub(super) host: String,
    /// With its origin.
    pub(super) region: String,
    /// Of the answer, by HTTP.
    pub(super) status: u16,
    /// The command that replaces the keys.
    pub(super) replace_keys: Option<String>,
    /// The command that gets another session, if one signed.
    pub(super) refresh: Option<String>,
    /// For a role that was assumed with a session.
    pub(super) role: Option<OfRole>,
}

/// A role that was assumed with a session.
#[derive(Debug)]
pub(crate) struct OfRole {
    /// Of its ARN.
    pub(crate) origin: String,
    /// The role that signed; `None` for the user's own session.
    pub(crate) signer: Option<String>,
    /// The command that gets another session of the user's own.
    pub(crate) refresh: String,
}

/// Source: the error codes that the SDKs take for throttling.
pub(super) const THROTTLED: [&str; 6] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "TooManyRequestsException",
];

/// What AWS answered instead of doing what it was asked.
pub(super) struct Refusal<'s> {
    pub(super) code: &'s str,
    pub(super) message: &'s str,
    pub(super) sent: &'s Sent,
}

impl Refusal<'_> {
    /// Explains AWS's error codes and messages; `None` for an unknown one. Sources: observed
    /// answers, and <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
    pub(super) fn hint(&self) -> Option<String> {
        let Sent { host, region, .. } = self.sent;
        let replace_keys = match &self.sent.replace_keys {
            Some(command) => format!("; `{command}` replaces it"),
            None => String::new(),
        };
        if let Some(refresh) = &self.sent.refresh
            && [
                "ExpiredToken",
                "ExpiredTokenException",
                "InvalidClientTokenId",
            ]
            .contains(&self.code)
        {
            return Some(format!(
                "AWS doesn't accept the session any more: run `{refresh}`, then the same command again"
            ));
        }
        if let Some(role) = &self.sent.role
            && let Some(hint) = self.hint_for_role(role)
        {
            return Some(hint);
        }
        Some(match self.code {
            "AccessDenied" if self.says(WRONG_SERIAL) => self.wrong_serial(),
            "InvalidClientTokenId" => format!(
                "AWS doesn't know this access key: it may be mistyped, deleted or inactive, or \
                 belong to China or GovCloud, which need one of their own regions; or your account \
                 hasn't enabled the region {region}{replace_keys}"
            ),
            "SignatureDoesNotMatch" if self.says("Credential should be scoped to") => format!(
                "the endpoint {host} is not in region {region}: set --region or AWS_REGION to the \
                 endpoint's region"
            ),
            "RegionDisabledException" => format!(
                "region {region} is not enabled for your account: choose another one with --region"
            ),
            "SignatureDoesNotMatch" if self.says("signature we calculated") => {
                format!("the secret access key doesn't match the access key ID{replace_keys}")
            }
            _ => match self.fixed_hint() {
                Some(hint) => hint.to_owned(),
                None => self.forbidden()?,
            },
        })
    }

    fn fixed_hint(&self) -> Option<&'static str> {
        Some(match self.code {
            "AccessDenied" if self.says(WRONG_CODE) => {
                "the code was mistyped, expired or already used: wait for the device's next one"
            }
            "AccessDenied" if self.says("with session credentials") => {
                "the long-term section holds temporary keys; put your permanent keys there"
            }
            "SignatureDoesNotMatch" | "RequestExpired" if is_about_time(self.message) => {
                "this computer's clock is wrong: set it, then run the same command again"
            }
            "SignatureDoesNotMatch" => "the secret access key doesn't match the access key ID",
            "ValidationError" if self.says("MaxSessionDuration") => {
                "the role allows only shorter sessions: use a shorter --duration"
            }
            "ValidationError" if self.says("durationSeconds") => {
                "AWS doesn't allow this duration: use another --duration"
            }
            "ValidationError" if self.says("serialNumber") => {
                "the MFA serial is invalid; expected something like \
                 arn:aws:iam::123456789012:mfa/name"
            }
            "ExpiredToken" | "ExpiredTokenException" => {
                "the long-term section holds temporary keys that have expired"
            }
            "LimitExceeded" => "a user can have two access keys: delete one that nothing uses",
            code if THROTTLED.contains(&code) && self.sent.serial.is_some() => {
                "AWS is throttling requests; the code may have been used: wait a minute, then run \
                 the same command again with the next one; the file is unchanged"
            }
            code if THROTTLED.contains(&code) && self.sent.refresh.is_some() => {
                "AWS is throttling requests: wait a minute, then try again"
            }
            code if THROTTLED.contains(&code) => {
                "AWS is throttling requests: wait a minute, then try again; no code was used"
            }
            _ => return None,
        })
    }

    /// Where a session signed: what means something else than for keys and a code.
    fn hint_for_role(&self, role: &OfRole) -> Option<String> {
        let OfRole {
            origin,
            signer,
            refresh,
        } = role;
        Some(match self.code {
            "ExpiredToken" | "ExpiredTokenException" => {
                format!("AWS doesn't accept the stored session any more: run `{refresh}`")
            }
            "InvalidClientTokenId" => format!(
                "AWS doesn't know the session there: your account may not have enabled the region \
                 {}; if it has, run `{refresh}`",
                self.sent.region
            ),
            "AccessDenied" if self.says("root accounts") => {
                "the root user can't assume roles: use an IAM user".to_owned()
            }
            "AccessDenied" if self.says("not authorized to perform") => {
                let who = match signer {
                    Some(signer) => format!("the role {}", shorten(signer)),
                    None => "your user".to_owned(),
                };
                self.forbidden_to(&who, false).unwrap_or_else(|| {
                    format!(
                        "the role doesn't exist, or its trust policy doesn't let {who} assume it: \
                         check {origin}, and the external ID that the role may require"
                    )
                })
            }
            "ValidationError" if self.says("1 hour session limit") => {
                "a role that is assumed with a session lasts an hour at most".to_owned()
            }
            "SignatureDoesNotMatch" if self.says("signature we calculated") => {
                format!("the stored session's keys don't match each other: run `{refresh}`")
            }
            code if THROTTLED.contains(&code) => {
                "AWS is throttling requests: wait a minute, then try again".to_owned()
            }
            _ => return None,
        })
    }

    fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    fn wrong_serial(&self) -> String {
        let serial = self.sent.serial.as_ref();
        let serial = serial.map(|serial| format!(" ({serial})"));
        format!(
            "the MFA serial{} isn't one of this user's devices; the AWS console shows yours under \
             Security credentials",
            serial.unwrap_or_default()
        )
    }

    /// A policy forbids the call.
    fn forbidden(&self) -> Option<String> {
        if !self.says("not authorized to perform") {
            return None;
        }
        let of_role = self.says("sts:AssumeRole");
        self.forbidden_to("your user", !of_role).or_else(|| {
            of_role.then(|| {
                "your user isn't allowed to assume that role with this MFA device: check the \
                 role's ARN, its trust policy, and --external-id"
                    .to_owned()
            })
        })
    }

    /// Names the policy that keeps `who` from it; `None` if AWS doesn't name one, unless
    /// `is_any` will do, or if it is the role's own. Source:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    fn forbidden_to(&self, who: &str, is_any: bool) -> Option<String> {
        let policies = [
            (
                "service control policy",
                "a service control policy of your organization",
            ),
            (
                "resource control policy",
                "a resource control policy of your organization",
            ),
            (
                "permissions boundary",
                &format!("a permissions boundary of {who}"),
            ),
            ("session policy", "a session policy"),
            ("VPC endpoint policy", "the policy of the VPC endpoint"),
            ("identity-based policy", &format!("an IAM policy of {who}")),
        ];
        let named = policies.into_iter().find(|(words, _)| self.says(words));
        let policy = match named {
            Some((_, policy)) => policy,
            None if is_any => "a policy",
            None => return None,
        };
        let verb = if self.says("explicit deny") {
            "forbids"
        } else {
            "doesn't allow"
        };
        Some(format!(
            "{policy} {verb} this, whatever the MFA code: ask whoever administers your AWS account"
        ))
    }
}

/// Whether AWS refused because of the clock.
pub(super) fn is_about_time(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("not yet current")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(code: &str, message: &str) -> Option<String> {
        let sent = Sent {
            serial: Some("serial X, from --device".to_owned()),
            host: "sts.me-south-1.amazonaws.com".to_owned(),
            region: "me-south-1 (from AWS_REGION)".to_owned(),
            status: 403,
            replace_keys: None,
            refresh: None,
            role: None,
        };
        let refusal = Refusal {
            code,
            message,
            sent: &sent,
        };
        refusal.hint()
    }

    #[test]
    fn aws_errors_are_explained() {
        for (code, message, words) in [
            (
                "AccessDenied",
                "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
                "next one",
            ),
            (
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify",
                "(serial X, from --device)",
            ),
            (
                "AccessDenied",
                "Cannot call GetSessionToken with session credentials",
                "permanent",
            ),
            (
                "AccessDenied",
                "User: arn is not authorized to perform: sts:AssumeRole on resource: arn",
                "trust policy",
            ),
            (
                "AccessDenied",
                "User: arn:aws:iam::1:user/a is not authorized to perform: sts:GetSessionToken with \
                 an explicit deny in an identity-based policy",
                "an IAM policy of your user forbids this, whatever the MFA code",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:GetSessionToken on resource: b with an \
                 explicit deny in a service control policy: arn:aws:organizations::1:policy/o/p",
                "a service control policy of your organization forbids this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:GetSessionToken because no permissions \
                 boundary allows the sts:GetSessionToken action",
                "a permissions boundary of your user doesn't allow this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:GetSessionToken because no session policy \
                 allows the sts:GetSessionToken action",
                "a session policy doesn't allow this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:AssumeRole on resource: r with an \
                 explicit deny in a service control policy",
                "a service control policy of your organization forbids this",
            ),
            (
                "AccessDenied",
                "User: a is not authorized to perform: sts:AssumeRole on resource: r because no \
                 resource-based policy allows the sts:AssumeRole action",
                "trust policy",
            ),
            (
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
                "the region me-south-1 (from AWS_REGION)",
            ),
            (
                "SignatureDoesNotMatch",
                "Credential should be scoped to a valid region.",
                "sts.me-south-1.amazonaws.com is not in region me-south-1 (from AWS_REGION)",
            ),
            ("ThrottlingException", "Rate exceeded", "throttling"),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match",
                "secret access key",
            ),
            (
                "SignatureDoesNotMatch",
                "Signature expired: 20261122T000000Z is now earlier than",
                "clock",
            ),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                "--duration",
            ),
        ] {
            let hint = hint(code, message).unwrap();
            assert!(hint.contains(words), "{message}: {hint}");
        }
        assert_eq!(hint("SomethingNew", "what"), None);
        assert_eq!(hint("AccessDenied", "no"), None);
    }
}
