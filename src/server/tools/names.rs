//! What a model calls a tool: letters, digits, `_` and `-`, at most 64 (OpenAI's API reference, `function.name`).

/// The most characters of a name.
const LONGEST: usize = 64;

/// A name for a tool of a server, which none of those that are taken is.
#[must_use]
pub fn name(server: &str, tool: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let whole = format!("{}__{}", fit(server), fit(tool));
    let cut = |room: usize| whole.chars().take(room).collect::<String>();
    let numbered = (2_u32..).map(|number| {
        let end = format!("_{number}");
        format!("{}{end}", cut(LONGEST - end.len()))
    });
    std::iter::once(cut(LONGEST)).chain(numbered).find(|name| !is_taken(name)).unwrap_or(whole)
}

fn fit(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let fitting: String = text.trim().chars().map(|c| if fits(c) { c } else { '_' }).collect();
    if fitting.is_empty() { "_".to_owned() } else { fitting }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tool_is_called_by_its_server_and_itself() {
        assert_eq!(name("Our CRM", "find.customer", |_| false), "Our_CRM__find_customer");
        assert_eq!(name("a", "b", |name| name == "a__b"), "a__b_2");
    }

    proptest! {
        #[test]
        fn every_name_is_one_that_models_take_and_there_once(tools in prop::collection::vec(("\\PC{0,40}", "\\PC{0,80}"), 0..12)) {
            let mut names: Vec<String> = Vec::new();
            for (server, tool) in tools {
                let name = name(&server, &tool, |name| names.iter().any(|known| known == name));
                let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                prop_assert!(fits && (1..=LONGEST).contains(&name.len()) && !names.contains(&name), "{name}");
                names.push(name);
            }
        }
    }
}
