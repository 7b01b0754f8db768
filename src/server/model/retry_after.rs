//! How long a server wants to be left alone: `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::domain::day::Day;

/// The months as dates name them.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How long the answer with these headers wants its caller to wait; `None` if it does not say so, or as nobody can read it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = moment(value)?;
    // By the server's own clock, if it tells: ours may be another.
    let now = text(DATE).and_then(moment).unwrap_or_else(now);
    // What is over is no wait.
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or_default()))
}

/// The seconds since 1970 of a date like `Sun, 06 Nov 1994 08:49:37 GMT`, the one form in which they are to be sent.
fn moment(text: &str) -> Option<i64> {
    let (_, text) = text.split_once(", ")?;
    let mut parts = text.split(' ');
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next() != Some("GMT") || parts.next().is_some() {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let day: Day = format!("{year}-{month:02}-{day}").parse().ok()?;
    let mut clock = time.splitn(3, ':').map(|part| {
        let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    // 60 is a leap second.
    let is_time = hour < 24 && minute < 60 && second <= 60;
    is_time.then(|| day.begins() / 1_000_000 + hour * 3_600 + minute * 60 + second)
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        date.map(|date| headers.insert(DATE, date.parse().unwrap()));
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(wait(" 120 ", None), Some(120));
        assert_eq!(moment("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        let at = |value| wait(value, Some("Thu, 26 Nov 2026 23:59:30 GMT"));
        assert_eq!(at("Fri, 27 Nov 2026 00:00:15 GMT"), Some(45));
        assert_eq!(at("Thu, 26 Nov 2026 23:59:00 GMT"), Some(0));
    }

    #[test]
    fn a_date_without_the_servers_clock_is_measured_by_ours() {
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", None), Some(0));
        assert!(wait("Fri, 31 Dec 9999 23:59:59 GMT", None) > Some(1_000_000));
    }

    #[test]
    fn what_nobody_can_read_is_no_wait() {
        for nonsense in [
            "",
            "soon",
            "-1",
            "1e99",
            "NaN",
            "Sun, 06 Nov 1994",
            "Sun, 31 Feb 2026 00:00:00 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 8:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 nov 1994 08:49:37 GMT",
            ", , , ,",
        ] {
            assert_eq!(wait(nonsense, None), None, "{nonsense:?}");
        }
    }
}
