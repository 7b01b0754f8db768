//! What a reply looks like. How it grows is in `growing`, what it must never do in `inert`, what it may cost in
//! `limits`.

mod corpus;
mod growing;
mod inert;
mod limits;

use super::{render, render_with};

/// The blocks of a text, a line each.
fn html(text: &str) -> String {
    render(text).join("\n")
}

fn link(address: &str, text: &str) -> String {
    format!("<a href=\"{address}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">{text}</a>")
}

#[test]
fn each_top_level_block_is_an_entry_of_its_own() {
    assert_eq!(
        render("One\n\n- two\n- three\n\n> four\n"),
        ["<p>One</p>", "<ul>\n<li>two</li>\n<li>three</li>\n</ul>", "<blockquote>\n<p>four</p>\n</blockquote>",]
    );
    assert!(render("").is_empty());
    assert!(render(" \n\t\n").is_empty());
}

#[test]
fn text_is_escaped_and_marked_up() {
    assert_eq!(
        html("**b** *i* ~~d~~ `x < y` & \"q\" 'r'"),
        "<p><strong>b</strong> <em>i</em> <del>d</del> <code>x &lt; y</code> &amp; &quot;q&quot; &#39;r&#39;</p>"
    );
}

#[test]
fn a_line_break_is_soft_unless_it_is_asked_for() {
    assert_eq!(html("a\nb"), "<p>a\nb</p>");
    assert_eq!(html("a  \nb\\\nc"), "<p>a<br>\nb<br>\nc</p>");
}

#[test]
fn line_breaks_of_windows_read_like_others() {
    let text = "# A\r\n\r\n- b\r\n- c\r\n\r\n```\r\nd\r\ne\r\n```\r\n";
    assert_eq!(render(text), render(&text.replace("\r\n", "\n")));
}

#[test]
fn nul_is_shown_as_the_replacement_character() {
    assert_eq!(html("a\0b"), "<p>a\u{fffd}b</p>");
}

#[test]
fn headings_stand_below_those_of_the_page() {
    assert_eq!(
        render("# A\n## B\n### C\n#### D\n##### E\n###### F\n## G\n"),
        ["<h3>A</h3>", "<h4>B</h4>", "<h5>C</h5>", "<h6>D</h6>", "<h6>E</h6>", "<h6>F</h6>", "<h4>G</h4>"]
    );
}

#[test]
fn headings_skip_no_level_wherever_a_model_begins() {
    assert_eq!(render("### A\n##### B\n### C\n\nD\n=\n"), ["<h3>A</h3>", "<h4>B</h4>", "<h3>C</h3>", "<h3>D</h3>"]);
}

#[test]
fn an_ordered_list_keeps_its_start() {
    assert_eq!(html("3. a\n4. b"), "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>");
    assert_eq!(html("1. a"), "<ol>\n<li>a</li>\n</ol>");
}

#[test]
fn a_task_has_a_box_with_a_name() {
    assert_eq!(
        html("- [ ] a\n- [x] b"),
        "<ul>\n<li><input type=\"checkbox\" disabled aria-label=\"To do\"> a</li>\n\
         <li><input type=\"checkbox\" disabled checked aria-label=\"Done\"> b</li>\n</ul>"
    );
}

#[test]
fn code_has_a_label_and_a_button() {
    assert_eq!(
        html("```rust,no_run\nlet a = 1 < 2;\n```"),
        "<figure class=\"code\"><figcaption data-language=\"rust\">\
         <button type=\"button\" class=\"copy\" aria-label=\"Copy code\" data-copy></button></figcaption>\
         <pre tabindex=\"0\"><code data-language=\"rust\">let a = 1 &lt; 2;\n</code></pre></figure>"
    );
    assert!(html("```\nx\n```").contains("<figcaption data-language=\"Code\">"));
    assert!(html("    x\n").contains("<figcaption data-language=\"Code\">"));
}

#[test]
fn code_can_be_coloured_by_the_server() {
    let highlight = |language: &str, code: &str| {
        (language == "rs").then(|| format!("<span class=\"tok-keyword\">{}</span>", code.trim()))
    };
    let blocks = render_with("```rs\nfn\n```\n\n- ```rs\n  fn\n  ```\n\n```py\ndef\n```", &highlight);
    let coloured = "<code data-language=\"rs\" data-highlighted><span class=\"tok-keyword\">fn</span></code>";
    assert!(blocks[0].contains(coloured));
    assert!(blocks[1].contains(coloured));
    assert!(blocks[2].contains("<code data-language=\"py\" data-highlighted>def\n</code>"));
}

#[test]
fn a_table_scrolls_by_itself_and_names_its_columns() {
    assert_eq!(
        html("| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |\n| 4 | `5` |\n"),
        "<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table>\n\
         <thead><tr><th scope=\"col\">a</th><th scope=\"col\" class=\"center\">b</th>\
         <th scope=\"col\" class=\"right\">c</th></tr></thead><tbody>\n\
         <tr><td>1</td><td class=\"center\">2</td><td class=\"right\">3</td></tr>\n\
         <tr><td>4</td><td class=\"center\"><code>5</code></td><td></td></tr>\n\
         </tbody></table></div>"
    );
}

#[test]
fn a_short_row_is_filled_with_one_cell() {
    assert!(
        html("|a|b|c|\n|-|-|-|\nd\n| | |e|\n")
            .contains("<tr><td>d</td><td colspan=\"2\"></td></tr>\n<tr><td></td><td></td><td>e</td></tr>")
    );
}

#[test]
fn an_empty_cell_is_no_header() {
    assert!(html("| | a |\n|---|---|\n| b | |\n").contains("<tr><td></td><th scope=\"col\">a</th></tr>"));
}

#[test]
fn links_lead_to_other_sites_and_mailboxes() {
    assert_eq!(html("[a](https://b.c/?d&e)"), format!("<p>{}</p>", link("https://b.c/?d&amp;e", "a")));
    assert_eq!(html("[a](HTTP://b.c)"), format!("<p>{}</p>", link("HTTP://b.c", "a")));
    assert_eq!(html("<https://b.c>"), format!("<p>{}</p>", link("https://b.c", "https://b.c")));
    assert_eq!(html("<a@b.c>"), format!("<p>{}</p>", link("mailto:a@b.c", "a@b.c")));
    assert_eq!(html("[a](mailto:a@b.c)"), format!("<p>{}</p>", link("mailto:a@b.c", "a")));
}

#[test]
fn other_links_are_their_text() {
    for address in [
        "/admin",
        "#top",
        "x.html",
        "//b.c",
        "ftp://b.c",
        "tel:1",
        "mailto:",
        "https:admin",
        "https:/admin",
        "https://",
        "https:///admin",
        "https://?b",
        "https://#b",
        "https://:80",
        "https://@b.c",
    ] {
        assert_eq!(html(&format!("[*a*]({address})")), "<p><em>a</em></p>", "{address}");
    }
}

#[test]
fn an_address_in_a_text_is_a_link_but_not_in_code_or_in_a_link() {
    assert_eq!(
        html("See https://b.c/d_e_f."),
        format!("<p>See {}.</p>", link("https://b.c/d_e_f", "https://b.c/d_e_f"))
    );
    assert_eq!(html("**https://b.c**"), format!("<p><strong>{}</strong></p>", link("https://b.c", "https://b.c")));
    assert_eq!(html("`https://b.c`"), "<p><code>https://b.c</code></p>");
    assert_eq!(html("[at https://b.c](https://e.f)"), format!("<p>{}</p>", link("https://e.f", "at https://b.c")));
}

#[test]
fn a_link_without_a_text_shows_where_it_leads() {
    assert_eq!(html("[](https://b.c)"), format!("<p>{}</p>", link("https://b.c", "https://b.c")));
    assert_eq!(html("![](https://b.c/d.png)"), format!("<p>{}</p>", link("https://b.c/d.png", "https://b.c/d.png")));
}

#[test]
fn an_image_is_a_link_with_its_description() {
    assert_eq!(html("![a *b*](https://b.c/d.png)"), format!("<p>{}</p>", link("https://b.c/d.png", "a <em>b</em>")));
    assert_eq!(html("![a](d.png)"), "<p>a</p>");
    assert_eq!(html("[![a](https://b.c/d.png)](https://e.f)"), format!("<p>{}</p>", link("https://e.f", "a")));
    assert_eq!(html("![[a](https://b.c)](https://e.f)"), format!("<p>{}</p>", link("https://e.f", "a")));
}

#[test]
fn raw_html_is_shown_as_text() {
    assert_eq!(html("a <b>c</b>"), "<p>a &lt;b&gt;c&lt;/b&gt;</p>");
    assert_eq!(html("<div>\nx\n</div>"), "<p class=\"raw\">&lt;div&gt;\nx\n&lt;/div&gt;</p>");
}

#[test]
fn a_definition_counts_wherever_it_stands() {
    let expected = format!("<p>{}</p>", link("https://b.c", "a"));
    assert_eq!(html("[a]\n\n[A]: https://b.c 'title'"), expected);
    assert_eq!(html("[A]: https://b.c\n\n[a][]"), expected);
    assert_eq!(render("[a][1]\n\n> [1]: https://b.c\n")[0], expected);
}

#[test]
fn the_first_of_several_definitions_counts() {
    let expected = format!("<ul>\n<li>{}</li>\n</ul>", link("https://first", "a"));
    assert_eq!(
        render("[a]: https://first\n\nb\n\n- [a]\n\n  [a]: https://second\n")[1],
        expected.replace("<li>", "<li><p>").replace("</li>", "</p></li>")
    );
}

#[test]
fn a_text_that_refers_to_one_address_very_often_copies_it_only_so_often() {
    let text = format!("[a]: https://b.c/{}\n\n{}", "d".repeat(9_000), "[a]\n\n".repeat(5_000));
    assert!(html(&text).len() < 200_000);
}
