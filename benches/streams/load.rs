//! A load on one server, and what was seen of it.

use std::{
    ops::Sub,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, anyhow};
use futures::future::join_all;
use parlance::domain::id::ChatId;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::{
    client::{Answer, Client, Kind},
    database::{self, Database},
    process::Process,
    report::Figure,
    upstream::{self, Said, Upstream},
};

/// How long an answer may take; it is lost if it is not whole by then.
const PATIENCE: Duration = Duration::from_secs(60);
/// The rest that a server has before and after a load, to settle what is left to do.
const SETTLE: Duration = Duration::from_millis(500);

/// Clients that ask, each one question or, as long as it holds, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Its name in the report.
    pub name: &'static str,
    /// How many clients.
    pub clients: u32,
    /// Within which time they begin.
    pub spread: Duration,
    /// How long each begins anew; not at all if it is zero.
    pub hold: Duration,
}

/// What was seen of a load.
#[derive(Default)]
pub struct Outcome {
    /// The figures.
    pub figures: Vec<(Figure, f64)>,
    /// How many answers came, whole and right.
    pub right: usize,
    /// What was wrong with the others.
    pub problems: Vec<String>,
}

struct Asked {
    stream: u64,
    answer: anyhow::Result<Answer>,
}

impl Load {
    /// Lets the clients ask a server, and looks at all that they got.
    pub async fn run(
        self,
        kind: Kind,
        server: &Process,
        model: &Upstream,
        database: Option<&Database>,
    ) -> anyhow::Result<Outcome> {
        sleep(SETTLE).await;
        server.forget_peak();
        let begun = Instant::now() + Duration::from_millis(20);
        let clients = (0..self.clients).map(|place| {
            let first = begun + self.spread * place / self.clients;
            tokio::spawn(keep_asking(Client::new(kind, server.address), first, first + self.hold))
        });
        let clients = join_all(clients.collect::<Vec<_>>());
        let (asked, used, window) = if self.hold > self.spread {
            let window = (begun + self.spread, begun + self.hold);
            let (asked, used) = tokio::join!(clients, used_within(server, database, window));
            (asked, used?, Some(window))
        } else {
            let before = Used::by(server, database).await?;
            let asked = clients.await;
            sleep(SETTLE).await;
            (asked, Used::by(server, database).await? - before, None)
        };
        let peak = server.peak_memory()?;
        let asked: Vec<Asked> = asked.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let mut outcome = Outcome::default();
        let right = judge(asked, model, &mut outcome);
        outcome.figures = figures(&right, window, used);
        outcome.figures.push((Figure::Peak, mebibytes(peak)));
        if kind != Kind::Proxy {
            look_at_what_is_kept(&right, Client::new(kind, server.address), &mut outcome).await;
        }
        outcome.right = right.len();
        Ok(outcome)
    }
}

/// Bytes in the unit of the report.
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

async fn keep_asking(mut client: Client, first: Instant, until: Instant) -> Vec<Asked> {
    static STREAMS: AtomicU64 = AtomicU64::new(1);
    let mut all = Vec::new();
    sleep_until(first).await;
    loop {
        let stream = STREAMS.fetch_add(1, Ordering::Relaxed);
        let answer = timeout(PATIENCE, client.ask(stream)).await;
        let answer = answer.unwrap_or_else(|_| Err(anyhow!("it was not whole after {PATIENCE:?}")));
        let failed = answer.is_err();
        all.push(Asked { stream, answer });
        if failed || Instant::now() >= until {
            return all;
        }
    }
}

/// What a server has used, and the database under it, if there is one.
#[derive(Clone, Copy)]
struct Used {
    cpu: Duration,
    database: Option<database::Used>,
}

impl Used {
    async fn by(server: &Process, database: Option<&Database>) -> anyhow::Result<Self> {
        let database = match database {
            Some(database) => Some(database.used().await?),
            None => None,
        };
        Ok(Self { cpu: server.cpu()?, database })
    }
}

impl Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        let database = self.database.zip(before.database);
        let database =
            database.map(|(after, before)| database::Used { cpu: after.cpu - before.cpu, wal: after.wal - before.wal });
        Self { cpu: self.cpu - before.cpu, database }
    }
}

