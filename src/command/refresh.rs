//! The main job: refresh `[name]`, unless its session is still valid.
//!
//! The order is the point. Whatever can fail without a code is done before the code is asked for; the code is sent once;
//! what AWS granted is checked before the file is touched.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::profile::{StoredProfile, read_file};
use super::report;
use crate::cli::{CommonArgs, RefreshArgs};
use crate::clock;
use crate::code_source::{Asker, CodeSource};
use crate::console::Console;
use crate::credentials_file::document::Document;
use crate::credentials_file::edit::Text;
use crate::credentials_file::store::{Bytes, Store};
use crate::error::Error;
use crate::long_term_keys::LongTermKeys;
use crate::session::{NotValid, SessionCredentials, TimeLeft, ValidSession};
use crate::settings::{Environment, ProfileSections, RefreshSettings, Selection};
use crate::sts::{Granted, SdkFiles, Sts};
use crate::terminal;
use crate::token_code::TokenCode;

/// Codes that a person may try.
const MAX_CODES: usize = 3;
/// How often the file is written anew where that fails after the code was spent.
const WRITE_ATTEMPTS: usize = 3;
const WRITE_PAUSE: Duration = Duration::from_millis(100);

/// Session tokens have a thousand characters or two, and stand in the file twice; the rehearsal's are shorter.
const ROOM_FOR_TOKENS: usize = 8192;

/// Refreshes the profile's session, unless it is valid and `--force` isn't given.
///
/// # Errors
/// Whatever keeps the session from being valid.
pub(super) fn run(
    common: &CommonArgs,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<(), Error> {
    let selection = Selection::resolve(common, &args.validity, environment)?;
    let store = Store::new(&selection.credentials_file.value);
    let prepare = || prepare(&store, &selection, args, environment, console);
    let (plan, due) = match store.once_settled(prepare)? {
        Prepared::StillValid(session) => {
            report::still_valid(console, &selection, session, environment);
            return Ok(());
        }
        Prepared::Due(plan, due) => (plan, due),
    };
    let (granted, account) = in_runtime(obtain(&plan, &selection, args, &due, console))?;
    store_session(&store, &selection, &granted.credentials, plan.seen, console)?;
    console.detail("the session is stored");
    let account = account.as_deref();
    report::refreshed(
        console,
        &selection,
        &plan.settings,
        &granted,
        account,
        environment,
    );
    Ok(())
}

/// What there is to do.
enum Prepared {
    /// Nothing.
    StillValid(ValidSession),
    /// A refresh, so planned, for this reason.
    Due(Box<Plan>, String),
}

/// Everything that can be done, and can fail, without the network and without a code.
fn prepare(
    store: &Store,
    selection: &Selection,
    args: &RefreshArgs,
    environment: &Environment,
    console: &Console,
) -> Result<Prepared, Error> {
    let bytes = read_file(store, selection, console)?;
    let mut stored = StoredProfile::find(selection.parse(&bytes)?, selection);
    let due = match stored.validity(selection)? {
        Ok(session) if !args.force => return Ok(Prepared::StillValid(session)),
        Ok(_) => "a new session is asked for".to_owned(),
        Err(reason) => due(selection, &reason),
    };
    stored.check_sections()?;
    let plan = Plan::make(selection, stored, bytes.len(), args, environment, console)?;
    console.detail(&due);
    rehearse(store, &bytes, selection, &plan, console)?;
    console.detail("the file can be edited");
    Ok(Prepared::Due(Box::new(plan), due))
}

/// Why a refresh is due, as a sentence's beginning.
fn due(selection: &Selection, reason: &NotValid) -> String {
    format!(
        "the session of profile {} needs a refresh ({reason})",
        selection.profile.value
    )
}

/// All that a refresh needs before a code.
struct Plan {
    keys: LongTermKeys,
    settings: RefreshSettings,
    /// The size of the credentials file that it was made from, in bytes.
    seen: usize,
}

impl Plan {
    fn make(
        selection: &Selection,
        stored: StoredProfile<'_>,
        seen: usize,
        args: &RefreshArgs,
        environment: &Environment,
        console: &Console,
    ) -> Result<Self, Error> {
        let file = &selection.credentials_file.value;
        let known = stored.known();
        let config = config_file(selection)?;
        let mut sections = ProfileSections {
            session: stored.session,
            long_term: stored.long_term,
            ..ProfileSections::default()
        };
        if let Some((path, bytes)) = &config {
            let document = Document::parse(bytes).map_err(|refusal| Error::Refused {
                path: path.clone(),
                refusal,
            })?;
            sections.add_config(
                &document,
                &selection.profile.value,
                &selection.long_term_section,
                path,
            )?;
            console.detail(format_args!("config file: {}", path.display()));
        }
        let long_term = sections
            .long_term
            .as_ref()
            .ok_or_else(|| Error::NoLongTermSection {
                section: selection.long_term_section.clone(),
                path: file.clone(),
                known,
            })?;
        let keys = LongTermKeys::read(long_term, file)?;
        let settings =
            RefreshSettings::resolve(selection, stored.role, args, environment, &sections)?;
        report::settings(console, &keys, selection, &settings);
        Ok(Self {
            keys,
            settings,
            seen,
        })
    }
}

fn config_file(selection: &Selection) -> Result<Option<(PathBuf, Bytes)>, Error> {
    let Some(path) = selection.config_file.as_ref().map(|file| &file.value) else {
        return Ok(None);
    };
    Ok(Store::new(path).read()?.map(|bytes| (path.clone(), bytes)))
}

/// Makes the edit with placeholders, and sees that the folder can be written: what would fail later fails now, before a
/// code is spent.
fn rehearse(
    store: &Store,
    bytes: &[u8],
    selection: &Selection,
    plan: &Plan,
    console: &Console,
) -> Result<(), Error> {
    let role_arn = plan
        .settings
        .role
        .as_ref()
        .map(|role| role.arn.value.clone());
    let placeholder = SessionCredentials::placeholder(clock::now(), role_arn);
    let document = selection.parse(bytes)?;
    let edited = edit(&document, selection, &placeholder)?;
    let path = selection.credentials_file.value.display();
    for oddity in document.oddities() {
        console.warn(format_args!("{path}: {oddity}"));
    }
    store.rehearse(edited.len() + ROOM_FOR_TOKENS, console)
}

/// The edit, of the file as it is at the moment: also then it may hold permanent keys where the session belongs.
fn edit(
    document: &Document<'_>,
    selection: &Selection,
    credentials: &SessionCredentials,
) -> Result<Text, Error> {
    StoredProfile::find(document.clone(), selection).protect_permanent_keys(selection)?;
    let edited = credentials.with_edits(|edits| document.set(&selection.section, edits));
    edited.map_err(|refusal| selection.refused(refusal))
}

/// Runs `work` until it is done or a signal ends it. Nothing that still blocks, such as a name lookup, is waited for.
fn in_runtime<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::Runtime { source })?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            signal = terminal::interrupted() => Err(signal),
            outcome = work => outcome,
        }
    });
    runtime.shutdown_background();
    outcome
}

