//! Whose keys they are, in words, and what follows from it. Pure.

use crate::aws::sts::Identity;

/// Whose keys they are, in words.
pub(super) fn owner(identity: &Identity) -> String {
    let account = identity.account.as_deref();
    let account = account.map_or("an account that AWS doesn't name".to_owned(), |account| {
        format!("account {account}")
    });
    let name = identity
        .arn
        .as_deref()
        .and_then(|arn| arn.split_once(":user/"));
    match name {
        Some((_, name)) => format!("user {name}, {account}"),
        None if is_root(identity) => format!("the root user, {account}"),
        None => account,
    }
}

pub(super) fn is_root(identity: &Identity) -> bool {
    identity
        .arn
        .as_deref()
        .is_some_and(|arn| arn.ends_with(":root"))
}

/// The ARN that an MFA device of this user has by custom: the device bears the user's name. Only a proposal: since 2022 the
/// console asks for a name.
pub(super) fn device_of(arn: &str) -> Option<String> {
    let (account, path) = arn.split_once(":user/")?;
    let name = path.rsplit('/').next()?;
    Some(format!("{account}:mfa/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_in_words_and_their_devices() {
        let identity = |arn: &str| Identity {
            account: Some("123456789012".to_owned()),
            arn: Some(arn.to_owned()),
        };
        let alice = identity("arn:aws-cn:iam::123456789012:user/eng/alice");
        assert_eq!(owner(&alice), "user eng/alice, account 123456789012");
        assert_eq!(
            device_of(alice.arn.as_deref().unwrap()).as_deref(),
            Some("arn:aws-cn:iam::123456789012:mfa/alice")
        );
        let root = identity("arn:aws:iam::123456789012:root");
        assert_eq!(owner(&root), "the root user, account 123456789012");
        assert_eq!(device_of(root.arn.as_deref().unwrap()), None);
        assert_eq!(
            owner(&Identity::default()),
            "an account that AWS doesn't name"
        );
    }
}
