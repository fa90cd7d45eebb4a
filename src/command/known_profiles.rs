//! Which profiles the file has, for whoever names another one or none.

use super::stored_profile::StoredProfile;
use crate::credentials_file::name::may_be_profile;
use crate::credentials_file::near::near;
use crate::sanitize::shorten;
use crate::shell;
use crate::words::join_with_or;

const MAX_NAMED: usize = 5;

impl<'t> StoredProfile<'t> {
    /// The profiles that have permanent keys, and that the selected one may mean.
    pub(super) fn near_profiles_with_keys(&self) -> Option<String> {
        let selection = self.selection;
        self.near_profiles(|section| selection.profile_of_long_term_section(section).is_some())
    }

    /// The profiles with such a section that the selected one may mean.
    pub(super) fn near_profiles(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let selection = self.selection;
        let sections = self.document.section_names().filter(|name| is_meant(name));
        let profile = |section| selection.profile_of_long_term_section(section);
        let mut names: Vec<&str> = sections
            .map(|section| profile(section).unwrap_or(section))
            .filter(|name| may_be_profile(name) && *name != selection.profile.value)
            .collect();
        names.sort_unstable();
        names.dedup();
        let names: Vec<String> = near(&selection.profile.value, &names)
            .into_iter()
            .map(shell::word)
            .collect();
        (!names.is_empty()).then(|| format!("did you mean {}?", join_with_or(&names)))
    }

    /// Profiles with long-term keys under the usual suffix.
    fn usual_profiles(&self) -> Vec<&'t str> {
        let names = self.document.section_names();
        let names = names.filter_map(|name| name.strip_suffix("-long-term"));
        names.filter(|name| may_be_profile(name)).collect()
    }

    /// If there is only one.
    pub(super) fn only_profile(&self) -> Option<&'t str> {
        match self.usual_profiles().as_slice() {
            &[only] => Some(only),
            _ => None,
        }
    }

    /// Names profiles with long-term keys; of many, only the closest.
    pub(super) fn known_profiles(&self) -> Option<String> {
        let mut names = self.usual_profiles();
        let count = names.len();
        if count > MAX_NAMED {
            let meant = shorten(&self.selection.profile.value);
            names.sort_by_cached_key(|name| strsim::damerau_levenshtein(&meant, name));
            names.truncate(MAX_NAMED);
        }
        let names = names.join(", ");
        match count {
            0 => None,
            1..=MAX_NAMED => Some(format!("profiles with permanent keys there: {names}")),
            _ => Some(format!(
                "the closest of {count} profiles with permanent keys there: {names}; \
                 `aws-mfa list` shows all"
            )),
        }
    }
}
