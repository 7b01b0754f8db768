//! A reply that waits for its provider, which takes no more for now.

/// Seconds are told in steps of so many, so that a page changes now and then and not all the time.
const STEP: u64 = 5;

/// Where a reply stands in the line of those that wait for the same model of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place, from 1.
    pub place: u64,
    /// In about how many seconds the provider is asked again by whoever is first; 0 if that is being done.
    pub seconds: u64,
}

impl Waiting {
    /// Of how many are before it, and when the provider is asked again, in microseconds since 1970 UTC.
    #[must_use]
    pub fn new(before: i64, asked_at: i64, now: i64) -> Self {
        let micros = u64::try_from(asked_at.saturating_sub(now)).unwrap_or_default();
        let seconds = micros.div_ceil(1_000_000).div_ceil(STEP) * STEP;
        Self { place: u64::try_from(before).unwrap_or_default().saturating_add(1), seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up_and_what_is_over_is_now() {
        let seconds = |micros: i64| Waiting::new(0, 1_000 + micros, 1_000).seconds;
        assert_eq!([-5, 0, 1, 5_000_000, 5_000_001, 61_000_000].map(seconds), [0, 0, 5, 5, 10, 65]);
        assert_eq!(Waiting::new(2, 0, 0).place, 3);
    }
}
