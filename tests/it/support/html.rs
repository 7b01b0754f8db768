//! As much of HTML as the tests look at.

/// The opening tags of this name, each from `<` to `>`.
pub fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!("<{name}");
    let begins = html.match_indices(&opening).map(|(at, _)| &html[at..]);
    let whole =
        begins.filter(|rest| rest[opening.len()..].starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'));
    whole.map(|rest| &rest[..=rest.find('>').unwrap_or(rest.len() - 1)]).collect()
}

/// The value of an attribute of a tag.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let before = format!(" {name}=\"");
    let value = &tag[tag.find(&before)? + before.len()..];
    Some(&value[..value.find('"')?])
}

/// The inside of the form that posts to this path and in which one writes.
///
/// # Panics
/// If there is none.
pub fn form<'a>(html: &'a str, action: &str) -> &'a str {
    let inside = |opening: &'a str| {
        let rest = &html[opening.as_ptr() as usize - html.as_ptr() as usize..];
        &rest[..rest.find("</form>").unwrap_or(rest.len())]
    };
    let openings: Vec<&str> =
        tags(html, "form").into_iter().filter(|tag| attribute(tag, "action") == Some(action)).collect();
    // A page may offer ready-made messages too, each a form of its own.
    let written = openings.iter().find(|tag| inside(tag).contains("<textarea"));
    let opening = written.or(openings.first()).copied();
    let opening = opening.unwrap_or_else(|| panic!("no form posts to {action}: {html}"));
    assert!(attribute(opening, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")), "{opening}");
    inside(opening)
}

/// The fields that a form sends without anybody's doing.
pub fn hidden_fields(form: &str) -> Vec<(&str, &str)> {
    let hidden = tags(form, "input").into_iter().filter(|tag| attribute(tag, "type") == Some("hidden"));
    hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}
