//! The user that a pair of keys belongs to, as reported by AWS. Pure.

use std::fmt;

#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) account: Option<String>,
    pub(crate) arn: Option<String>,
}

impl Identity {
    pub(crate) fn is_root(&self) -> bool {
        self.arn
            .as_deref()
            .is_some_and(|arn| arn.ends_with(":root"))
    }

    /// The ARN of an MFA device that is named after the user, as is customary. Only a suggestion:
    /// since 2022 the console asks for a name.
    pub(crate) fn usual_device(&self) -> Option<String> {
        let (account, path) = self.arn.as_deref()?.split_once(":user/")?;
        let name = path.rsplit('/').next()?;
        Some(format!("{account}:mfa/{name}"))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.arn.as_deref().and_then(|arn| arn.split_once(":user/"));
        match name {
            Some((_, name)) => write!(f, "user {name}, ")?,
            None if self.is_root() => f.write_str("the root user, ")?,
            None => {}
        }
        match &self.account {
            Some(account) => write!(f, "account {account}"),
            None => f.write_str("an unknown account"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_described_and_their_device_is_guessed() {
        let identity = |arn: &str| Identity {
            account: Some("123456789012".to_owned()),
            arn: Some(arn.to_owned()),
        };
        let alice = identity("arn:aws-cn:iam::123456789012:user/eng/alice");
        assert_eq!(alice.to_string(), "user eng/alice, account 123456789012");
        let device = alice.usual_device();
        assert_eq!(
            device.as_deref(),
            Some("arn:aws-cn:iam::123456789012:mfa/alice")
        );
        let root = identity("arn:aws:iam::123456789012:root");
        assert_eq!(root.to_string(), "the root user, account 123456789012");
        assert_eq!(root.usual_device(), None);
        assert_eq!(Identity::default().to_string(), "an unknown account");
    }
}
