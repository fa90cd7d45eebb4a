//! The clock. Only this module reads it; all rules take the time as a parameter. Edge.

use time::OffsetDateTime;

#[expect(clippy::disallowed_methods, reason = "the one reader of the clock")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
