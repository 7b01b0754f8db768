//! What a token costs to render: it must not depend on how long the reply is already.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parlance::domain::markdown::{Document, render};

/// A part of an ordinary reply: every kind of block, about 1 KB.
const PART: &str = "## A heading\n\nA paragraph with **strong** words, `code` and a [link](https://example.com), long enough \
to be broken over a few lines, as most paragraphs of a reply are.\n\n- one item\n- another with *emphasis*\n  - and one \
below it\n\n1. first\n2. second\n\n| Name | Value |\n| --- | ---: |\n| a | 1 |\n| b | 2 |\n\n> A quotation of somebody who \
said something.\n\n```rust\nfn main() {\n    println!(\"{}\", 1 + 1);\n}\n```\n\nAnd a last paragraph that sums it all up \
in a sentence or two, without saying anything new.\n\n";

/// A reply of about so many bytes, in the middle of a paragraph.
fn reply(bytes: usize) -> String {
    let mut text = PART.repeat(bytes / PART.len() + 1);
    text.truncate(text.floor_char_boundary(bytes));
    text.push_str("\n\nAnd now the sentence that is just being");
    text
}

/// Twenty tokens more, one after the other.
fn tokens(c: &mut Criterion) {
    let mut group = c.benchmark_group("twenty tokens more");
    for kilobytes in [4, 64] {
        let before = reply(kilobytes * 1024);
        let grown: Vec<String> = (1..=20).map(|count| format!("{before}{}", " written".repeat(count))).collect();
        let begun = || {
            let mut document = Document::default();
            document.update(&before);
            document
        };
        group.bench_function(format!("after {kilobytes} KB"), |b| {
            b.iter_batched_ref(
                begun,
                |document| grown.iter().for_each(|text| document.update(black_box(text))),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// A whole reply, as when a page is loaded.
fn whole(c: &mut Criterion) {
    let text = reply(64 * 1024);
    c.bench_function("a whole reply of 64 KB", |b| b.iter(|| render(black_box(&text))));
}

criterion_group!(benches, tokens, whole);
criterion_main!(benches);
