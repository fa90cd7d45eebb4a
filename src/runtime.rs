//! The asynchronous runtime, started only if there is something to wait for. Edge.

use crate::error::Error;
use crate::terminal;

/// Runs `work` to its end or a signal; doesn't wait for blocked calls such as a name lookup.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::cannot("start the network client"))?;
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
