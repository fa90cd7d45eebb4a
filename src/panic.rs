//! What is left to do when this program has a bug and panics: the terminal is restored, the bug is
//! reported without a secret, and the process ends without leaving its memory, which holds some, in
//! a core dump. Edge.

use std::panic::PanicHookInfo;

use crate::console;
use crate::error::ExitCode;
use crate::terminal;

/// Makes panics end so, in whatever thread.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|panic| {
        terminal::restore();
        report(panic);
        // Not an abort, which dumps core, nor unwinding, which runs more of what has just gone wrong.
        #[expect(clippy::exit, reason = "there is nothing to go back to")]
        std::process::exit(ExitCode::Failed.number().into());
    }));
}

fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!(" at {place}"));
    // A literal is part of the program. A text that was put together may hold a value.
    let words = panic.payload().downcast_ref::<&'static str>();
    let text = format!(
        "a bug in aws-mfa {}{}: {}",
        env!("CARGO_PKG_VERSION"),
        place.unwrap_or_default(),
        words.unwrap_or(&"its message may hold a secret and isn't shown"),
    );
    console::error("aws-mfa: error:", &text);
    console::hint(
        &"please report it with what you did; the credentials file is whole, for it is only ever \
          replaced in one step",
    );
}
