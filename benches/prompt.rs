//! How long it takes to put a prompt together from a conversation of a thousand messages: where everything fits, where its
//! tokens are known, and where they have to be counted first.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

use std::{collections::HashMap, hint::black_box};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parlance::{
    domain::{id::MessageId, message::Role},
    server::{
        model::Turn,
        replies::{History, Said, assemble, tokens},
    },
};

/// As many as a chat holds.
const MESSAGES: usize = 1_000;
/// About 150 tokens: what people and models say at a time.
const SENTENCES: usize = 8;
const SENTENCE: &str = "The analytical engine weaves algebraic patterns just as the loom weaves flowers and leaves. ";
/// How much a model reads: of the thousand messages about half.
const ROOM: u64 = 75_000;

fn conversation() -> History {
    let said = |number: usize| Said {
        message: Some(MessageId::new()),
        turn: Turn::said(
            if number.is_multiple_of(2) { Role::User } else { Role::Assistant },
            format!("{number}: {}", SENTENCE.repeat(SENTENCES)),
        ),
    };
    let newest = vec![Said { message: None, turn: Turn::said(Role::User, "And now?") }];
    History { told: None, earlier: (0..MESSAGES).map(said).collect(), newest }
}

fn counted(said: &Said) -> u64 {
    said.turn.texts().map(tokens::count).sum()
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
    group.bench_function("counted before", |bencher| {
        let count = |said: &Said| said.message.and_then(|message| known.get(&message)).copied().unwrap_or(2);
        bencher.iter_batched(fresh, |history| black_box(assemble(history, Some(ROOM), count)), BatchSize::SmallInput);
    });
    group.sample_size(10).bench_function("not counted before", |bencher| {
        bencher.iter_batched(fresh, |history| black_box(assemble(history, Some(ROOM), counted)), BatchSize::SmallInput);
    });
}

criterion_group!(benches, assembling);
criterion_main!(benches);
