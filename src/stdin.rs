//! One line of standard input, unless that is a terminal. Edge.

use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::time::Duration;

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::console::Console;
use crate::error::Error;
use crate::secret::Secret;

/// A pipe that answers at once isn't worth a message.
const MENTION_AFTER: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_secs(30);
/// In bytes; more than any code or key.
const MAX_LINE: u64 = 4096;

/// Reports that it is reading `what` if that takes long. Returns `None` if standard input is a
/// terminal, ends or stays silent. Returns an error if the system has no thread for it.
pub(crate) async fn line(what: &str, console: &Console) -> Result<Option<Secret>, Error> {
    if io::stdin().is_terminal() {
        return Ok(None);
    }
    let (sender, receiver) = oneshot::channel();
    // The thread may read forever; nobody waits for it.
    let reader = std::thread::Builder::new();
    let reader = reader.spawn(move || drop(sender.send(read_line())));
    reader.map_err(Error::cannot("start a thread to read standard input"))?;
    tokio::pin!(receiver);
    let line = tokio::select! {
        line = &mut receiver => line,
        () = tokio::time::sleep(MENTION_AFTER) => {
            console.report(format_args!("reading {what} from standard input"));
            match tokio::time::timeout(TIMEOUT, receiver).await {
                Ok(line) => line,
                Err(_) => return Ok(None),
            }
        }
    };
    Ok(line.ok().and_then(Result::ok))
}

fn read_line() -> io::Result<Secret> {
    let mut line = Zeroizing::new(Vec::new());
    BufReader::new(io::stdin().lock())
        .take(MAX_LINE)
        .read_until(b'\n', &mut line)?;
    Ok(Secret::new(String::from_utf8_lossy(&line)))
}