async fn used_within(
    server: &Process,
    database: Option<&Database>,
    (from, to): (Instant, Instant),
) -> anyhow::Result<Used> {
    sleep_until(from).await;
    let before = Used::by(server, database).await?;
    sleep_until(to).await;
    Ok(Used::by(server, database).await? - before)
}

/// The answers that are whole and right, with what the model noted of them; the others are named.
fn judge(asked: Vec<Asked>, model: &Upstream, outcome: &mut Outcome) -> Vec<(u64, Answer, Said)> {
    let mut right = Vec::new();
    for Asked { stream, answer } in asked {
        let checked = answer.and_then(|answer| {
            check(stream, &answer.text)?;
            Ok((stream, answer, model.said(stream)?))
        });
        match checked {
            Ok(checked) => right.push(checked),
            Err(error) => outcome.problems.push(format!("answer {stream} was lost: {error:#}")),
        }
    }
    right
}

fn check(stream: u64, text: &str) -> anyhow::Result<()> {
    let expected = upstream::answer(stream);
    (Sha256::digest(text) == Sha256::digest(&expected))
        .then_some(())
        .with_context(|| format!("it is wrong: {} bytes where the model said {}", text.len(), expected.len()))
}

async fn look_at_what_is_kept(right: &[(u64, Answer, Said)], mut client: Client, outcome: &mut Outcome) {
    for (stream, answer, _) in right {
        let kept = kept(&mut client, answer.chat).await.and_then(|text| check(*stream, &text));
        if let Err(error) = kept {
            outcome.problems.push(format!("answer {stream} is not kept: {error:#}"));
        }
    }
}

async fn kept(client: &mut Client, chat: Option<ChatId>) -> anyhow::Result<String> {
    timeout(PATIENCE, client.kept(chat.context("an answer without a chat")?)).await?
}

fn figures(answers: &[(u64, Answer, Said)], window: Option<(Instant, Instant)>, used: Used) -> Vec<(Figure, f64)> {
    let counts = |at: Instant| window.is_none_or(|(from, to)| (from..to).contains(&at));
    let (mut clicks, mut firsts, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
    let (mut passed, mut received, mut text) = (0_u32, 0, 0);
    for (_, answer, said) in answers {
        received += answer.received;
        text += answer.text.len();
        for (place, (sent, arrived)) in said.tokens.iter().zip(&answer.arrivals).enumerate() {
            let delay = millis(*arrived - *sent);
            passed += u32::from(counts(*sent));
            // What the model took by itself is not the server's doing.
            let own = *sent - said.asked;
            match place {
                0 if counts(answer.clicked) => {
                    firsts.push(delay);
                    clicks.push(millis(*arrived - answer.clicked - own));
                }
                // The first is counted above: it waits for a client that is still asking to follow.
                0 => {}
                _ if counts(*sent) => tokens.push(delay),
                _ => {}
            }
        }
    }
    let mut all = vec![
        (Figure::Cpu, used.cpu.as_secs_f64() * 1e6 / f64::from(passed)),
        (Figure::Bytes, received as f64 / text as f64),
    ];
    if let Some((from, to)) = window {
        let seconds = to.duration_since(from).as_secs_f64();
        all.push((Figure::Replies, f64::from(passed) / upstream::TOKENS as f64 / seconds));
    }
    if let Some(database) = used.database {
        all.push((Figure::DatabaseCpu, database.cpu.as_secs_f64() * 1e6 / f64::from(passed)));
        all.push((Figure::DatabaseLog, database.wal as f64 / f64::from(passed)));
    }
    let delays = [
        (&mut clicks, Figure::ClickMedian, Figure::ClickWorst),
        (&mut firsts, Figure::FirstMedian, Figure::FirstWorst),
        (&mut tokens, Figure::TokenMedian, Figure::TokenWorst),
    ];
    for (values, median, worst) in delays {
        values.sort_unstable_by(f64::total_cmp);
        all.extend([(median, quantile(values, 0.5)), (worst, quantile(values, 0.99))]);
    }
    all
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The value below which lies this part of them; not a number if there are none.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}
