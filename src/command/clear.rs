//! `aws-mfa clear`: removes a profile's session from the file, and nothing else.

use std::time::Duration;

use super::context::{StoredProfile, read_file};
use crate::cli::{CommonArgs, ValidityArgs};
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::store::Store;
use crate::error::Error;
use crate::session::MANAGED_KEYS;
use crate::settings::{Environment, Selection};

/// Removes the session.
///
/// # Errors
/// No such profile, permanent keys where the session belongs, a file that can't be edited.
pub(super) fn run(
    common: &CommonArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let validity = ValidityArgs::default();
    let selection = Selection::resolve(common, &validity, Duration::ZERO, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let remove = |document: &Document<'_>| {
        StoredProfile::find(document.clone(), &selection).protect_permanent_keys(&selection)?;
        let removed = document.remove(&selection.section, &MANAGED_KEYS);
        removed.map_err(|refusal| selection.refused(refusal))
    };
    let size = store.once_settled(|| {
        let bytes = read_file(&store, &selection, console)?;
        let mut stored = StoredProfile::find(selection.parse(&bytes)?, &selection);
        stored.check_sections()?;
        stored.check_exists(&selection)?;
        remove(&stored.document)?;
        Ok(bytes.len())
    })?;
    store.rehearse(size, console)?;
    let (profile, section) = (&selection.profile.value, &selection.section);
    if store.edit(size, console, remove)? {
        console.report(format_args!(
            "the session of profile {profile} is removed from [{section}]"
        ));
    } else {
        console.report(format_args!("profile {profile} has no session"));
    }
    Ok(())
}
