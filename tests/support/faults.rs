//! What goes wrong with the answers of the loopback AWS, on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};

use super::sts::Reply;

/// A captive portal's page.
const PORTAL: &str = "<!DOCTYPE html><html><body>Welcome to Hotel WiFi!<br>\
                      \u{1b}[31mSign in</body></html>";

/// How an answer goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed after the request was read, and nothing is done.
    Drop,
    /// HTTP 500 with an error of AWS's.
    InternalFailure,
    Throttle,
    /// A captive portal's page, with status 200.
    CaptivePortal,
    /// Status 200 and nothing else.
    Empty,
    /// The connection is closed in the middle of the body.
    HalfAnswer,
    /// A whole HTTP answer whose XML ends within the session token.
    TruncatedXml,
    /// The body begins and never ends.
    StalledBody,
    /// No answer at all, and nothing is done.
    NoAnswer,
    /// 64 MB of body.
    HugeBody,
    /// A body that goes on for as long as somebody reads it.
    EndlessBody,
    /// This status, and a place at this address to ask instead.
    Redirect(u16, SocketAddr),
    /// A refusal that repeats the code wherever it can.
    RepeatsCode,
    /// As from a portal, with the code in the content type.
    RepeatsCodeInContentType,
    /// A key that begins with AKIA.
    PermanentKey,
    /// A session token of 16 KiB.
    LongestToken,
    /// A longer one.
    LongToken,
    ExpirationFarAway,
    /// An account that isn't a number.
    NoAccount,
    /// An ARN of 10,000 characters.
    LongArn,
    TokenWithLineBreak,
    ExpirationInThePast,
    ExpirationUnreadable,
    /// This error code and message, with status 403.
    Refusal(&'static str, &'static str),
    /// AccessDenied, as a policy of a VPC endpoint answers.
    EndpointPolicy,
    /// A refusal whose code and words would clear the screen, set the window's title, turn text
    /// round, and go on for long.
    HostileWords,
    /// As an account whose root user asks: one hour, whatever was asked for.
    OneHourOnly,
    /// It is done, and answered properly after 400 ms.
    Slow,
    /// It is done, and the connection is closed without an answer.
    DoneThenDrop,
    /// It is done, and answered with HTTP 500.
    DoneThenInternalFailure,
    /// It is done, and the connection is closed in the middle of the body: another name for
    /// [`Fault::HalfAnswer`].
    DoneThenHalfAnswer,
    /// It is done, and a captive portal's page answers, with status 200.
    DoneThenCaptivePortal,
    /// It is done, and the answer lacks the secret; if it has none, the IDs and serials.
    DoneThenMissingFields,
    /// It is done, and the answer's result is empty: no key, no list.
    DoneThenEmptyResult,
}

impl Fault {
    /// Whether there is no answer.
    pub(super) fn is_silence(self) -> bool {
        matches!(self, Fault::Drop | Fault::NoAnswer | Fault::DoneThenDrop)
    }

    /// What becomes of the answer to what was done.
    pub(super) fn after(self, mut reply: Reply) -> Reply {
        match self {
            Fault::DoneThenInternalFailure => internal_failure(),
            Fault::DoneThenCaptivePortal => page(PORTAL),
            Fault::DoneThenMissingFields => {
                if !remove(&mut reply.body, "SecretAccessKey") {
                    remove(&mut reply.body, "AccessKeyId");
                    remove(&mut reply.body, "SerialNumber");
                    remove(&mut reply.body, "AccessKeyLastUsed");
                }
                reply
            }
            Fault::DoneThenEmptyResult => {
                let content = reply.body.find("Result>").map(|start| start + 7);
                let range = content.zip(reply.body.rfind("Result>"));
                if let Some((start, end)) = range
                    && let Some(end) = reply.body[..end].rfind("</")
                    && start <= end
                {
                    reply.body.replace_range(start..end, "");
                }
                reply
            }
            _ => reply,
        }
    }

    /// What is answered instead, if nothing is looked at and nothing done.
    pub(super) fn instead(self, parameters: &BTreeMap<String, String>) -> Option<Reply> {
        Some(match self {
            Fault::InternalFailure => internal_failure(),
            Fault::Refusal(code, message) => Reply::error(403, code, message),
            Fault::HostileWords => {
                // XML has control characters only by reference, if at all.
                let words = "&#x1b;[2J&#x1b;]0;title&#x7;\r\nfile saved\u{9b}31m \
                             \u{202e}desrever\u{2069} \u{200b}end";
                let long = "z".repeat(50_000);
                Reply::error(403, "Denied&#x1b;[1A", &format!("{words} {long}"))
            }
            Fault::RepeatsCode => {
                let code = parameters.get("TokenCode").map_or("", String::as_str);
                let spelled: Vec<String> = code.chars().map(String::from).collect();
                let mut reply = Reply::error(
                    403,
                    &format!("Denied{code}{}", spelled.join("-")),
                    &format!("{}code {code} is not one of {code}{code}", "z ".repeat(190)),
                );
                reply.body = reply.body.replace("c6104cbe", &format!("c6104cbe-{code}"));
                reply
            }
            Fault::RepeatsCodeInContentType => page("<html>"),
            Fault::Redirect(status, _) => Reply {
                status,
                body: String::new(),
            },
            Fault::Throttle => Reply::error(400, "Throttling", "Rate exceeded"),
            Fault::CaptivePortal => page(PORTAL),
            // Of silence nobody sees the page.
            Fault::Empty | Fault::Drop | Fault::NoAnswer => page(""),
            Fault::EndpointPolicy => {
                let message = "no VPC endpoint policy allows this action";
                Reply::error(403, "AccessDenied", message)
            }
            _ => return None,
        })
    }
}

fn internal_failure() -> Reply {
    Reply::error(500, "InternalFailure", "We encountered an internal error.")
}

fn page(body: &str) -> Reply {
    Reply {
        status: 200,
        body: body.to_owned(),
    }
}

/// Removes all elements of this name; tells whether there were any.
fn remove(xml: &mut String, element: &str) -> bool {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut has_any = false;
    while let Some(start) = xml.find(&open) {
        let end = start + xml[start..].find(&close).unwrap() + close.len();
        xml.replace_range(start..end, "");
        has_any = true;
    }
    has_any
}

/// How a body ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    Proper,
    Broken,
    Stalled,
    Never,
}

/// A body that can end badly.
pub(super) struct Parts {
    pub(super) parts: VecDeque<Bytes>,
    pub(super) end: End,
}

impl Parts {
    pub(super) fn half(body: &str, end: End) -> Self {
        Self {
            parts: [Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2])].into(),
            end,
        }
    }
}

impl Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match (self.parts.pop_front(), self.end) {
            (Some(part), _) => Poll::Ready(Some(Ok(Frame::data(part)))),
            (None, End::Proper) => Poll::Ready(None),
            (None, End::Broken) => Poll::Ready(Some(Err(io::Error::other("broken on demand")))),
            (None, End::Stalled) => Poll::Pending,
            (None, End::Never) => {
                let more = Bytes::from(vec![b' '; 65_536]);
                Poll::Ready(Some(Ok(Frame::data(more))))
            }
        }
    }
}
