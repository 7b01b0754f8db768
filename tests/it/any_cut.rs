//! However a provider writes an answer, and wherever the network cuts it, the reply is the same.

use parlance::domain::message::Status;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngSeed, TestRunner},
};

use crate::support::{app::TestApp, script::Script};

/// How many answers are tried. Each goes the whole way, over HTTP.
const ANSWERS: usize = 100;

/// An answer: its pieces, said or thought, and how it is written and cut.
#[derive(Clone, Debug)]
struct Answer {
    pieces: Vec<(bool, String)>,
    with_crlf: bool,
    without_space: bool,
    cuts: Vec<usize>,
}

fn answers() -> impl Strategy<Value = Answer> {
    let pieces = prop::collection::vec((any::<bool>(), "(\\PC|[\r\n\t]){1,24}"), 1..8);
    let cuts = prop::collection::vec(0..1000_usize, 0..16);
    (pieces, any::<bool>(), any::<bool>(), cuts).prop_map(|(pieces, with_crlf, without_space, cuts)| Answer {
        pieces,
        with_crlf,
        without_space,
        cuts,
    })
}

fn script(answer: &Answer) -> Script {
    let mut script = Script::stream();
    if answer.with_crlf {
        script = script.with_crlf();
    }
    if answer.without_space {
        script = script.without_space();
    }
    script = script.role();
    for (thought, piece) in &answer.pieces {
        script = if *thought { script.reasoning(piece) } else { script.text(piece) };
    }
    script.finish("stop").usage(1, 2).done().cut_at(&answer.cuts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_cut_of_any_answer_gives_the_same_reply() {
    let app = TestApp::start().await;
    // The same answers in every run: what fails once fails again.
    let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(1), ..Config::default() });
    for _ in 0..ANSWERS {
        let answer = answers().new_tree(&mut runner).expect("an answer").current();
        app.upstream.answer(script(&answer));
        let (started, seen) = app.client.ask("Hello").await;
        let all = |thought: bool| {
            let of_kind = |piece: &&(bool, String)| piece.0 == thought;
            answer.pieces.iter().filter(of_kind).map(|(_, piece)| piece.as_str()).collect::<String>()
        };
        assert_eq!((seen.text(), seen.reasoning()), (all(false), all(true)), "{answer:?}");
        assert_eq!(seen.status(), Some(Status::Complete), "{answer:?}");
        assert_eq!(app.client.message(started.chat, started.reply).await.reply(), seen.reply());
    }
    assert_eq!(app.upstream.calls(), ANSWERS);
}
