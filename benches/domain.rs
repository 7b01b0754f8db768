//! What a token costs in the domain: in the fold that both sides share, and in the frames between them.

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a bench that panics has failed, which is what it is for")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use parlance::domain::{
    frame::{FRAME_TEXT_BYTES, Frame, FrameDecoder, encode_text},
    reply::{Event, Reply},
};

const TOKEN: &str = "five ";
/// How many tokens are as long as the longest frame.
const TOKENS: usize = FRAME_TEXT_BYTES.div_ceil(TOKEN.len());
/// What a network delivers at a time, if a whole reply is on its way.
const PACKET: usize = 1_448;

/// The same text in tokens, as it comes, and in one piece, as it is read back.
fn cuts() -> [(&'static str, Throughput, Vec<Event>); 2] {
    let text = TOKEN.repeat(TOKENS);
    [
        ("a token", Throughput::Elements(TOKENS as u64), vec![Event::Text(TOKEN.to_owned()); TOKENS]),
        ("16 KB", Throughput::Bytes(text.len() as u64), vec![Event::Text(text)]),
    ]
}

fn encoded(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for event in events {
        Frame::Event(event.clone()).encode(&mut bytes);
    }
    bytes
}

fn fold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fold");
    for (name, amount, events) in cuts() {
        group.throughput(amount).bench_function(name, |bencher| {
            bencher.iter_batched(|| events.clone(), Reply::from_iter, BatchSize::SmallInput);
        });
    }
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for (name, amount, events) in cuts() {
        let mut out = Vec::new();
        group.throughput(amount).bench_function(name, |bencher| {
            bencher.iter(|| {
                out.clear();
                for event in &events {
                    let Event::Text(text) = event else { continue };
                    encode_text(black_box(text), &mut out);
                }
                out.len()
            });
        });
    }
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (name, amount, events) in cuts() {
        let bytes = encoded(&events);
        group.throughput(amount).bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut decoder = FrameDecoder::default();
                let mut frames = 0;
                for packet in bytes.chunks(PACKET) {
                    decoder.push(black_box(packet));
                    while let Some(frame) = decoder.next_frame().expect("a frame of ours") {
                        black_box(frame);
                        frames += 1;
                    }
                }
                assert_eq!(frames, events.len());
            });
        });
    }
}

criterion_group!(benches, fold, encode, decode);
criterion_main!(benches);
