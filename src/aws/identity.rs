//! The user that a pair of keys belongs to, as reported by AWS. Pure.

use std::fmt;

#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) account: Option<String>,
    pub(crate) arn: Option<String>,
}

/// In bytes. Source: the type `arnType` in AWS's APIs.
const MAX_ARN: usize = 2048;

impl Identity {
    /// The error says what is wrong with the answer.
    pub(super) fn check(
        account: Option<String>,
        arn: Option<String>,
    ) -> Result<Self, &'static str> {
        let is_account = |id: &String| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
        let is_arn = |arn: &String| {
            let is_plain = arn.bytes().all(|b| b.is_ascii_graphic());
            arn.starts_with("arn:") && arn.len() <= MAX_ARN && is_plain
        };
        if !account.as_ref().is_some_and(is_account) {
            return Err("it contains no account of 12 digits");
        }
        if !arn.as_ref().is_none_or(is_arn) {
            return Err("it contains an invalid ARN");
        }
        Ok(Self { account, arn })
    }

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
    fn an_identity_has_an_account_of_12_digits_and_a_short_arn() {
        let check = |account: Option<&str>, arn: Option<&str>| {
            Identity::check(account.map(str::to_owned), arn.map(str::to_owned)).is_ok()
        };
        let arn = "arn:aws:iam::123456789012:user/alice";
        assert!(check(Some("123456789012"), Some(arn)));
        assert!(check(Some("123456789012"), None));
        for account in [
            None,
            Some(""),
            Some("12345678901"),
            Some("1234567890123"),
            Some("12345678901a"),
            Some("12345678901\u{661}"),
            Some(" 123456789012"),
        ] {
            assert!(!check(account, Some(arn)), "{account:?}");
        }
        let long = format!("{arn}{}", "x".repeat(2048));
        for arn in ["", "alice", &format!("{arn}\n"), &format!("{arn} x"), &long] {
            assert!(!check(Some("123456789012"), Some(arn)), "{arn}");
        }
    }

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
