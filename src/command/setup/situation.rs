//! What the files say about a profile before `setup`. Edge.

use super::super::aws_services::AwsServices;
use super::super::context::Context;
use super::super::plan::busy_sections;
use super::super::store_session;
use super::super::stored_profile::ConfigFile;
use super::change::{Change, Keys, Misplaced, Seen};
use super::dialogue::Dialogue;
use crate::cli::{CodeArgs, RefreshArgs};
use crate::error::Error;
use crate::keys::LongTermKeys;
use crate::keys::source::KeySource;
use crate::keys::useless::UselessKeys;
use crate::sanitize::shorten;
use crate::session::has_permanent_keys;
use crate::settings::{
    DeviceArn, FileSection, Origin, ProfileSections, RefreshSettings, Selection, Setting,
};

pub(super) struct Situation {
    /// The credentials file's size in bytes; 0 if there is none.
    pub(super) size: usize,
    pub(super) long_term: Option<LongTermKeys>,
    /// The command that prints the keys, instead.
    pub(super) command: Option<KeyCommand>,
    /// In the long-term section instead of keys.
    pub(super) useless: Option<UselessKeys>,
    pub(super) seen: Seen,
    /// In the session's section.
    pub(super) misplaced: Option<Misplaced>,
    /// Keys that could be meant, and their section.
    pub(super) elsewhere: Option<(String, LongTermKeys)>,
    /// Why AWS tools would not use the session.
    pub(super) outranking: Vec<String>,
    /// The profile that this one takes its credentials from, if it is a role's.
    pub(super) source_profile: Option<Setting<String>>,
    pub(super) device: Option<Setting<String>>,
    /// Why the stored device can't be used.
    pub(super) device_problem: Option<Error>,
    /// Beside the misplaced keys.
    pub(super) misplaced_device: Option<Setting<String>>,
    /// From the long-term section.
    pub(super) duration: Option<Setting<String>>,
    /// Whether sessions are for a role.
    pub(super) has_role: bool,
    pub(super) aws: AwsServices,
}

pub(super) struct KeyCommand {
    pub(super) source: KeySource,
    /// The value of the variable that keeps it from calling aws-mfa for the same section.
    pub(super) busy: String,
}

impl KeyCommand {
    fn find(context: &Context<'_>, sections: &ProfileSections<'_>) -> Result<Option<Self>, Error> {
        let (selection, environment) = (&context.selection, context.environment);
        match KeySource::find(sections, environment) {
            Ok(Some(source @ KeySource::Process(_))) => Ok(Some(Self {
                source,
                busy: busy_sections(selection, environment)?,
            })),
            // What is wrong with the section is said elsewhere.
            _ => Ok(None),
        }
    }

    pub(super) fn origin(&self) -> Option<&Origin> {
        self.source.command().map(|command| &command.origin)
    }
}

impl Situation {
    /// Returns an error if AWS tools disagree on the files, if the keys have another source, or if
    /// the region isn't one of the MFA device's and nobody can be asked for another device
    /// (`can_ask`).
    pub(super) fn read(
        context: &Context<'_>,
        given_device: Option<&str>,
        can_ask: bool,
    ) -> Result<Self, Error> {
        let selection = &context.selection;
        let contents = context.store.read()?;
        let mut stored = context.find(contents.as_ref())?;
        stored.refuse_long_term_profile()?;
        stored.check_sections()?;
        stored.refuse_lookalike()?;
        let config = context.read_config()?;
        let sections = stored.sections(config.as_ref())?;
        let long_term = sections.long_term.as_ref().map(long_term_keys);
        let long_term = long_term.transpose()?.flatten();
        let useless = stored.long_term.as_ref().filter(|_| long_term.is_none());
        let useless = useless.and_then(|section| UselessKeys::find(&section.properties));
        let misplaced = misplaced(&sections)?;
        let misplaced_device = match (&misplaced, &sections.session) {
            (Some(_), Some(section)) => section.device()?,
            _ => None,
        };
        let duration = sections.long_term.as_ref();
        let duration = duration.map_or(Ok(None), |section| section.get("duration_seconds"))?;
        let seen = Seen::in_file(&stored.document, selection)?;
        // If the file can't be edited, this fails before anything is asked.
        let rehearsal = Change::rehearsal(misplaced.as_ref(), seen.clone());
        let text = rehearsal.apply(&stored.document, selection)?;
        store_session::rehearse_edit(&selection.parse(text.as_bytes())?, selection)?;
        let file = config.as_ref().map(ConfigFile::parse).transpose()?;
        let parsed = file.as_ref().zip(config.as_ref().map(|config| config.path));
        let profile = stored.as_tools_read_it(parsed);
        let resolve = |device: Option<&Setting<String>>| {
            AwsServices::resolve(context, &stored, config.as_ref(), (&sections, device))
        };
        let Resolved {
            aws,
            device,
            device_problem,
        } = Resolved::new(resolve, sections.device()?, given_device, can_ask)?;
        check_refresh(context, stored.role.clone(), &sections)?;
        let command = KeyCommand::find(context, &sections)?;
        let origin = command.as_ref().and_then(KeyCommand::origin);
        context.check_obeyed(&stored, config.as_ref(), origin)?;
        Ok(Self {
            size: stored.document.len(),
            misplaced,
            elsewhere: stored
                .keys_elsewhere()
                .map(|(section, keys)| (section.to_owned(), keys)),
            outranking: profile.outranking(),
            source_profile: stored
                .profiles(parsed, context.environment)
                .source_of_selected(),
            device,
            misplaced_device,
            duration,
            has_role: stored.role.is_some(),
            aws,
            command,
            long_term,
            useless,
            seen,
            device_problem,
        })
    }