/// Gets a code and, for it, a session. While the person types, the keys are proven and the connection opened.
async fn obtain(
    plan: &Plan,
    selection: &Selection,
    args: &RefreshArgs,
    due: &str,
    console: &Console,
) -> Result<(Granted, Option<String>), Error> {
    let nobody = || Error::NobodyToAsk {
        reason: due.to_owned(),
        command: report::command_line(selection),
    };
    let source = CodeSource::find(args.token.as_deref(), !args.no_prompt, console, nobody).await?;
    let connect = async {
        let files = SdkFiles {
            profile: &selection.profile.value,
            credentials: &selection.credentials_file.value,
            config: selection
                .config_file
                .as_ref()
                .map(|file| Path::new(&file.value)),
        };
        let sts = Sts::new(&plan.keys, &plan.settings, files).await?;
        console.detail("asking AWS whose keys these are");
        let account = sts.account().await?;
        console.detail(format_args!(
            "account: {}",
            account.as_deref().unwrap_or("unknown, AWS doesn't say")
        ));
        Ok::<_, Error>((sts, account))
    };
    match source {
        CodeSource::Given(code) => {
            let (sts, account) = connect.await?;
            Ok((exchange(&sts, plan, &code, console).await?, account))
        }
        CodeSource::Terminal(terminal) => {
            let mut asker = Asker::new(terminal, prompt(selection, &plan.settings));
            // Bad keys end the prompt: the first error drops, and so withdraws, what is still being waited for. The prompt
            // comes first: making the client takes longer than showing it.
            let (mut code, (sts, account)) = tokio::try_join!(asker.ask(), connect)?;
            for _ in 1..MAX_CODES {
                match exchange(&sts, plan, &code, console).await {
                    Err(Error::Sts(error)) if error.is_wrong_code() => {
                        code = asker.ask_again(code).await?;
                    }
                    outcome => return Ok((outcome?, account)),
                }
            }
            Ok((exchange(&sts, plan, &code, console).await?, account))
        }
    }
}

/// Sends the code, once.
async fn exchange(
    sts: &Sts,
    plan: &Plan,
    code: &TokenCode,
    console: &Console,
) -> Result<Granted, Error> {
    console.detail("sending the code");
    let granted = sts.session(&plan.settings, code).await?;
    console.detail("AWS granted a session");
    Ok(granted)
}

fn prompt(selection: &Selection, settings: &RefreshSettings) -> String {
    let role = settings
        .role
        .as_ref()
        .map(|role| format!(" as {}", role.arn.value))
        .unwrap_or_default();
    format!(
        "MFA code of {} for profile {}{role} ({}): ",
        settings.device.value,
        selection.profile.value,
        TimeLeft(settings.duration.value)
    )
}

/// Writes the session. The code is spent by now, so a failure is tried again.
fn store_session(
    store: &Store,
    selection: &Selection,
    credentials: &SessionCredentials,
    seen: usize,
    console: &Console,
) -> Result<(), Error> {
    let mut attempt = 1;
    loop {
        match store.edit(seen, console, |document| {
            edit(document, selection, credentials)
        }) {
            Ok(_) => return Ok(()),
            Err(source) if attempt == WRITE_ATTEMPTS || has_waited(&source) => {
                return Err(Error::NotStored {
                    source: Box::new(source),
                });
            }
            Err(error) => {
                console.detail(format_args!("{error}; trying again"));
                std::thread::sleep(WRITE_PAUSE);
                attempt += 1;
            }
        }
    }
}

/// Whether the failed attempt has been waiting for others long enough.
fn has_waited(error: &Error) -> bool {
    matches!(error, Error::Locked { .. } | Error::Busy { .. })
}
