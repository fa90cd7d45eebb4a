//! The asynchronous runtime, started only if there is something to wait for. Edge.

use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use time::OffsetDateTime;

use crate::clock;
use crate::console;
use crate::error::Error;
use crate::hardening;
#[cfg(unix)]
use crate::signals;
use crate::terminal;

/// More than the runtime, a connection, a prompt, a command and a new file need together.
#[cfg(unix)]
const OPEN_FILES: usize = 32;

/// A name lookup, certificates, a prompt, standard input and a lock, each of which may block, and one
/// that watches over signals.
const THREADS: usize = 6;

/// How often a signal that waits looks whether it may act.
const STEP: Duration = Duration::from_millis(20);

static SHIELDED: AtomicBool = AtomicBool::new(false);

/// As long as it exists, signals that end the process wait: what was begun can't be left half done.
struct Shield {
    #[cfg(unix)]
    _storing: signals::Storing,
}

impl Shield {
    fn raise() -> Self {
        SHIELDED.store(true, Ordering::SeqCst);
        Self {
            #[cfg(unix)]
            _storing: signals::Storing::begin(),
        }
    }
}

impl Drop for Shield {
    fn drop(&mut self) {
        SHIELDED.store(false, Ordering::SeqCst);
    }
}

/// Runs `work` to its end or a signal; doesn't wait for blocked calls such as a name lookup.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    hardening::forbid_core_files();
    check_system()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::cannot("start the network client"))?;
    #[cfg(unix)]
    let delivery =
        signals::Delivery::begin(terminal::give_up).map_err(Error::cannot("wait for signals"))?;
    let interrupted = async {
        let signal = terminal::interrupted().await;
        if SHIELDED.load(Ordering::SeqCst) {
            console::error("aws-mfa:", &"stopping as soon as nothing can be lost");
        }
        while SHIELDED.load(Ordering::SeqCst) {
            tokio::time::sleep(STEP).await;
        }
        signal
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            biased;
            signal = interrupted => Err(signal),
            outcome = work => outcome,
        }
    });
    #[cfg(unix)]
    let outcome = match delivery.end() {
        // It came while something ran that must not be interrupted.
        Some(signal) => Err(Error::Interrupted { signal }),
        None => outcome,
    };
    runtime.shutdown_background();
    outcome
}

/// Runs `work` to its end, whatever signals arrive meanwhile; returns the error for one that did, too.
pub(crate) fn run_shielded<T>(work: impl Future<Output = T>) -> Result<(T, Option<Error>), Error> {
    let done = RefCell::new(None);
    let ran = run(async {
        let shield = Shield::raise();
        done.replace(Some(work.await));
        drop(shield);
        Ok(())
    });
    match (done.into_inner(), ran) {
        (Some(done), ran) => Ok((done, ran.err())),
        // It never began.
        (None, ran) => Err(ran.err().unwrap_or(Error::Cancelled)),
    }
}

/// Returns an error if the system's limits or clock would make the libraries panic, or fail after a
/// code was spent.
fn check_system() -> Result<(), Error> {
    let now = clock::now();
    if now < OffsetDateTime::UNIX_EPOCH {
        return Err(Error::Clock { year: now.year() });
    }
    let too_few = |what: &'static str, option: &'static str| {
        move |source| Error::Limit {
            what,
            option,
            source,
        }
    };
    #[cfg(unix)]
    {
        let file = std::fs::File::open("/dev/null");
        let copies = file.and_then(|file| {
            let copies = (1..OPEN_FILES).map(|_| file.try_clone());
            copies.collect::<io::Result<Vec<_>>>()
        });
        copies.map_err(too_few("open enough files", "-n"))?;
    }
    start_threads().map_err(too_few("start enough threads", "-u"))
}

/// Starts as many threads as the work may need at once; they end at once, too.
fn start_threads() -> io::Result<()> {
    let all_run = Arc::new(Mutex::new(()));
    let _wait = all_run.lock();
    for _ in 0..THREADS {
        let all_run = Arc::clone(&all_run);
        std::thread::Builder::new().spawn(move || drop(all_run.lock()))?;
    }
    Ok(())
}