    pub(super) fn replaced_by(&self, new: &Keys) -> Option<&LongTermKeys> {
        match new {
            Keys::New(_) | Keys::Move(_) => self.long_term.as_ref(),
            Keys::Keep(_) => None,
        }
    }

    pub(super) fn describe(&self, selection: &Selection, dialogue: &Dialogue) {
        let path = selection.credentials_file.value.display();
        for reason in &self.outranking {
            dialogue.say(reason);
        }
        if let Some(problem) = &self.device_problem {
            dialogue.say(&problem.to_string());
        }
        if let Some(Misplaced::Keys(keys)) = &self.misplaced {
            dialogue.say(&format!(
                "[{}] of {path} holds permanent keys: {}",
                selection.section,
                keys.masked_id()
            ));
        }
        if let Some(keys) = &self.long_term {
            let device = self.device.as_ref();
            let device = match (device, &self.device_problem) {
                (Some(device), _) => format!("; MFA device: {}", shorten(&device.value)),
                (None, None) => "; MFA device: none".to_owned(),
                (None, Some(_)) => String::new(),
            };
            dialogue.say(&format!(
                "[{}] of {path} holds the keys {}{device}",
                selection.long_term_section,
                keys.masked_id()
            ));
        }
    }

    /// What keys there are once `keys` are stored.
    pub(super) fn seen_after(&self, keys: &Keys) -> Seen {
        match keys {
            Keys::Keep(_) if self.command.is_some() => Seen::default(),
            keys => Seen::stored(keys.keys()),
        }
    }

    pub(super) fn account_of_device(&self) -> Option<String> {
        let device = DeviceArn::parse(&self.device.as_ref()?.value)?;
        Some(device.account.to_owned())
    }
}

/// Where AWS is, and the device that is stored.
struct Resolved {
    aws: AwsServices,
    device: Option<Setting<String>>,
    /// Why the stored one can't be used: it is of another part of AWS than the region.
    device_problem: Option<Error>,
}

impl Resolved {
    fn new(
        resolve: impl Fn(Option<&Setting<String>>) -> Result<AwsServices, Error>,
        stored: Option<Setting<String>>,
        given: Option<&str>,
        can_ask: bool,
    ) -> Result<Self, Error> {
        let given = given.map(str::to_owned);
        let given = given.map(|given| Setting::new(given, Origin::Flag("--device")));
        match resolve(given.as_ref().or(stored.as_ref())) {
            Ok(aws) => Ok(Self {
                aws,
                device: stored,
                device_problem: None,
            }),
            Err(problem) if can_ask && given.is_none() => Ok(Self {
                aws: resolve(None)?,
                device: None,
                device_problem: Some(problem),
            }),
            Err(problem) => Err(problem),
        }
    }
}

/// Returns an error if a refresh would, whatever device and duration will be chosen.
fn check_refresh(
    context: &Context<'_>,
    role: Option<Setting<String>>,
    sections: &ProfileSections<'_>,
) -> Result<(), Error> {
    let args = RefreshArgs {
        code: CodeArgs {
            device: Some("GAHT00000000".to_owned()),
            ..CodeArgs::default()
        },
        duration: Some("1h".to_owned()),
        ..RefreshArgs::default()
    };
    let (selection, environment) = (&context.selection, context.environment);
    RefreshSettings::resolve(selection, role, &args, environment, sections).map(drop)
}

/// What is in the session's section instead of a session.
fn misplaced(sections: &ProfileSections<'_>) -> Result<Option<Misplaced>, Error> {
    let long_term = sections.long_term.as_ref();
    let long_term = long_term.map(|section| &section.properties);
    let holds_keys =
        |section: &&FileSection<'_>| has_permanent_keys(&section.properties, long_term);
    let Some(section) = sections.session.as_ref().filter(holds_keys) else {
        return Ok(None);
    };
    match UselessKeys::find(&section.properties) {
        Some(useless) => Ok(Some(Misplaced::Useless(useless))),
        None => LongTermKeys::read_pair(section).map(|keys| Some(Misplaced::Keys(keys))),
    }
}

/// The keys in the long-term section; `None` if they are missing or temporary, which `setup` fixes.
fn long_term_keys(section: &FileSection<'_>) -> Result<Option<LongTermKeys>, Error> {
    match LongTermKeys::read(section) {
        Ok(keys) => Ok(Some(keys)),
        Err(Error::NoLongTermKey { .. }) => Ok(None),
        Err(error) => match LongTermKeys::read_pair(section) {
            Ok(keys) if keys.is_temporary() => Ok(None),
            // Only their token is in the way, which goes.
            Ok(keys) if section.has("aws_session_token") => Ok(Some(keys)),
            _ => Err(error),
        },
    }
}
