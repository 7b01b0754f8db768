//! What a node says about itself on `/metrics`, read as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use super::{client::Client, wait::soon};

/// One look at the figures of a node.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// The kind of every figure that has a value, by name.
    pub kinds: BTreeMap<String, String>,
    /// What is said of it, by name.
    pub helps: BTreeMap<String, String>,
    /// The values, by name and labels as they stand there.
    pub samples: BTreeMap<String, f64>,
}

impl Figures {
    /// Those of a server, now.
    pub async fn of(client: &Client) -> Self {
        Self::read(&client.page("/metrics").await)
    }

    /// Those of a server as soon as they fulfil the condition.
    pub async fn when(client: &Client, what: &str, condition: impl Fn(&Self) -> bool) -> Self {
        soon(what, async {
            loop {
                let figures = Self::of(client).await;
                if condition(&figures) {
                    return figures;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        })
        .await
    }

    /// Takes the text apart.
    ///
    /// # Panics
    /// If it breaks a rule of the format.
    pub fn read(text: &str) -> Self {
        let mut figures = Self::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').expect("a name and a sentence");
                assert!(figures.helps.insert(name.to_owned(), help.to_owned()).is_none(), "said twice: {line}");
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').expect("a name and a kind");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(figures.kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "said twice: {line}");
            } else {
                let (series, value) = line.rsplit_once(' ').expect("a series and a value");
                let value = value.parse().unwrap_or_else(|_| panic!("not a number: {line}"));
                check_series(series);
                assert!(figures.samples.insert(series.to_owned(), value).is_none(), "said twice: {line}");
            }
        }
        for series in figures.samples.keys() {
            let figure = figures.figure_of(series);
            assert!(figures.kinds.contains_key(&figure), "no kind: {series}");
            assert!(figures.helps.get(&figure).is_some_and(|help| help.len() > 10), "not explained: {series}");
        }
        figures
    }

    /// The figure of which a series is a part.
    fn figure_of(&self, series: &str) -> String {
        let name = name_of(series);
        let parts = ["_bucket", "_sum", "_count"].into_iter().filter_map(|part| name.strip_suffix(part));
        let histogram = parts.into_iter().find(|name| self.kinds.get(*name).is_some_and(|kind| kind == "histogram"));
        histogram.unwrap_or(name).to_owned()
    }

    /// The names under which something can be asked for, histograms in their parts.
    pub fn names(&self) -> BTreeSet<String> {
        self.samples.keys().map(|series| name_of(series).to_owned()).collect()
    }

    /// The series of a figure.
    pub fn series(&self, name: &str) -> Vec<&str> {
        self.samples.keys().map(String::as_str).filter(|series| name_of(series) == name).collect()
    }

    /// The value of a series, written as it stands there; labels in the order of their names.
    ///
    /// # Panics
    /// If there is none.
    pub fn value(&self, series: &str) -> f64 {
        let found = self.samples.get(series);
        *found.unwrap_or_else(|| panic!("no {series} among {:?}", self.series(name_of(series))))
    }
}

fn name_of(series: &str) -> &str {
    series.split('{').next().unwrap_or(series)
}

/// A name, and perhaps labels in braces.
fn check_series(series: &str) {
    let name = name_of(series);
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit() || byte.is_ascii_lowercase())
    };
    assert!(is_word(name), "{series}");
    let labels = series.strip_prefix(name).unwrap_or_default();
    let Some(labels) = labels.strip_prefix('{').and_then(|labels| labels.strip_suffix('}')) else {
        return assert!(labels.is_empty(), "{series}");
    };
    for label in labels.split("\",") {
        let (label, value) = label.split_once("=\"").unwrap_or_else(|| panic!("no label: {series}"));
        assert!(is_word(label) && !value.trim_end_matches('"').contains('"'), "{series}");
    }
}
