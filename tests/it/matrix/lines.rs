//! Who may do what: a line for every page, route and server function.
//!
//! A line names a server function, or `GET` and the path of a page or a route; then the chat that the world of that line
//! has: `private` to the owner, shared to `read` or to `write` in, or `-` for none that matters. Then what each column is
//! answered: `ok` for success, else the status. `reading` and `writing` are tokens of the owner; `stranger` owns another
//! workspace; `suspended` is a member who is signed in still.
//!
//! Fields get their values from `world.rs`, and from `docs/openapi.json` what that does not know.

/// The lines.
pub const LINES: &str = "
function or path          chat     owner admin member viewer stranger suspended anonymous reading writing

# The way in: open to everybody, whoever they are.
ways_in                   -        ok    ok    ok     ok     ok       ok        ok        ok      ok
set_up                    -        422   422   422    422    422      422       422       422     422
sign_in                   -        401   401   401    401    401      401       401       401     401
# There is no OpenID provider here.
begin_oidc                -        403   403   403    403    403      403       403       403     403
# The server sends no mails, and nobody has a link.
forgot_password           -        403   403   403    403    403      403       403       403     403
check_reset               -        422   422   422    422    422      422       422       422     422
reset_password            -        422   422   422    422    422      422       422       422     422
sign_out                  -        ok    ok    ok     ok     ok       ok        401       403     403

invitation                -        ok    ok    ok     ok     ok       ok        ok        ok      ok
join                      -        ok    ok    ok     ok     ok       ok        ok        ok      ok
accept_invitation         -        422   422   422    422    ok       422       401       403     403
sign_up                   -        403   403   403    403    403      403       403       403     403

# Oneself.
who_am_i                  -        ok    ok    ok     ok     ok       ok        401       ok      ok
save_profile              -        ok    ok    ok     ok     ok       ok        401       403     403
set_avatar                -        ok    ok    ok     ok     ok       ok        401       403     403
remove_avatar             -        ok    ok    ok     ok     ok       ok        401       403     403
# Nobody here has a password.
change_password           -        422   422   422    422    422      422       401       403     403
my_devices                -        ok    ok    ok     ok     ok       ok        401       403     403
end_session               -        ok    ok    ok     ok     ok       ok        401       403     403
end_other_sessions        -        ok    ok    ok     ok     ok       ok        401       403     403
list_tokens               -        ok    ok    ok     ok     ok       ok        401       ok      ok
create_token              -        ok    ok    ok     ok     ok       404       401       403     403
fresh_token               -        ok    ok    ok     ok     ok       ok        401       403     403
revoke_token              -        ok    404   404    404    404      404       401       403     403

# What everybody has who is signed in.
highlight_code            -        ok    ok    ok     ok     ok       ok        401       ok      ok

# A workspace.
list_chats                -        ok    ok    ok     ok     404      404       401       ok      ok
who_answers               -        ok    ok    ok     ok     404      404       401       ok      ok
follow_changes            -        ok    ok    ok     ok     404      404       401       ok      ok
start_chat                -        ok    ok    ok     403    404      404       401       403     ok
switch_workspace          -        ok    ok    ok     ok     404      404       401       403     403
create_workspace          -        ok    403   403    403    ok       403       401       403     403
rename_workspace          -        ok    ok    403    403    404      404       401       403     403
workspace_overview        -        ok    ok    ok     ok     404      404       401       ok      ok
workspace_care            -        ok    ok    403    403    404      404       401       ok      ok
set_title_model           -        ok    ok    403    403    404      404       401       403     ok
set_moderation            -        ok    ok    403    403    404      404       401       403     ok
audit_log                 -        ok    403   403    403    404      404       401       ok      ok

# What it uses, and how much it may. Admins see everybody's usage, others their own.
usage                     -        ok    ok    ok     ok     404      404       401       ok      ok
budgets_left              -        ok    ok    ok     ok     404      404       401       ok      ok
list_budgets              -        ok    ok    403    403    404      404       401       ok      ok
make_budget               -        ok    ok    403    403    404      404       401       403     ok
change_budget             -        ok    ok    403    403    404      404       401       403     ok
delete_budget             -        ok    ok    403    403    404      404       401       403     ok

# Its people, and who is invited. What is done is done to the member.
list_members              -        ok    ok    ok     ok     404      404       401       ok      ok
set_role                  -        ok    ok    403    403    404      404       401       403     403
suspend_member            -        ok    ok    403    403    404      404       401       403     403
reinstate_member          -        ok    ok    403    403    404      404       401       403     403
remove_member             -        ok    ok    403    403    404      404       401       403     403
leave_workspace           -        422   ok    ok     ok     404      404       401       403     403
list_invitations          -        ok    ok    403    403    404      404       401       ok      ok
invite                    -        ok    ok    403    403    404      404       401       403     403
fresh_invitation          -        ok    ok    ok     ok     ok       ok        401       403     403
revoke_invitation         -        ok    ok    403    403    404      404       401       403     403

