//! Times and durations as people read them. Edge: it reads the time zone.

use std::fmt;
use std::time::Duration;

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::clock;
use crate::session::YEARS;

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody at a terminal, who knows the time zone: the day only if it isn't today.
    Person,
    /// A program, or whoever looks into a log some day.
    Log,
}

/// Shows a time in the local time zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalTime(pub(crate) OffsetDateTime, pub(crate) Reader);

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(at, reader) = *self;
        let local = local(at);
        let shown = match (reader, local) {
            (Reader::Person, Some(local)) if is_today(local) => {
                local.format(format_description!("[hour]:[minute]"))
            }
            (Reader::Person, Some(local)) => {
                local.format(format_description!("[year]-[month]-[day] [hour]:[minute]"))
            }
            (Reader::Log, _) | (_, None) => local.unwrap_or(at).format(format_description!(
                "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour \
                 sign:mandatory]:[offset_minute]"
            )),
        };
        f.write_str(&shown.map_err(|_| fmt::Error)?)
    }
}

/// `None` if the time zone isn't known, or local time can't be represented.
fn local(at: OffsetDateTime) -> Option<OffsetDateTime> {
    // On Windows, asking for the offset at times that are too far away panics.
    let is_near = YEARS.contains(&at.year());
    let offset = is_near.then(|| UtcOffset::local_offset_at(at).ok());
    at.checked_to_offset(offset.flatten()?)
}

fn is_today(at: OffsetDateTime) -> bool {
    local(clock::now()).is_some_and(|now| now.date() == at.date())
}

/// Shows a duration, without seconds from an hour up: `35h 49m`, `4m 10s`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLeft(pub(crate) Duration);

impl fmt::Display for TimeLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HOUR: u64 = 3600;
        let seconds = self.0.as_secs();
        // A session is never longer; a clock that is off can be.
        if (24 * HOUR..100 * HOUR).contains(&seconds) {
            write!(f, "{}h", seconds / HOUR)?;
            return match seconds % HOUR / 60 {
                0 => Ok(()),
                minutes => write!(f, " {minutes}m"),
            };
        }
        let shown = if seconds >= HOUR {
            seconds - seconds % 60
        } else {
            seconds
        };
        humantime::format_duration(Duration::from_secs(shown)).fmt(f)
    }
}

/// How long ago something was made: `87 days old`.
pub(crate) fn age(created: OffsetDateTime) -> String {
    match (clock::now() - created).whole_days() {
        ..=0 => "less than a day old".to_owned(),
        1 => "1 day old".to_owned(),
        days => format!("{days} days old"),
    }
}

#[cfg(test)]
mod tests {
    use time::PrimitiveDateTime;

    use super::*;

    #[test]
    fn no_time_is_too_far_away_to_be_shown() {
        for at in [PrimitiveDateTime::MIN, PrimitiveDateTime::MAX] {
            for hours in [-23, 0, 23] {
                let offset = UtcOffset::from_hms(hours, 59 * hours.signum(), 0).unwrap();
                let at = at.assume_offset(offset);
                for reader in [Reader::Person, Reader::Log] {
                    let shown = LocalTime(at, reader).to_string();
                    assert!(shown.contains("9999-"), "{at}");
                }
            }
        }
    }

    #[test]
    fn a_person_sees_the_day_if_it_is_not_today() {
        let now = clock::now();
        let shown = LocalTime(now, Reader::Person).to_string();
        assert_eq!(shown.len(), "23:24".len(), "{shown}");
        for days in [-1, 1, 400] {
            let at = now + time::Duration::days(days);
            let shown = LocalTime(at, Reader::Person).to_string();
            assert_eq!(shown.len(), "2026-11-22 23:24".len(), "{shown}");
        }
        let shown = LocalTime(now, Reader::Log).to_string();
        assert_eq!(shown.len(), "2026-11-22 23:24:05 +01:00".len(), "{shown}");
    }

    #[test]
    fn time_left_is_short() {
        for (seconds, shown) in [
            (43199, "11h 59m"),
            (250, "4m 10s"),
            (86400, "24h"),
            (35 * 3600 + 49 * 60 + 59, "35h 49m"),
            (100 * 3600, "4days 4h"),
            (3600, "1h"),
        ] {
            assert_eq!(TimeLeft(Duration::from_secs(seconds)).to_string(), shown);
        }
    }
}
