//! The examples of proxies send again what met a node that died, but for what must not be done twice.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::openapi::registered;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// What makes something new of which the client made no id, or is refused the second time.
const ONCE: [&str; 10] = [
    "accept_invitation",
    "change_password",
    "create_token",
    "create_workspace",
    "forgot_password",
    "invite",
    "join",
    "reset_password",
    "set_up",
    "sign_up",
];

#[test]
fn what_must_not_be_done_twice_is_sent_again_by_no_example() {
    let there: BTreeSet<&str> = registered().into_iter().filter_map(|path| path.strip_prefix("/api/")).collect();
    assert!(ONCE.iter().all(|function| there.contains(function)), "{there:?}");
    let (nginx, caddy) = (read("deploy/nginx.conf"), read("deploy/Caddyfile"));
    let (_, alternatives) = nginx.split_once("location ~ ^/api/(").unwrap();
    let mut of_nginx: Vec<&str> = alternatives.split(')').next().unwrap().split('|').collect();
    let (_, paths) = caddy.split_once("not path ").unwrap();
    let paths = paths.lines().next().unwrap().split(' ');
    let mut of_caddy: Vec<&str> = paths.filter_map(|path| path.strip_prefix("/api/")).collect();
    of_nginx.sort_unstable();
    of_caddy.sort_unstable();
    assert_eq!((of_nginx, of_caddy), (ONCE.to_vec(), ONCE.to_vec()));
    let operations = read("docs/operations.md");
    assert!(ONCE.iter().all(|function| operations.contains(&format!("`{function}`"))));
}