# Products and experts: admins look after them.
list_products             -        ok    ok    ok     ok     404      404       401       ok      ok
list_experts              -        ok    ok    ok     ok     404      404       401       ok      ok
load_product              -        ok    ok    403    403    404      404       401       403     ok
load_expert               -        ok    ok    403    403    404      404       401       403     ok
save_product              -        ok    ok    403    403    404      404       401       403     ok
save_expert               -        ok    ok    403    403    404      404       401       403     ok
delete_product            -        ok    ok    403    403    404      404       401       403     ok
delete_expert             -        ok    ok    403    403    404      404       401       403     ok
restore_product           -        ok    ok    403    403    404      404       401       403     ok
restore_expert            -        ok    ok    403    403    404      404       401       403     ok
set_portrait              -        ok    ok    403    403    404      404       401       403     ok
remove_portrait           -        ok    ok    403    403    404      404       401       403     ok

# Providers and models: admins look after them. The provider is the workspace's own.
list_providers            -        ok    ok    403    403    404      404       401       403     ok
load_provider             -        ok    ok    403    403    404      404       401       403     ok
save_provider             -        ok    ok    403    403    404      404       401       403     ok
test_provider             -        ok    ok    403    403    404      404       401       403     ok
refresh_provider          -        ok    ok    403    403    404      404       401       403     ok
switch_provider           -        ok    ok    403    403    404      404       401       403     ok
delete_provider           -        ok    ok    403    403    404      404       401       403     ok
browse_models             -        ok    ok    403    403    404      404       401       403     ok
load_model                -        ok    ok    403    403    404      404       401       403     ok
save_model                -        ok    ok    403    403    404      404       401       403     ok
switch_model              -        ok    ok    403    403    404      404       401       403     ok
# How models are asked: everybody sees what there is, admins say what holds.
offered_models            -        ok    ok    ok     ok     404      404       401       ok      ok
offered_tools             -        ok    ok    ok     ok     404      404       401       ok      ok
load_defaults             -        ok    ok    403    403    404      404       401       403     ok
save_defaults             -        ok    ok    403    403    404      404       401       403     ok

# MCP servers: admins look after them.
list_mcp_servers          -        ok    ok    403    403    404      404       401       ok      ok
load_mcp_server           -        ok    ok    403    403    404      404       401       ok      ok
save_mcp_server           -        ok    ok    403    403    404      404       401       403     ok
delete_mcp_server         -        ok    ok    403    403    404      404       401       403     ok
refresh_mcp_server        -        ok    ok    403    403    404      404       401       403     ok

# A chat of the owner's.
load_chat                 private  ok    404   404    404    404      404       401       ok      ok
load_chat                 read     ok    ok    ok     ok     404      404       401       ok      ok
load_chat                 write    ok    ok    ok     ok     404      404       401       ok      ok
older_messages            private  ok    404   404    404    404      404       401       ok      ok
older_messages            read     ok    ok    ok     ok     404      404       401       ok      ok
follow_reply              private  ok    404   404    404    404      404       401       ok      ok
follow_reply              read     ok    ok    ok     ok     404      404       401       ok      ok
send_message              private  ok    404   404    404    404      404       401       403     ok
send_message              read     ok    403   403    403    404      404       401       403     ok
send_message              write    ok    ok    ok     403    404      404       401       403     ok
edit_message              private  ok    404   404    404    404      404       401       403     ok
edit_message              read     ok    403   403    403    404      404       401       403     ok
edit_message              write    ok    ok    ok     403    404      404       401       403     ok
regenerate_reply          private  ok    404   404    404    404      404       401       403     ok
regenerate_reply          read     ok    403   403    403    404      404       401       403     ok
regenerate_reply          write    ok    ok    ok     403    404      404       401       403     ok
continue_reply            private  ok    404   404    404    404      404       401       403     ok
continue_reply            read     ok    403   403    403    404      404       401       403     ok
continue_reply            write    ok    ok    ok     403    404      404       401       403     ok
stop_reply                private  ok    404   404    404    404      404       401       403     ok
stop_reply                read     ok    403   403    403    404      404       401       403     ok
stop_reply                write    ok    ok    ok     403    404      404       401       403     ok
chat_tools                private  ok    404   404    404    404      404       401       ok      ok
chat_tools                read     ok    ok    ok     ok     404      404       401       ok      ok
switch_tool               private  ok    404   404    404    404      404       401       403     ok
switch_tool               read     ok    403   403    403    404      404       401       403     ok
switch_tool               write    ok    ok    ok     403    404      404       401       403     ok
ask_before_tools          private  ok    404   404    404    404      404       401       403     ok
ask_before_tools          read     ok    403   403    403    404      404       401       403     ok
ask_before_tools          write    ok    ok    ok     403    404      404       401       403     ok
allow_tool_call           private  ok    404   404    404    404      404       401       403     ok
allow_tool_call           read     ok    403   403    403    404      404       401       403     ok
allow_tool_call           write    ok    ok    ok     403    404      404       401       403     ok
decline_tool_call         private  ok    404   404    404    404      404       401       403     ok
decline_tool_call         read     ok    403   403    403    404      404       401       403     ok
decline_tool_call         write    ok    ok    ok     403    404      404       401       403     ok
select_message            private  ok    404   404    404    404      404       401       403     ok
select_message            read     ok    403   403    403    404      404       401       403     ok
select_message            write    ok    ok    ok     403    404      404       401       403     ok
choose_model              private  ok    404   404    404    404      404       401       403     ok
choose_model              read     ok    403   403    403    404      404       401       403     ok
choose_model              write    ok    ok    ok     403    404      404       401       403     ok
save_chat_settings        private  ok    404   404    404    404      404       401       403     ok
save_chat_settings        read     ok    403   403    403    404      404       401       403     ok
save_chat_settings        write    ok    ok    ok     403    404      404       401       403     ok
rename_chat               private  ok    404   404    404    404      404       401       403     ok
rename_chat               write    ok    403   403    403    404      404       401       403     ok
archive_chat              private  ok    404   404    404    404      404       401       403     ok
archive_chat              write    ok    403   403    403    404      404       401       403     ok
share_chat                private  ok    404   404    404    404      404       401       403     ok
share_chat                write    ok    403   403    403    404      404       401       403     ok
delete_chat               private  ok    404   404    404    404      404       401       403     ok
delete_chat               write    ok    403   403    403    404      404       401       403     ok
restore_chat              private  ok    404   404    404    404      404       401       403     ok
restore_chat              write    ok    403   403    403    404      404       401       403     ok

