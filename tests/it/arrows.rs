//! The house has rooms and the arrows between them point one way: `ARCHITECTURE.md` says which. What people read has a room
//! of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The Rust files below a folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every mention of one of `forbidden` in the code (not the comments) below `room`, save in the files named.
fn trespasses(room: &str, forbidden: &[&str], except: &[&str]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in files_in(&root.join(room)) {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        if except.contains(&name.as_str()) {
            continue;
        }
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if forbidden.iter().any(|word| code.contains(word)) {
                found.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

#[track_caller]
fn keeps_out(room: &str, forbidden: &[&str], except: &[&str]) {
    let found = trespasses(room, forbidden, except);
    assert!(found.is_empty(), "src/{room} must not use {forbidden:?}:\n{}", found.join("\n"));
}

/// What begins as a text does and is none: keys as browsers call them, and what a browser says of its machine.
const NO_TEXTS: [&str; 5] = ["Enter", "Escape", "ArrowDown", "ArrowUp", "Mac"];

/// Whether a line has a literal that begins as a text does: with a capital letter and a small one.
fn has_text(code: &str) -> bool {
    code.split('"').skip(1).any(|literal| {
        let mut letters = literal.chars();
        let begins = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase);
        begins && !NO_TEXTS.contains(&literal)
    })
}

#[test]
fn what_people_read_stands_with_the_texts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms = ["features", "ui"].iter().flat_map(|room| files_in(&root.join(room)));
    let mut found = Vec::new();
    for file in rooms.chain([root.join("app.rs")]) {
        let source = fs::read_to_string(&file).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            if has_text(line.split("//").next().unwrap_or_default()) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "what people read belongs into src/texts:\n{}", found.join("\n"));
}

#[test]
fn the_domain_uses_nothing_of_ours() {
    keeps_out("domain", &["crate::server", "crate::features", "crate::ui", "crate::app", "leptos"], &[]);
}

#[test]
fn what_things_look_like_knows_no_feature_and_no_server() {
    keeps_out("ui", &["crate::features", "crate::server", "crate::app"], &[]);
}

#[test]
fn the_store_knows_neither_http_nor_leptos() {
    let forbidden =
        ["axum", "leptos", "crate::features", "crate::server::http", "crate::server::replies", "super::super::http"];
    keeps_out("server/store", &forbidden, &[]);
}

#[test]
fn the_engine_and_the_model_know_no_leptos() {
    keeps_out("server/replies", &["leptos", "axum", "crate::features"], &[]);
    keeps_out("server/model", &["leptos", "crate::features"], &[]);
}

#[test]
fn the_server_uses_features_only_where_the_router_mounts_the_app() {
    keeps_out("server", &["crate::features", "crate::app"], &["server/http/mod.rs", "server/http/files.rs"]);
}

#[test]
fn server_functions_hold_no_sql() {
    keeps_out("features", &["sqlx"], &[]);
}
