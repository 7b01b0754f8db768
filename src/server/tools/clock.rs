//! What day and time it is.

use crate::domain::day::{Day, written};

const MINUTE: i64 = 60 * 1_000_000;

/// The largest difference from UTC that is in use, in minutes: that of the Line Islands.
const FARTHEST: i64 = 14 * 60;

const WEEKDAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];

/// An offset that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("An offset from UTC is written like +02:00 or -05:30.")]
pub struct NoOffset;

/// A moment in microseconds since 1970 UTC, as it is at an offset from UTC like `+02:00`; empty for UTC itself.
///
/// # Errors
/// If the offset cannot be read.
pub fn tell(moment: i64, offset: &str) -> Result<String, NoOffset> {
    let minutes = minutes(offset.trim())?;
    let there = moment.saturating_add(minutes * MINUTE);
    let day = Day::of(there).begins().div_euclid(24 * 60 * MINUTE);
    let weekday =
        usize::try_from(day.rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or_default();
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    Ok(format!("{weekday}, {} UTC{sign}{hours:02}:{rest:02}", written(there)))
}

fn minutes(offset: &str) -> Result<i64, NoOffset> {
    let offset = offset.strip_prefix("UTC").unwrap_or(offset);
    if matches!(offset, "" | "Z") {
        return Ok(0);
    }
    let (sign, digits) = match offset.split_at_checked(1) {
        Some(("+", digits)) => (1, digits),
        Some(("-", digits)) => (-1, digits),
        _ => return Err(NoOffset),
    };
    let (hours, minutes) = digits.split_once(':').unwrap_or((digits, "0"));
    let number = |text: &str| {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { text.parse::<i64>().map_err(|_| NoOffset) } else { Err(NoOffset) }
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    if minutes < 60 && all <= FARTHEST { Ok(sign * all) } else { Err(NoOffset) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_and_the_time_are_those_of_the_place() {
        let moment = 1_795_228_259_000_000;
        assert_eq!(tell(moment, "").as_deref(), Ok("Saturday, 2026-11-21 02:30:59 UTC+00:00"));
        assert_eq!(tell(moment, "+02:00").as_deref(), Ok("Saturday, 2026-11-21 04:30:59 UTC+02:00"));
        assert_eq!(tell(moment, "UTC-5:30").as_deref(), Ok("Friday, 2026-11-20 21:00:59 UTC-05:30"));
        assert_eq!(tell(0, "Z").as_deref(), Ok("Thursday, 1970-01-01 00:00:00 UTC+00:00"));
    }

    #[test]
    fn what_is_no_offset_is_refused() {
        for wrong in ["Europe/Berlin", "+25:00", "+1:60", "2", "+", "+-1", "+é", "+001", "+15"] {
            assert_eq!(tell(0, wrong), Err(NoOffset), "{wrong}");
        }
    }
}
