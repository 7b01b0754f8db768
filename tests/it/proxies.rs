//! The examples of proxies send again what met a node that died, but for what must not be done twice.

use std::{collections::BTreeSet, fs, path::Path};

use crate::support::openapi::registered;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// What must not be sent twice: it makes something new of which the client made no id, or is refused the second time though it
/// was done.
const ONCE: [&str; 21] = [
    "accept_invitation",
    "change_password",
    "create_token",
    "create_workspace",
    "delete_budget",
    "delete_expert",
    "delete_mcp_server",
    "delete_product",
    "delete_provider",
    "forgot_password",
    "invite",
    "join",
    "leave_workspace",
    "refresh_provider",
    "remove_member",
    "reset_password",
    "set_role",
    "set_up",
    "sign_in",
    "sign_out",
    "sign_up",
];

/// What may be: it changes nothing, says what is to be so, or makes something under an id that the client made.
const TWICE: [&str; 85] = [
    "allow_tool_call",
    "archive_chat",
    "ask_before_tools",
    "audit_log",
    "begin_oidc",
    "browse_models",
    "budgets_left",
    "change_budget",
    "chat_tools",
    "check_reset",
    "choose_model",
    "continue_reply",
    "decline_tool_call",
    "delete_chat",
    "edit_message",
    "end_other_sessions",
    "end_session",
    "follow_changes",
    "follow_reply",
    "fresh_invitation",
    "fresh_token",
    "highlight_code",
    "invitation",
    "list_budgets",
    "list_chats",
    "list_experts",
    "list_invitations",
    "list_mcp_servers",
    "list_members",
    "list_products",
    "list_providers",
    "list_tokens",
    "load_chat",
    "load_defaults",
    "load_expert",
    "load_mcp_server",
    "load_model",
    "load_product",
    "load_provider",
    "make_budget",
    "my_devices",
    "offered_models",
    "offered_tools",
    "older_messages",
    "refresh_mcp_server",
    "regenerate_reply",
    "reinstate_member",
    "remove_avatar",
    "remove_portrait",
    "rename_chat",
    "rename_workspace",
    "restore_chat",
    "restore_expert",
    "restore_product",
    "revoke_invitation",
    "revoke_token",
    "save_chat_settings",
    "save_defaults",
    "save_expert",
    "save_mcp_server",
    "save_model",
    "save_product",
    "save_profile",
    "save_provider",
    "select_message",
    "send_message",
    "set_avatar",
    "set_moderation",
    "set_portrait",
    "set_title_model",
    "share_chat",
    "start_chat",
    "stop_reply",
    "suspend_member",
    "switch_model",
    "switch_provider",
    "switch_tool",
    "switch_workspace",
    "test_provider",
    "usage",
    "ways_in",
    "who_am_i",
    "who_answers",
    "workspace_care",
    "workspace_overview",
];

#[test]
fn of_every_function_it_is_known_whether_it_may_be_sent_twice() {
    let there: BTreeSet<&str> = registered().into_iter().filter_map(|path| path.strip_prefix("/api/")).collect();
    for function in &there {
        let places = ONCE.iter().chain(&TWICE).filter(|listed| *listed == function).count();
        assert_eq!(places, 1, "{function} has to be in one of the lists of this file: may a proxy send it twice?");
    }
    let gone: Vec<_> = ONCE.iter().chain(&TWICE).filter(|listed| !there.contains(*listed)).collect();
    assert!(gone.is_empty(), "these are listed and not there: {gone:?}");
}

#[test]
fn what_must_not_be_done_twice_is_sent_again_by_no_example() {
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
