//! Everything that can happen to nodes and to their database, while people go on. A ledger outside of the system says in the
//! end what must be there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use parlance::{
    domain::{
        id::{ChatId, MessageId},
        message::{Message, Role, Status},
    },
    server::replies::LEASE,
};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::upgrades::NEWER;
use crate::support::{
    client::Client,
    cluster::{Balancer, Cluster},
    database::{change, value},
    postgres::Postgres,
    process::TestProcess,
    script::Script,
    upstream::Request,
    viewer::Seen,
    wait::eventually,
};

/// Longer than all the trouble together.
const NEVER: Duration = Duration::from_secs(120);

/// What every question begins with.
const PERSON: &str = "Person";

/// How many people write at the same time.
const PEOPLE: usize = 12;

/// After how many bytes of a reply some lose patience: long before its end.
const A_BIT: u64 = 200;

/// A message that was acknowledged, and what its reply was seen to end with.
struct Entry {
    chat: ChatId,
    message: MessageId,
    text: String,
    reply: MessageId,
    seen: Seen,
    /// The one that goes on from it, if it was stopped before its end.
    continued: Option<(MessageId, Seen)>,
}

impl Entry {
    /// Its replies, with what each was seen to end with.
    fn replies(&self) -> impl Iterator<Item = (MessageId, &Seen)> {
        let continued = self.continued.as_ref().map(|(reply, seen)| (*reply, seen));
        std::iter::once((self.reply, &self.seen)).chain(continued)
    }
}

/// What the model says to a text: of its own, and long enough to be interrupted.
fn answer_to(text: &str) -> Vec<String> {
    (0..60).map(|number| format!("{text}, {number}: é. ")).collect()
}

/// What the model says if it is to go on although it has said everything.
const NOTHING_MORE: &str = "That is all.";

/// What the model says to a conversation: all of it or, if it is to go on with what it said already, the rest.
fn answer_in(conversation: &[(String, String)]) -> Option<Vec<String>> {
    let is_question = |text: &str| text.starts_with(PERSON);
    match conversation {
        [.., (_, asked)] if is_question(asked) => Some(answer_to(asked)),
        [.., (_, asked), (_, said), (_, _go_on)] if is_question(asked) => {
            let whole = answer_to(asked).concat();
            let rest = whole.strip_prefix(said.as_str())?;
            let rest = if rest.is_empty() { NOTHING_MORE } else { rest };
            Some(rest.split_inclusive(' ').map(str::to_owned).collect())
        }
        _ => None,
    }
}

fn sum(text: &str) -> String {
    format!("{:x}", Sha256::digest(text.as_bytes()))
}

