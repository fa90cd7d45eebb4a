//! Times and durations as people read them. Edge: it reads the time zone.

use std::fmt;
use std::time::Duration;

use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use crate::clock;
use crate::session::YEARS;

/// Shows a time in the local time zone, with the offset from UTC at that time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalTime(pub(crate) OffsetDateTime);

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // On Windows, asking for the offset at times that are too far away panics.
        let is_near = YEARS.contains(&self.0.year());
        let offset = is_near.then(|| UtcOffset::local_offset_at(self.0).ok());
        let offset = offset.flatten().unwrap_or(UtcOffset::UTC);
        let form = format_description!(
            "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour \
             sign:mandatory]:[offset_minute]"
        );
        // In the last hours that can be represented, local time may be too late.
        let local = self.0.checked_to_offset(offset).unwrap_or(self.0);
        f.write_str(&local.format(form).map_err(|_| fmt::Error)?)
    }
}

/// Shows a duration, without seconds from an hour up: `11h 59m`, `4m 10s`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLeft(pub(crate) Duration);

impl fmt::Display for TimeLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let shown = if seconds >= 3600 {
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
                assert!(LocalTime(at).to_string().contains("9999-"), "{at}");
            }
        }
    }

    #[test]
    fn time_left_is_short() {
        for (seconds, shown) in [
            (43199, "11h 59m"),
            (250, "4m 10s"),
            (86400 + 3660, "1day 1h 1m"),
            (3600, "1h"),
        ] {
            assert_eq!(TimeLeft(Duration::from_secs(seconds)).to_string(), shown);
        }
    }
}
