//! What benches that use databases share: which ones are measured, and how figures are compared.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// The databases that are measured, each by its name and its URL: SQLite in a file in `folder`, and PostgreSQL if
/// `DATABASE_URL` names a database of one.
pub fn databases(folder: &TempDir) -> Vec<(&'static str, String)> {
    let sqlite = format!("sqlite://{}", folder.path().join("bench.db").display());
    let postgres = std::env::var("DATABASE_URL").ok().filter(|url| url.starts_with("postgres"));
    [("SQLite", Some(sqlite)), ("PostgreSQL", postgres)]
        .into_iter()
        .filter_map(|(name, url)| Some((name, url?)))
        .collect()
}

/// How long something takes, to be compared with something else of the same run.
#[derive(Debug, Default)]
pub struct Figure {
    /// How long it took on average, each time that it was asked for.
    rounds: Vec<Duration>,
}

impl Figure {
    /// Has it done so many times, each with something that is prepared before. Returns how long that took, without the
    /// preparations.
    pub fn time<I, T>(&mut self, times: u64, mut prepare: impl FnMut() -> I, mut once: impl FnMut(I) -> T) -> Duration {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let prepared = black_box(prepare());
            let begun = Instant::now();
            let made = black_box(once(prepared));
            spent += begun.elapsed();
            drop(made);
        }
        self.rounds.extend(u32::try_from(times).ok().and_then(|times| spent.checked_div(times)));
        spent
    }

    /// Says how many times as long as a baseline it takes, both at their median; nothing if one was not asked for.
    pub fn compare(&self, what: &str, baseline: (&str, &Self)) {
        let (name, baseline) = baseline;
        if let (Some(own), Some(other)) = (self.median(), baseline.median()) {
            println!("{what}: {:.2} times {name}", own.div_duration_f64(other));
        }
    }

    fn median(&self) -> Option<Duration> {
        let mut rounds = self.rounds.clone();
        rounds.sort_unstable();
        rounds.get(rounds.len() / 2).copied()
    }
}
