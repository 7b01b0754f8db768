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
            Self::ClickMedian => "click to first text, added, p50",
            Self::ClickWorst => "click to first text, added, p99",
            Self::FirstMedian => "first token, added, p50",
            Self::FirstWorst => "first token, added, p99",
            Self::TokenMedian => "later token, added, p50",
            Self::TokenWorst => "later token, added, p99",
            Self::Cpu => "CPU a token",
            Self::Bytes => "bytes a byte of text",
            Self::Peak => "memory, peak",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Cpu => "µs",
            Self::Bytes => "",
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
    /// Parlance's and the proxy's, a value a round.
    values: [Vec<f64>; 2],
}

/// All that was measured.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    /// How many answers came, whole and right.
    pub right: usize,
    /// What was wrong with the others.
    pub problems: Vec<String>,
}

impl Report {
    /// Notes one round's value.
    pub fn note(&mut self, part: &'static str, kind: Kind, figure: Figure, value: f64, aim: Option<Aim>) {
        let found = self.rows.iter().position(|row| row.part == part && row.figure == figure);
        let place = found.unwrap_or_else(|| {
            self.rows.push(Row { part, figure, aim, values: Default::default() });
            self.rows.len() - 1
        });
        let Some(row) = self.rows.get_mut(place) else { return };
        let [parlance, proxy] = &mut row.values;
        match kind {
            Kind::Parlance => parlance.push(value),
            Kind::Proxy => proxy.push(value),
        }
    }

    /// Prints the table and what went wrong.
    pub fn print(&self) {
        println!("\n{:36}{:>13}{:>13}{:>10}   aim", "", "parlance", "bare proxy", "ratio");
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
