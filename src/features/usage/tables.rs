//! The parts of a report: what is in its charts, in figures.

use leptos::prelude::*;

use crate::{
    domain::usage::{Share, Sums},
    texts::usage as texts,
    ui::table::Table,
};

/// A part: its heading, its chart and its table. Nothing of the chart is lost to whoever reads the table.
pub(super) fn part(heading: &'static str, of: &'static str, chart: String, shares: Vec<Share>) -> AnyView {
    let columns = [of, texts::COST, texts::REPLIES, texts::TOKENS, texts::READ, texts::WRITTEN];
    let rows = shares.into_iter().map(row).collect_view().into_any();
    view! {
        <section>
            <h2>{heading}</h2>
            {(!chart.is_empty()).then(|| view! { <div class="chart" inner_html=chart></div> }.into_any())}
            <Table label=heading columns rows class="table figures" />
        </section>
    }
    .into_any()
}

fn row(share: Share) -> AnyView {
    let Share { name, detail, sums } = share;
    let figures = [
        texts::cost(&sums),
        texts::grouped(sums.requests),
        texts::grouped(sums.total_tokens()),
        texts::grouped(sums.prompt_tokens),
        texts::grouped(sums.completion_tokens),
    ];
    let figures = figures.map(|figure| view! { <td>{figure}</td> }.into_any());
    view! {
        <tr>
            <th scope="row">
                {name} {(!detail.is_empty()).then(|| view! { <span class="about">{detail}</span> }.into_any())}
            </th>
            {figures.into_iter().collect_view()}
        </tr>
    }
    .into_any()
}

/// All of it together.
pub(super) fn totals(sums: &Sums) -> AnyView {
    let tokens = |tokens: u64| texts::grouped(tokens);
    let facts = [
        (texts::COST, texts::cost(sums)),
        (texts::REPLIES, tokens(sums.requests)),
        (texts::TOKENS, tokens(sums.total_tokens())),
        (texts::READ, tokens(sums.prompt_tokens)),
        (texts::CACHED, tokens(sums.cached_tokens)),
        (texts::WRITTEN, tokens(sums.completion_tokens)),
        (texts::THOUGHT, tokens(sums.reasoning_tokens)),
    ];
    let facts = facts.map(|(name, value)| {
        view! {
            <dt>{name}</dt>
            <dd>{value}</dd>
        }
        .into_any()
    });
    let unknown = (sums.unpriced > 0).then(|| view! { <p class="about">{texts::UNKNOWN_PRICE}</p> }.into_any());
    view! {
        <section>
            <h2>{texts::TOTAL}</h2>
            <dl class="facts">{facts.into_iter().collect_view()}</dl>
            {unknown}
        </section>
    }
    .into_any()
}
