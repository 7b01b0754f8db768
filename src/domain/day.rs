//! Days and moments as people and documents write them (ISO 8601), in UTC.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Microseconds of a day, as all clocks of computers count them: without leap seconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The days of four centuries, after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// From the first of March of the year 0, with which an era begins, to 1970.
const BEFORE_1970: i64 = 719_468;

/// A day of the years 0 to 9999, written `2026-11-21`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Day(i64);

/// A text that names no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no day")]
pub struct NoDay;

impl Day {
    /// The day of a moment in microseconds since 1970 UTC.
    #[must_use]
    pub fn of(moment: i64) -> Self {
        Self(moment.div_euclid(DAY))
    }

    /// The day that is so many days after the first one of 1970.
    #[must_use]
    pub fn numbered(number: i64) -> Self {
        Self(number)
    }

    /// How many days after the first one of 1970 it is: how databases keep it.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// The day so many days later, or earlier.
    #[must_use]
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The first day of its month.
    #[must_use]
    pub fn month(self) -> Self {
        let (year, month, _) = self.calendar();
        Self::on(year, month, 1)
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn next_month(self) -> Self {
        // Every month is over 31 days after it began.
        self.month().plus(31).month()
    }

    /// When it begins, in microseconds since 1970 UTC.
    #[must_use]
    pub fn begins(self) -> i64 {
        self.0.saturating_mul(DAY)
    }

    /// When it is over, in microseconds since 1970 UTC.
    #[must_use]
    pub fn ends(self) -> i64 {
        self.begins().saturating_add(DAY)
    }

    /// By the calendar; a day that the month does not have is one of the next. The years are counted from March, so that
    /// a leap day is the last of its year.
    fn on(year: i64, month: i64, day: i64) -> Self {
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * month + 2) / 5 + day - 1;
        Self(era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - BEFORE_1970)
    }

    /// Year, month and day.
    fn calendar(self) -> (i64, i64, i64) {
        let since = self.0.saturating_add(BEFORE_1970);
        let (era, days) = (since.div_euclid(ERA), since.rem_euclid(ERA));
        let year = (days - days / 1_460 + days / 36_524 - days / 146_096) / 365;
        let of_year = days - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        (era * 400 + year, month, day)
    }
}

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()));
            part.and_then(|part| part.parse::<i64>().ok()).ok_or(NoDay)
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let found = Self::on(year, month, day);
        let is_one = parts.next().is_none() && found.calendar() == (year, month, day);
        if is_one { Ok(found) } else { Err(NoDay) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.calendar();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = NoDay;

    fn try_from(text: String) -> Result<Self, NoDay> {
        text.parse()
    }
}

/// A moment in microseconds since 1970 UTC, as `2026-11-21 09:05:01`.
#[must_use]
pub fn written(moment: i64) -> String {
    let seconds = moment.rem_euclid(DAY) / 1_000_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{} {hour:02}:{minute:02}:{second:02}", Day::of(moment))
}

/// The same as documents and programs write it, `2026-11-21T09:05:01Z`.
#[must_use]
pub fn timestamp(moment: i64) -> String {
    format!("{}Z", written(moment).replacen(' ', "T", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written() {
        for text in ["1970-01-01", "2000-02-29", "2026-11-21", "1969-12-31", "0000-01-01", "9999-12-31"] {
            assert_eq!(text.parse::<Day>().map(|day| day.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("2026-11-21".parse::<Day>().map(Day::begins), Ok(1_795_219_200_000_000));
    }

    #[test]
    fn days_follow_each_other_through_four_centuries() {
        let mut day = "1900-01-01".parse::<Day>().unwrap();
        for _ in 0..ERA {
            let next = Day::of(day.ends());
            assert_eq!(next.to_string().parse(), Ok(next));
            assert!(next.to_string() > day.to_string());
            day = next;
        }
        assert_eq!(day.to_string(), "2300-01-01");
    }

    #[test]
    fn what_the_calendar_does_not_have_is_no_day() {
        for text in [
            "",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "26-01-01",
            "2026-11-21-1",
            "２０２６-11-21",
            "-026-01-01",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NoDay), "{text}");
        }
    }

    #[test]
    fn months_begin_with_their_first_day_and_follow_each_other() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (text, month, next) in [
            ("2026-11-21", "2026-11-01", "2026-12-01"),
            ("2026-12-31", "2026-12-01", "2027-01-01"),
            ("2028-02-29", "2028-02-01", "2028-03-01"),
            ("2027-01-01", "2027-01-01", "2027-02-01"),
        ] {
            assert_eq!((day(text).month(), day(text).next_month()), (day(month), day(next)), "{text}");
        }
        assert_eq!(Day::numbered(day("2026-11-21").number()), day("2026-11-21"));
    }

    #[test]
    fn a_moment_is_written_to_the_second() {
        assert_eq!(written(1_795_251_901_999_999), "2026-11-21 09:05:01");
        assert_eq!(written(-1), "1969-12-31 23:59:59");
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
    }
}