/// Does it until it is acknowledged, as a page does whose answer was lost: with the same ids.
async fn until_acknowledged<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    let attempts = async {
        loop {
            if let Some(done) = attempt().await {
                return done;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(NEVER, attempts).await.expect("an answer before the end of all patience")
}

async fn follow(client: &Client, reply: MessageId) -> Seen {
    let mut seen = Seen::default();
    until_acknowledged(async || {
        if let Ok(viewer) = client.try_follow(reply, seen.position()).await {
            // However long nothing but heartbeats comes.
            let mut viewer = viewer.that_may_begin_anew();
            while viewer.next().await.is_some() {}
            seen.go_on(viewer.seen);
        }
        seen.status().map(|_| ())
    })
    .await;
    seen
}

/// Waits until a bit of a reply was said, or until it has ended before that.
async fn until_a_bit_was_said(client: &Client, reply: MessageId) {
    until_acknowledged(async || {
        let mut viewer = client.try_follow(reply, 0).await.ok()?.that_may_begin_anew();
        while viewer.seen.status().is_none() && viewer.seen.position() < A_BIT {
            viewer.next().await?;
        }
        Some(())
    })
    .await;
}

/// Has a reply continued that was stopped, and follows it to the end.
async fn go_on(client: &Client, reply: MessageId) -> (MessageId, Seen) {
    let sibling = MessageId::new();
    let continued =
        until_acknowledged(async || client.continue_as(reply, sibling).await.ok().map(|made| made.reply)).await;
    assert_eq!(continued, sibling);
    (continued, follow(client, continued).await)
}

/// One person: begins chats and goes on in them, until told to stop.
async fn person(number: usize, client: &Client, enough: &AtomicBool) -> Vec<Entry> {
    let mut ledger: Vec<Entry> = Vec::new();
    let mut turn = 0;
    while !enough.load(Ordering::Relaxed) {
        let text = format!("{PERSON} {number} says {turn}");
        let (fresh, message) = (ChatId::new(), MessageId::new());
        let before = ledger.last().filter(|_| turn % 3 != 0).map(|entry| entry.chat);
        let chat = before.unwrap_or(fresh);
        let reply = until_acknowledged(async || {
            let made = match before {
                Some(chat) => client.send_as(chat, message, &text).await,
                None => client.start_as(chat, message, &text).await,
            };
            made.ok().map(|made| made.reply)
        })
        .await;
        // Some lose patience, and find it again.
        let stops = turn % 4 == 1;
        let (seen, ()) = futures::join!(follow(client, reply), async {
            if stops {
                until_a_bit_was_said(client, reply).await;
                until_acknowledged(async || client.stop(reply).await.ok()).await;
            }
        });
        let continued = if seen.status() == Some(Status::Stopped) { Some(go_on(client, reply).await) } else { None };
        ledger.push(Entry { chat, message, text, reply, seen, continued });
        turn += 1;
    }
    ledger
}

/// What happens meanwhile: nodes are killed, asked to go, frozen for longer than a lease; a newer version changes the schema;
/// the database crashes, freezes, and is away. Gives the log of the node that was asked to go.
async fn trouble(server: &Postgres, cluster: &mut Cluster, enough: &AtomicBool) -> String {
    let a_while = || tokio::time::sleep(Duration::from_millis(1_500));
    a_while().await;
    for sql in NEWER {
        change(&cluster.url(), sql).await;
    }
    a_while().await;
    let node: TestProcess = cluster.nodes.remove(0);
    node.kill_9().await;
    cluster.nodes.push(node.restart_in_place().await);
    a_while().await;
    let node = cluster.nodes.remove(0);
    node.terminate().await;
    let left = node.log();
    cluster.nodes.push(node.restart_in_place().await);
    a_while().await;
    server.crash();
    server.launch();
    a_while().await;
    cluster.nodes[0].freeze();
    tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
    cluster.nodes[0].thaw();
    server.freeze();
    tokio::time::sleep(Duration::from_secs(6)).await;
    server.thaw();
    a_while().await;
    server.stop();
    a_while().await;
    server.launch();
    a_while().await;
    enough.store(true, Ordering::Relaxed);
    left
}

fn found(messages: &[Message], id: MessageId) -> &Message {
    messages.iter().find(|message| message.id == id).expect("an acknowledged message is there")
}

/// What a call of the model was about: what the person said last.
fn question_of(request: &Request) -> Option<String> {
    let said = request.messages().into_iter().rev().filter(|(role, _)| role == "user");
    said.map(|(_, text)| text).find(|text| text.starts_with(PERSON))
}

/// Looks that everything of an entry is there, as it was seen. Gives how many of its replies came through whole.
async fn look_at(cluster: &Cluster, entry: &Entry) -> usize {
    let messages = cluster.messages(1, entry.chat).await;
    let asked = found(&messages, entry.message);
    assert_eq!((asked.role, asked.content.as_str()), (Role::User, entry.text.as_str()));
    // The newest of two is shown.
    let (shown, seen) = entry.continued.as_ref().map_or((entry.reply, &entry.seen), |(reply, seen)| (*reply, seen));
    let reply = found(&messages, shown);
    assert_eq!(reply.parent, Some(entry.message));
    assert_eq!((Some(reply.status), sum(&reply.content)), (seen.status(), sum(&seen.text())));
    let said = answer_to(&entry.text).concat();
    let mut complete = 0;
    for (reply, seen) in entry.replies() {
        let logged = cluster.client(1).follow_to_end(reply, 0).await;
        assert_eq!((logged.status(), sum(&logged.text())), (seen.status(), sum(&seen.text())));
        match seen.status() {
            Some(Status::Complete) => {
                complete += 1;
                let text = seen.text();
                assert_eq!(sum(text.strip_suffix(NOTHING_MORE).unwrap_or(&text)), sum(&said));
            }
            Some(Status::Interrupted | Status::Stopped) => assert!(said.starts_with(&seen.text()), "{:?}", seen.text()),
            other => panic!("{other:?}: {:?}", seen.end()),
        }
    }
    complete
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_doubled_whatever_happens() {
    let server = Postgres::start();
    let mut cluster = Cluster::start_at(&server, 3).await;
    cluster.upstream.answer_with(|request| {
        let tokens = answer_in(&request.messages())?;
        let script = Script::stream().role().tokens(tokens.iter().map(String::as_str), Duration::from_millis(20));
        Some(script.finish("stop").done())
    });
    let balancer = Balancer::before(&cluster.nodes);
    let enough = Arc::new(AtomicBool::new(false));
    let people = join_all((0..PEOPLE).map(|number| person(number, &balancer.client, &enough)));
    let (ledgers, left) = futures::join!(people, trouble(&server, &mut cluster, &enough));

    let ledger: Vec<Entry> = ledgers.into_iter().flatten().collect();
    for node in 0..cluster.nodes.len() {
        eventually("a node to have its database again", async || {
            cluster.client(node).get("/readyz").await.status().as_u16() == 200
        })
        .await;
    }
    let calls = cluster.upstream.requests(cluster.upstream.calls()).await;
    let mut complete = 0;
    for entry in &ledger {
        complete += look_at(&cluster, entry).await;
        // No call is paid for twice, unless its node was asked to go before anything came of the first.
        let calls = calls.iter().filter(|call| question_of(call).as_ref() == Some(&entry.text)).count();
        let is_of =
            |line: &&str| line.contains("it waits for another worker") && line.contains(&entry.reply.to_string());
        let given_back = left.lines().filter(is_of).count();
        let replies = entry.replies().count();
        assert!(calls <= replies + given_back, "{calls} calls for {replies} replies to {:?}", entry.text);
    }
    assert!(complete > PEOPLE, "{complete} of {} replies came through whole", ledger.len());
    let continued = ledger.iter().filter(|entry| entry.continued.is_some()).count();
    assert!(continued > 0, "nobody stopped a reply in time");
    // Its own schema is what this program checks.
    change(&cluster.url(), "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    cluster.launch().command(&["check"]).succeeds().await;
    let url = cluster.url();
    assert_eq!(value(&url, "SELECT count(*) FROM messages").await, (2 * ledger.len() + continued) as i64);
    let chats = ledger.iter().map(|entry| entry.chat).collect::<std::collections::HashSet<_>>().len();
    assert_eq!(value(&url, "SELECT count(*) FROM chats").await, chats as i64);
    assert_eq!(value(&url, "SELECT count(*) FROM jobs").await, 0);
    let ends = "SELECT count(*) FROM message_chunks WHERE kind = 'end'";
    assert_eq!(value(&url, ends).await, (ledger.len() + continued) as i64);
}
