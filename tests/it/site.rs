//! Scripts and styles: inside of a release binary, or in a folder.

use std::{fs, path::Path};

use tempfile::TempDir;

use crate::support::{process::Launch, upstream::Upstream};

#[allow(dead_code, reason = "its main is called by cargo")]
#[path = "../../build.rs"]
mod build;

/// The files that would be put into a binary: what each is asked for by, and where it is.
fn found(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    build::find(root, root, &mut files).unwrap();
    files.sort();
    files
}

#[test]
fn every_file_of_the_site_goes_into_the_binary_under_the_path_by_which_it_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let all = ["/favicon.svg", "/fonts/latin/a.woff2", "/pkg/parlance.css", "/pkg/parlance.js", "/pkg/parlance.js.br"];
    for name in all {
        let path = root.join(name.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let files = found(root);
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), all);
    for (name, path) in &files {
        assert!(Path::new(path).is_absolute() && fs::read_to_string(path).unwrap() == *name, "{path}");
    }
    assert_eq!(build::missing(&files), None);
}

#[test]
fn a_site_without_what_every_page_asks_for_is_told_of_when_the_binary_is_built() {
    let folder = TempDir::new().unwrap();
    assert_eq!(build::missing(&found(folder.path())), Some("/pkg/parlance.css"));
    fs::create_dir(folder.path().join("pkg")).unwrap();
    fs::write(folder.path().join("pkg/parlance.css"), "").unwrap();
    assert_eq!(build::missing(&found(folder.path())), Some("/pkg/parlance.js"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_has_no_site_says_so_when_it_starts_and_serves_what_it_has() {
    let (upstream, empty) = (Upstream::start().await, TempDir::new().unwrap());
    let launch = Launch::new(&upstream).variable("LEPTOS_SITE_ROOT", &empty.path().display().to_string());
    let server = launch.start().await;
    server.logs("pages come without scripts and styles").await;
    assert!(server.client.page("/").await.contains("/pkg/parlance.css"));
}
