//! Charts of usage, as SVG. Everything in them is also in a table beside them; they have a title and a description for those
//! who do not see them, and take their colours from the page.

use std::{collections::HashMap, fmt::Write as _};

use crate::{
    domain::{
        day::Day,
        markdown::escape,
        usage::{Charts, Measure, Share, UsageReport},
    },
    texts::usage as texts,
};

/// The most bars of a chart: what one takes in at a glance.
const BARS: usize = 10;
/// The most characters of a bar's name: what fits beside its figure on a telephone.
const NAME: usize = 28;
/// The height of a bar with its words, in CSS pixels, and of all columns.
const BAR: usize = 42;
const COLUMNS: usize = 130;

/// The charts of a report.
#[must_use]
pub fn draw(report: &UsageReport, measure: Measure) -> Charts {
    Charts {
        days: columns(report, measure),
        people: bars("people", texts::BY_PERSON, &report.people, measure),
        models: bars("models", texts::BY_MODEL, &report.models, measure),
    }
}

/// A column a day, from the first to the last; nothing if there is nothing to see.
fn columns(report: &UsageReport, measure: Measure) -> String {
    let by_day: HashMap<&str, u64> =
        report.days.iter().map(|share| (share.name.as_str(), share.sums.measured(measure))).collect();
    let highest = by_day.iter().map(|(day, value)| (*value, *day)).max().filter(|(value, _)| *value > 0);
    let Some((most, best)) = highest else { return String::new() };
    let days: Vec<String> =
        (report.from.number()..=report.to.number()).map(|number| Day::numbered(number).to_string()).collect();
    let mut svg = begin("days", texts::BY_DAY, measure, COLUMNS + 44);
    let said = texts::measured(measure, most);
    say(&mut svg, "days", &format!("{best}: {said}"));
    let drawn = days.iter().enumerate().filter_map(|(at, day)| Some((at, day, *by_day.get(day.as_str())?)));
    let columns: String = drawn.map(|(at, day, value)| column(at, day, share(value, most), measure, value)).collect();
    let _ = write!(
        svg,
        r#"<text x="0" y="12">{said}</text><line x1="0" x2="100%" y1="20.5" y2="20.5"/><svg x="0" y="21" width="100%" height="{COLUMNS}" viewBox="0 0 {} 10000" preserveAspectRatio="none">{columns}</svg>"#,
        days.len()
    );
    let _ = write!(
        svg,
        r#"<text x="0" y="{base}">{}</text><text x="100%" y="{base}" text-anchor="end">{}</text></svg>"#,
        report.from,
        report.to,
        base = COLUMNS + 40
    );
    svg
}

fn column(at: usize, day: &str, height: u64, measure: Measure, value: u64) -> String {
    format!(
        r#"<rect x="{at}.1" y="{}" width="0.8" height="{height}"><title>{day}: {}</title></rect>"#,
        10_000 - height,
        texts::measured(measure, value)
    )
}

/// A bar for each of the largest shares; nothing if there is nothing to see.
fn bars(id: &str, of: &str, shares: &[Share], measure: Measure) -> String {
    let mut shares: Vec<(u64, &Share)> =
        shares.iter().map(|share| (share.sums.measured(measure), share)).filter(|(value, _)| *value > 0).collect();
    shares.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
    shares.truncate(BARS);
    let Some((most, first)) = shares.first() else { return String::new() };
    let mut svg = begin(id, of, measure, shares.len() * BAR);
    say(&mut svg, id, &format!("{}: {}", first.name, texts::measured(measure, *most)));
    for (at, (value, share_of)) in shares.iter().enumerate() {
        let top = at * BAR;
        let percent = share(*value, *most);
        let _ = write!(
            svg,
            r#"<text x="0" y="{words}">{}</text><text x="100%" y="{words}" text-anchor="end">{}</text><rect class="track" x="0" y="{bar}" width="100%" height="8" rx="4"/><rect x="0" y="{bar}" width="{}.{:02}%" height="8" rx="4"/>"#,
            escape(&short(&share_of.name)),
            texts::measured(measure, *value),
            percent / 100,
            percent % 100,
            words = top + 14,
            bar = top + 21
        );
    }
    svg.push_str("</svg>");
    svg
}

fn begin(id: &str, of: &str, measure: Measure, height: usize) -> String {
    format!(
        r#"<svg role="img" aria-labelledby="chart-{id}" aria-describedby="about-{id}" width="100%" height="{height}"><title id="chart-{id}">{}</title>"#,
        escape(&texts::chart(of, measure))
    )
}

fn say(svg: &mut String, id: &str, most: &str) {
    let _ = write!(svg, r#"<desc id="about-{id}">{}</desc>"#, escape(&texts::most(most)));
}

/// A part of the most, in ten-thousandths: never nothing for what is something.
fn share(value: u64, most: u64) -> u64 {
    let exact = u128::from(value) * 10_000 / u128::from(most.max(1));
    u64::try_from(exact).unwrap_or(10_000).clamp(u64::from(value > 0) * 50, 10_000)
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    let cut: String = name.chars().take(NAME - 1).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::WorkspaceId, money::Money, usage::Sums};

    fn share_of(name: &str, cost: i64, tokens: u64) -> Share {
        let sums = Sums { cost: Money(cost), prompt_tokens: tokens, requests: 1, ..Sums::default() };
        Share { name: name.to_owned(), detail: String::new(), sums }
    }

    fn report(shares: Vec<Share>) -> UsageReport {
        UsageReport {
            workspace: WorkspaceId::new(),
            from: "2026-11-01".parse().unwrap(),
            to: "2026-11-30".parse().unwrap(),
            everybody: true,
            sums: Sums::default(),
            people: shares.clone(),
            models: Vec::new(),
            days: shares,
            charts: Charts::default(),
        }
    }

    #[test]
    fn the_largest_is_as_large_as_can_be_and_the_smallest_is_still_seen() {
        let days = vec![share_of("2026-11-02", 1, 0), share_of("2026-11-30", 2_000_000_000, 0)];
        let svg = columns(&report(days), Measure::Cost);
        assert!(svg.contains(r#"<rect x="29.1" y="0" width="0.8" height="10000"><title>2026-11-30: $2.00"#), "{svg}");
        assert!(svg.contains(r#"<rect x="1.1" y="9950" width="0.8" height="50"><title>2026-11-02: $0.000000001"#));
        assert!(svg.contains(r#"viewBox="0 0 30 10000""#));
    }

    #[test]
    fn names_are_shown_as_text_and_as_far_as_there_is_room() {
        let people = vec![share_of("<script>", 0, 10), share_of(&"語".repeat(40), 0, 5)];
        let svg = bars("people", texts::BY_PERSON, &people, Measure::Tokens);
        assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
        assert!(svg.contains(&format!("{}…", "語".repeat(NAME - 1))) && svg.contains(r#"width="50.00%""#), "{svg}");
        assert!(svg.starts_with(r#"<svg role="img""#) && svg.contains("<title") && svg.contains("<desc"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(draw(&report(vec![share_of("2026-11-02", 0, 5)]), Measure::Cost), Charts::default());
    }
}
