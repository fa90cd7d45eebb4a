//! What happens if a bug makes this program panic: the terminal is restored, the bug is reported
//! without secrets, and the process ends without a core dump, which would hold some. Edge.

use std::panic::PanicHookInfo;

use crate::console;
use crate::error::ExitCode;
use crate::terminal;

pub(crate) fn install() {
    std::panic::set_hook(Box::new(|panic| {
        terminal::restore();
        report(panic);
        // Not an abort, which dumps core, nor unwinding, which runs more of what just went wrong.
        #[expect(clippy::exit, reason = "there is nothing to go back to")]
        std::process::exit(ExitCode::Failed.number().into());
    }));
}

fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!(" at {place}"));
    // A literal is part of the program; a formatted message may hold a value.
    let words = panic.payload().downcast_ref::<&'static str>();
    let text = format!(
        "a bug in aws-mfa {}{}: {}",
        env!("CARGO_PKG_VERSION"),
        place.unwrap_or_default(),
        words.unwrap_or(&"its message is hidden, as it may contain a secret"),
    );
    console::error("aws-mfa: error:", &text);
    console::hint(&"please report this bug and what you did; the credentials file is intact");
}
