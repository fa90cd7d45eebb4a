//! `aws-mfa clear`: removes a profile's session from the file, and nothing else.

use super::context::Context;
use super::stored_profile::StoredProfile;
use crate::credentials_file::document::Document;
use crate::error::Error;
use crate::runtime;
use crate::sanitize::shorten;
use crate::session::managed_keys;
use crate::settings::Verb;

pub(super) fn run(context: &Context<'_>) -> Result<(), Error> {
    let (selection, store, console) = (&context.selection, &context.store, context.console);
    let remove = |document: &Document<'_>| {
        StoredProfile::find(document.clone(), selection).refuse_permanent_keys()?;
        document
            .remove(&selection.section, &managed_keys())
            .map_err(selection.refused())
    };
    let size = context.read_profile(|mut stored| {
        stored.check_sections()?;
        if stored.session.is_none()
            && let Some(chain) =
                stored.chain(context.read_config()?.as_ref(), context.environment)?
        {
            let source = chain.source;
            return Err(Error::UsesSourceProfile {
                profile: selection.profile.value.clone(),
                command: selection.command_line_for(&source.value, Verb::Clear),
                section: source.origin.section().unwrap_or_default().to_owned(),
                source_profile: source.value,
            });
        }
        stored.check_exists()?;
        remove(&stored.document)?;
        Ok(stored.document.len())
    })?;
    let removed = runtime::run(async {
        let file = store.rehearse(size, console).await?;
        file.edit(size, console, remove).await
    })?;
    let (profile, section) = (
        shorten(&selection.profile.value),
        shorten(&selection.section),
    );
    if removed {
        console.report(format_args!(
            "removed the session of profile {profile} from [{section}]"
        ));
    } else {
        console.report(format_args!("profile {profile} has no session"));
    }
    Ok(())
}