# Pages: whoever is not signed in is sent to where one does that.
GET /                     -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /chats/new            -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /chats/archived       -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /chats/{id}           private  ok    404   404    404    404      404       303       ok      ok
GET /chats/{id}           read     ok    ok    ok     ok     404      404       303       ok      ok
GET /account              -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /account/devices      -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /account/tokens       -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /workspace            -        ok    ok    ok     ok     ok       404       303       ok      ok
GET /workspace/new        -        ok    ok    ok     ok     ok       ok        303       ok      ok
GET /workspace/audit      -        ok    403   403    403    ok       404       303       ok      ok
GET /workspace/members    -        ok    ok    ok     ok     ok       404       303       ok      ok
GET /workspace/defaults   -        ok    ok    403    403    ok       404       303       403     ok
GET /workspace/usage      -        ok    ok    ok     ok     ok       404       303       ok      ok
GET /workspace/usage.csv  -        ok    ok    ok     ok     ok       404       303       ok      ok
GET /workspace/budgets    -        ok    ok    403    403    ok       404       303       ok      ok
GET /workspace/products   -        ok    ok    403    403    ok       404       303       403     ok
GET /workspace/products/{id} -     ok    ok    403    403    404      404       303       403     ok
GET /workspace/experts    -        ok    ok    403    403    ok       404       303       403     ok
GET /workspace/experts/{id} -      ok    ok    403    403    404      404       303       403     ok
GET /workspace/providers  -        ok    ok    403    403    ok       404       303       403     ok
GET /workspace/providers/{id} -   ok    ok    403    403    404      404       303       403     ok
GET /workspace/models     -        ok    ok    403    403    ok       404       303       403     ok
GET /workspace/models/{id} -   ok    ok    403    403    404      404       303       403     ok
GET /workspace/tools      -        ok    ok    403    403    ok       404       303       ok      ok
GET /workspace/tools/{id} -        ok    ok    403    403    404      404       303       ok      ok
GET /setup                -        303   303   303    303    303      303       303       303     303
GET /sign-in              -        303   303   303    303    303      303       ok        303     303
GET /sign-up              -        303   303   303    303    303      303       ok        303     303
GET /forgot               -        ok    ok    ok     ok     ok       ok        ok        ok      ok
GET /reset/{secret}       -        ok    ok    ok     ok     ok       ok        ok        ok      ok
GET /join/{secret}        -        ok    ok    ok     ok     ok       ok        ok        ok      ok

# The way back from an OpenID provider, for whoever did not begin there.
GET /oidc/return          -        303   303   303    303    303      303       303       303     303

# A picture of the workspace.
GET /images/{id}          -        ok    ok    ok     ok     404      404       401       ok      ok

# How the server is: for whoever watches it.
GET /healthz              -        ok    ok    ok     ok     ok       ok        ok        ok      ok
GET /readyz               -        ok    ok    ok     ok     ok       ok        ok        ok      ok
GET /metrics              -        ok    ok    ok     ok     ok       ok        ok        ok      ok
";
