//! The signals that end, stop or continue this process. Edge.
//!
//! While the runtime works, [`Stream`] delivers them, so that the terminal can be restored first. At
//! all other times they do what they do without a handler; so they do if the runtime doesn't react,
//! because its thread is blocked. What was ignored when the process
//! started (by `nohup`, or in a background job) stays ignored, for the command of `exec`, too, where
//! the system tells (Linux with /proc).

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGXFSZ};
use signal_hook::{flag, low_level};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Those that end the process.
const ENDING: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];
/// Those that stop and continue it.
const STOPPING: [i32; 2] = [SIGTSTP, SIGCONT];

/// Whether signals act as if there were no handlers: handlers, once installed, stay.
static BY_DEFAULT: AtomicBool = AtomicBool::new(true);
/// Whether there is a [`Delivery`].
static DELIVERING: AtomicBool = AtomicBool::new(false);
/// The last signal that should have ended the process; 0 if none has arrived.
static ARRIVED: AtomicUsize = AtomicUsize::new(0);
/// For handlers that do nothing.
static UNUSED: AtomicUsize = AtomicUsize::new(0);

/// How long the runtime may take to react to a signal that ends the process.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long while what AWS gave isn't stored yet: a slow disk, or several requests to a network that
/// is going away, may need that long.
const PATIENCE_WHILE_STORING: Duration = Duration::from_mins(2);

static STORING: AtomicBool = AtomicBool::new(false);

/// As long as it exists, a blocked runtime gets more time.
pub(crate) struct Storing;

impl Storing {
    pub(crate) fn begin() -> Self {
        STORING.store(true, Ordering::SeqCst);
        Self
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        STORING.store(false, Ordering::SeqCst);
    }
}

/// As long as it exists, signals are for the [`Stream`].
pub(crate) struct Delivery;

impl Delivery {
    /// `give_up` is called before the process ends by a signal to which the runtime didn't react.
    pub(crate) fn begin(give_up: fn()) -> io::Result<Self> {
        DELIVERING.store(true, Ordering::SeqCst);
        BY_DEFAULT.store(false, Ordering::SeqCst);
        let delivery = Self;
        std::thread::Builder::new().spawn(move || watch(give_up))?;
        Ok(delivery)
    }

    /// Ends the delivery; returns a signal that arrived but wasn't taken from the stream.
    pub(crate) fn end(self) -> Option<i32> {
        drop(self);
        let arrived = ARRIVED.swap(0, Ordering::SeqCst);
        i32::try_from(arrived).ok().filter(|signal| *signal != 0)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        DELIVERING.store(false, Ordering::SeqCst);
        BY_DEFAULT.store(true, Ordering::SeqCst);
    }
}

/// Whether a signal has arrived that ends the process.
pub(crate) fn is_ending() -> bool {
    ARRIVED.load(Ordering::SeqCst) != 0
}

/// Ends the process by a signal that arrived some time ago. Ends with the delivery.
fn watch(give_up: fn()) {
    const STEP: Duration = Duration::from_millis(250);
    let mut waited = Duration::ZERO;
    while DELIVERING.load(Ordering::SeqCst) {
        std::thread::sleep(STEP);
        let arrived = ARRIVED.load(Ordering::SeqCst);
        waited = if arrived == 0 {
            Duration::ZERO
        } else {
            waited + STEP
        };
        let patience = if STORING.load(Ordering::SeqCst) {
            PATIENCE_WHILE_STORING
        } else {
            PATIENCE
        };
        if waited > patience
            && let Ok(signal) = i32::try_from(arrived)
        {
            give_up();
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

/// The signals that arrive, except those that were ignored from the start.
pub(crate) struct Stream {
    signals: Vec<(i32, Signal)>,
}

impl Stream {
    /// Must be called within the runtime.
    pub(crate) fn open() -> io::Result<Self> {
        let handled = handled()?;
        let open = |number: &i32| Ok((*number, signal(SignalKind::from_raw(*number))?));
        Ok(Self {
            signals: handled.iter().map(open).collect::<io::Result<_>>()?,
        })
    }

    pub(crate) async fn next(&mut self) -> i32 {
        std::future::poll_fn(|context| {
            for (number, signal) in &mut self.signals {
                if signal.poll_recv(context).is_ready() {
                    return Poll::Ready(*number);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// The signals to handle. Prepares them all at the first call.
fn handled() -> io::Result<&'static [i32]> {
    static HANDLED: OnceLock<Vec<i32>> = OnceLock::new();
    if let Some(handled) = HANDLED.get() {
        return Ok(handled);
    }
    let ignored = ignored();
    let is_handled = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
    for signal in ENDING.into_iter().filter(is_handled) {
        flag::register_conditional_default(signal, &BY_DEFAULT)?;
        flag::register_usize(signal, &ARRIVED, signal.unsigned_abs() as usize)?;
    }
    if is_handled(&SIGTSTP) {
        flag::register_conditional_default(SIGTSTP, &BY_DEFAULT)?;
    }
    // With a handler, a file that grows too large is an error of the write; and children can be
    // waited for although SIGCHLD was ignored.
    for signal in [SIGXFSZ, SIGCHLD] {
        flag::register_usize(signal, &UNUSED, 0)?;
    }
    let all = ENDING.into_iter().chain(STOPPING);
    Ok(HANDLED.get_or_init(|| all.filter(is_handled).collect()))
}

/// The set of signals that were ignored when the process started, as bits; signal 1 is the lowest.
#[cfg(target_os = "linux")]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let set = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
        .unwrap_or_default()
}

/// Safe code can't ask elsewhere.
#[cfg(not(target_os = "linux"))]
fn ignored() -> u64 {
    0
}
