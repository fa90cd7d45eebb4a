//! A string that is never printed and is wiped from memory when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A secret access key, a session token or an MFA code.
///
/// `Debug` prints a placeholder and there is no `Display`, so that a secret can't be printed by
/// accident; [`Secret::expose`] is the only way to its text, and easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`; the memory is wiped when the secret is dropped.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret's text: only for AWS, the credentials file or a program that the user named.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_secret() {
        let secret = Secret::new("wJalrXUtnFEMI");
        assert_eq!(format!("{secret:?}"), "Secret(***)");
        assert_eq!(format!("{:#?}", Some(secret)), "Some(\n    Secret(***),\n)");
    }
}
