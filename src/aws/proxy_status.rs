//! What a proxy answers when it is asked for a tunnel, which the HTTP client doesn't tell. Edge.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::sanitize;
use crate::settings::Proxy;

/// It has just answered.
const TIMEOUT: Duration = Duration::from_secs(5);
/// In bytes; of the answer, only the first line counts.
const MAX_LINE: u64 = 1024;

/// Asks once more for a tunnel to `host`; returns the status, such as `502 Bad Gateway`. `None` for
/// a proxy with TLS, or if the answer isn't one of HTTP.
pub(super) async fn status(proxy: &Proxy, host: &str) -> Option<String> {
    let line = timeout(TIMEOUT, first_line(proxy, host)).await.ok()??;
    let (version, status) = line.split_once(' ')?;
    // A second try may have succeeded.
    let is_status = matches!(
        status.as_bytes(),
        [b'1' | b'3'..=b'9', b'0'..=b'9', b'0'..=b'9', ..]
    );
    (version.starts_with("HTTP/") && is_status).then(|| sanitize::excerpt(status))
}

async fn first_line(proxy: &Proxy, host: &str) -> Option<String> {
    let target = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:443")
    };
    let (address, authorization) = proxy.for_tunnel(host)?;
    let mut stream = TcpStream::connect(address).await.ok()?;
    let authorization = authorization.map(|value| format!("Proxy-Authorization: {value}\r\n"));
    let request = format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{}\r\n",
        authorization.unwrap_or_default()
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    let mut stream = stream.take(MAX_LINE);
    while !answer.contains(&b'\n') {
        if stream.read_buf(&mut answer).await.ok()? == 0 {
            break;
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    answer.lines().next().map(str::to_owned)
}
