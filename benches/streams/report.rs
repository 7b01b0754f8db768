//! The table at the end.

use std::fmt;

use super::client::Kind;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// From the start of the process until it is ready.
    Ready,
    /// Memory after the start.
    Idle,
    /// Memory for one who looks on while nothing happens.
    Viewer,
    /// From the click to the first text, less what the model took by itself.
    ClickMedian,
    /// The same, of one in a hundred.
    ClickWorst,
    /// From the moment that the model sent the first token until it was there.
    FirstMedian,
    /// The same, of one in a hundred.
    FirstWorst,
    /// The same for all other tokens.
    TokenMedian,
    /// The same, of one in a hundred.
    TokenWorst,
    /// Processor time of the server for a token that it passes on, all else included.
    Cpu,
    /// Processor time of the database's server for it.
    DatabaseCpu,
    /// Bytes that the database's server writes to its log for it.
    DatabaseLog,
    /// How many replies' worth of tokens pass in a second.
    Replies,
    /// Bytes that come over the connection for a byte of text.
    Bytes,
    /// The most memory.
    Peak,
}

impl Figure {
    fn name(self) -> &'static str {
        match self {
            Self::Ready => "start to ready",
            Self::Idle => "memory, idle",
            Self::Viewer => "memory, idle viewer",
            Self::ClickMedian => "click to first text, added, p50",
            Self::ClickWorst => "click to first text, added, p99",
            Self::FirstMedian => "first token, added, p50",
            Self::FirstWorst => "first token, added, p99",
            Self::TokenMedian => "later token, added, p50",
            Self::TokenWorst => "later token, added, p99",
            Self::Cpu => "CPU a token",
            Self::DatabaseCpu => "database CPU a token",
            Self::DatabaseLog => "database WAL a token",
            Self::Replies => "replies a second",
            Self::Bytes => "bytes a byte of text",
            Self::Peak => "memory, peak",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Cpu | Self::DatabaseCpu => "µs",
            Self::Bytes | Self::Replies => "",
            Self::DatabaseLog => "B",
            Self::Viewer => "KiB",
            Self::Idle | Self::Peak => "MiB",
            _ => "ms",
        }
    }
}

/// A figure's aim.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    /// At most this much.
    Most(f64),
    /// At most so many times what the bare proxy takes.
    Times(f64),
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Most(most) => write!(f, "≤ {most}"),
            Self::Times(times) => write!(f, "≤ {times} times"),
        }
    }
}

struct Row {
    part: &'static str,
    figure: Figure,
    aim: Option<Aim>,
    /// Of both columns, a value a round.
    values: [Vec<f64>; 2],
}

/// All that was measured.
pub struct Report {
    /// Who is compared with whom.
    columns: [Kind; 2],
    rows: Vec<Row>,
    /// How many answers came, whole and right.
    pub right: usize,
    /// What was wrong with the others.
    pub problems: Vec<String>,
}

impl Report {
    /// An empty one that compares the first with the second.
    pub fn of(columns: [Kind; 2]) -> Self {
        Self { columns, rows: Vec::new(), right: 0, problems: Vec::new() }
    }

    /// Notes one round's value.
    pub fn note(&mut self, part: &'static str, kind: Kind, figure: Figure, value: f64, aim: Option<Aim>) {
        let found = self.rows.iter().position(|row| row.part == part && row.figure == figure);
        let place = found.unwrap_or_else(|| {
            self.rows.push(Row { part, figure, aim, values: Default::default() });
            self.rows.len() - 1
        });
        let Some(row) = self.rows.get_mut(place) else { return };
        for (column, values) in self.columns.iter().zip(&mut row.values) {
            if *column == kind {
                values.push(value);
            }
        }
    }

    /// Prints the table and what went wrong.
    pub fn print(&self) {
        let [first, second] = self.columns.map(Kind::name);
        println!("\n{:36}{first:>13}{second:>13}{:>10}   aim", "", "ratio");
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        let mut part = "";
        while let Some(first) = rows.first().map(|row| row.part) {
            let (mut these, others): (Vec<&Row>, Vec<&Row>) = rows.into_iter().partition(|row| row.part == first);
            these.sort_unstable_by_key(|row| row.figure);
            for row in these {
                if part != row.part {
                    part = row.part;
                    println!("{part}");
                }
                println!("{row}");
            }
            rows = others;
        }
        println!("\n{} answers came whole and right (SHA-256); {} problems.", self.right, self.problems.len());
        for problem in self.problems.iter().take(20) {
            println!("  {problem}");
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.figure.unit();
        let [parlance, proxy] = &self.values;
        let (parlance, proxy) = (median(parlance), median(proxy));
        let ratio = parlance / proxy;
        let shown = |value: f64| format!("{value:.2} {unit:3}");
        write!(f, "  {:34}{:>13}{:>13}{ratio:>10.2}", self.figure.name(), shown(parlance), shown(proxy))?;
        let Some(aim) = self.aim else { return Ok(()) };
        let held = match aim {
            Aim::Most(most) => parlance <= most,
            Aim::Times(times) => ratio <= times,
        };
        let unit = if matches!(aim, Aim::Most(_)) { unit } else { "" };
        write!(f, "   {:16}{}", format!("{aim} {unit}"), if held { "held" } else { "MISSED" })
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    (middle(sorted.len().saturating_sub(1) / 2) + middle(sorted.len() / 2)) / 2.0
}
