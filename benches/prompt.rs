//! How long it takes to put a prompt together from a conversation of a thousand messages: where everything fits, where
//! its tokens are known, and where they have to be counted first; then with the path and its tokens read from a
//! database: SQLite, and PostgreSQL too if `DATABASE_URL` names a database of one.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

mod shared;

use std::{collections::HashMap, hint::black_box};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parlance::{
    domain::{
        id::{ChatId, MessageId},
        limits::MESSAGES_PER_CHAT,
        message::{Role, Status},
    },
    server::{
        access::{FIRST, FIRST_USER, FIRST_WORKSPACE},
        model::Turn,
        replies::{History, Prompt, Said, assemble, history, tokens},
        store::{DEFAULT_CONNECTIONS, Store},
    },
};
use shared::{Figure, databases};
use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// About 150 tokens: what people and models say at a time.
const SENTENCES: usize = 8;
const SENTENCE: &str = "The analytical engine weaves algebraic patterns just as the loom weaves flowers and leaves. ";
/// How much a model reads: of the thousand messages about half.
const ROOM: u64 = 75_000;

/// Who says the message of this number, from 1, and what.
fn said(number: i64) -> (Role, String) {
    let role = if number % 2 == 1 { Role::User } else { Role::Assistant };
    (role, format!("{number}: {}", SENTENCE.repeat(SENTENCES)))
}

/// As many messages as a chat holds, and a question.
fn conversation() -> History {
    let turn = |number: i64| {
        let (role, text) = said(number);
        Said { message: Some(MessageId::new()), turn: Turn::said(role, text) }
    };
    let newest = vec![Said { message: None, turn: Turn::said(Role::User, "And now?") }];
    History { told: None, earlier: (1..=MESSAGES_PER_CHAT).map(turn).collect(), newest }
}

fn counted(said: &Said) -> u64 {
    said.turn.texts().map(tokens::count).sum()
}

/// The same conversation in a database: the last of its messages is the reply that is to be written.
struct Kept {
    store: Store,
    chat: ChatId,
    reply: MessageId,
}

impl Kept {
    /// Keeps it past the store, which would have every single reply written first.
    async fn new(url: &str) -> Self {
        let store = Store::open(url, DEFAULT_CONNECTIONS).await.expect("a database");
        store.ensure_first(FIRST).await.expect("a person");
        let (chat, reply) = (ChatId::new(), MessageId::new());
        let mut connection = AnyConnection::connect(url).await.expect("a database");
        let mut tx = connection.begin().await.expect("a transaction");
        sqlx::query(
            "INSERT INTO chats (id, workspace_id, owner_id, title, head_id, message_count, created_at, active_at)
             VALUES ($1, $2, $3, 'Bench', $4, $5, 1, 1)",
        )
        .bind(chat.to_string())
        .bind(FIRST_WORKSPACE.to_string())
        .bind(FIRST_USER.to_string())
        .bind(reply.to_string())
        .bind(MESSAGES_PER_CHAT)
        .execute(&mut *tx)
        .await
        .expect("a chat");
        let mut parent: Option<MessageId> = None;
        for number in 1..=MESSAGES_PER_CHAT {
            let (role, text) = said(number);
            let is_reply = number == MESSAGES_PER_CHAT;
            let (id, text) = if is_reply { (reply, String::new()) } else { (MessageId::new(), text) };
            let status = if is_reply { Status::Queued } else { Status::Complete };
            let count = (!is_reply).then(|| i64::try_from(tokens::count(&text)).expect("a number of tokens"));
            sqlx::query(
                "INSERT INTO messages
                     (id, chat_id, parent_id, number, role, author_id, status, content, tokens, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            )
            .bind(id.to_string())
            .bind(chat.to_string())
            .bind(parent.map(|parent| parent.to_string()))
            .bind(number)
            .bind(role.as_str())
            .bind(FIRST_USER.to_string())
            .bind(status.as_str())
            .bind(text)
            .bind(count)
            .execute(&mut *tx)
            .await
            .expect("a message");
            parent = Some(id);
        }
        tx.commit().await.expect("a commit");
        connection.close().await.expect("a connection to close");
        Self { store, chat, reply }
    }

    /// What a worker does for it.
    async fn prompt(&self) -> Prompt {
        let path = self.store.path_to(self.reply).await.expect("the path");
        let known = self.store.tokens_in(self.chat).await.expect("what was counted");
        let count = |said: &Said| *said.message.and_then(|message| known.get(&message)).expect("all of it was counted");
        let prompt = assemble(history(String::new(), &path), Some(ROOM), count).expect("room for the question");
        assert!(prompt.left_out > 0, "not all of it fits");
        prompt
    }
}

fn assembling(criterion: &mut Criterion) {
    let conversation = conversation();
    let known: HashMap<MessageId, u64> =
        conversation.earlier.iter().map(|said| (said.message.expect("a message"), counted(said))).collect();
    let mut group = criterion.benchmark_group("1,000 messages");
    let fresh = || conversation.clone();
    group.bench_function("all of it", |bencher| {
        bencher.iter_batched(
            fresh,
            |history| assemble(history, None, |said| said.turn.bytes().div_ceil(4)),
            BatchSize::SmallInput,
        );
    });
    let mut alone = Figure::default();
    group.bench_function("counted before", |bencher| {
        let count = |said: &Said| said.message.and_then(|message| known.get(&message)).copied().unwrap_or(2);
        bencher.iter_custom(|times| alone.time(times, fresh, |history| assemble(history, Some(ROOM), count)));
    });
    group.sample_size(10).bench_function("not counted before", |bencher| {
        bencher.iter_batched(fresh, |history| black_box(assemble(history, Some(ROOM), counted)), BatchSize::SmallInput);
    });
    let runtime = Runtime::new().expect("a runtime");
    let data = TempDir::new().expect("a temporary folder");
    for (name, url) in databases(&data) {
        let kept = runtime.block_on(Kept::new(&url));
        let mut read = Figure::default();
        let what = format!("counted before and read, {name}");
        group.bench_function(&what, |bencher| {
            bencher.iter_custom(|times| read.time(times, || (), |()| runtime.block_on(kept.prompt())));
        });
        read.compare(&what, ("as long as what is in memory already", &alone));
    }
}

criterion_group!(benches, assembling);
criterion_main!(benches);
