//! Everything that the audit log knows of is written by something.

use parlance::{
    domain::{
        audit::AuditAction,
        chat::Sharing,
        id::{BudgetId, McpServerId, ProviderId, WorkspaceId},
        invitation::{FreshInvitation, PendingInvitation},
        member::MemberRole,
        person::Device,
        token::FreshToken,
    },
    server::config::Auth,
};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    app::TestApp,
    browser::Browser,
    client::Client,
    database::value,
    mcp::TestMcp,
    people::{OWNER, PASSWORD},
    provider::{HERE, Provider},
    providers::with_own_providers,
    script::Script,
    smtp::SmtpServer,
    upstream::Upstream,
    wait::eventually,
};

/// The server's address in mails.
const URL: &str = "http://chat.example.com";
const NEW: &str = "sphinx of black quartz";

/// A server that can do all that there is, and what it needs for that.
struct World {
    app: TestApp,
    url: String,
    /// The owner.
    ada: Client,
    mails: SmtpServer,
    /// The OpenID provider.
    provider: Provider,
    /// A provider of models.
    models: Upstream,
    mcp: TestMcp,
}

impl World {
    async fn start() -> Self {
        let people = json!({ "ada": { "name": "Ada Lovelace", "email": OWNER, "email_verified": true } });
        let (provider, mails) = (Provider::start(people).await, SmtpServer::start().await);
        let (oidc, mail) = (provider.settings(), mails.settings(URL));
        let app = TestApp::start_with(|config| {
            config.access.auth = Auth::On;
            config.access.url = Some(HERE.to_owned());
            config.access.oidc = Some(oidc);
            config.mail = Some(mail);
            with_own_providers(config);
        })
        .await;
        app.upstream.answer_with(|_| Some(Script::reply("Hello.")));
        let models = Upstream::start().await;
        models.lists(&json!({ "object": "list", "data": [{ "id": "loom", "object": "model" }] }));
        let (url, ada) = (app.database(), app.client.set_up().await);
        Self { app, url, ada, mails, provider, models, mcp: TestMcp::start().await }
    }

    async fn entries(&self, action: AuditAction) -> i64 {
        let sql = format!("SELECT count(*) FROM audit_entries WHERE action = '{}'", action.as_str());
        value(&self.url, &sql).await
    }

    /// Another session of the owner.
    async fn elsewhere(&self) -> Client {
        self.app.client.sign_in(OWNER, PASSWORD).await.unwrap()
    }

    /// Invites somebody: the secret of the link.
    async fn invite(&self) -> String {
        let fresh: FreshInvitation = self.ada.call("invite", &[("role", "member")]).await.unwrap();
        fresh.path.strip_prefix("/join/").unwrap().to_owned()
    }

    /// Somebody who came in by an invitation, and has a password.
    async fn guest(&self, email: &str) -> Client {
        let secret = self.invite().await;
        let fields = [("secret", secret.as_str()), ("name", "A guest"), ("email", email), ("password", PASSWORD)];
        self.app.client.entering("join", &fields).await.unwrap()
    }

    /// Asks for a link for a new password: its secret.
    async fn link_for(&self, email: &str) -> String {
        let before = self.mails.mails(0).await.len();
        self.app.client.order("forgot_password", &[("email", email)]).await.unwrap();
        let mails = self.mails.mails(before + 1).await;
        let link = mails[before].line_from(URL).to_owned();
        link.strip_prefix(&format!("{URL}/reset/")).unwrap().to_owned()
    }

    /// Has something done with a person of the workspace.
    async fn with_member(&self, name: &str, functions: &[&str]) {
        let member = self.ada.member(&self.url, name, MemberRole::Member).await.me().await.person.id.to_string();
        for function in functions {
            let fields = [("member", member.as_str()), ("role", "viewer")];
            let fields = if *function == "set_role" { &fields[..] } else { &fields[..1] };
            self.ada.order(function, fields).await.unwrap();
        }
    }

    /// Deletes a product and an expert that a chat uses, or has them back.
    async fn with_used(&self, kind: &str, function: &str) {
        let (product, expert) =
            (self.ada.product("Engine", "500 kg").await, self.ada.expert("Hopper", "Be brief.", "").await);
        self.ada.start_with("Hello", Some(product), Some(expert)).await.unwrap();
        let id = if kind == "product" { product.to_string() } else { expert.to_string() };
        self.ada.order(&format!("delete_{kind}"), &[(kind, &id)]).await.unwrap();
        if function != "delete" {
            self.ada.order(&format!("{function}_{kind}"), &[(kind, &id)]).await.unwrap();
        }
    }

    async fn model_provider(&self, name: &str) -> ProviderId {
        self.ada.provider(name, &self.models.base_url(), "").await
    }

    async fn mcp_server(&self, name: &str) -> McpServerId {
        self.ada.add_mcp(name, &self.mcp.url, "").await
    }

    async fn budget(&self) -> BudgetId {
        self.ada.budget("everybody", "requests", "1000", false).await
    }

    /// Does once what this is about. An action that nothing here does cannot be added.
    async fn does(&self, action: AuditAction) {
        let (ada, open) = (&self.ada, &self.app.client);
        match action {
            // The server was set up when it started.
            AuditAction::ServerSetUp => {}
            AuditAction::SignedIn => drop(self.elsewhere().await),
            AuditAction::SignInRefused => drop(open.sign_in(OWNER, "another horse battery").await.unwrap_err()),
            AuditAction::SignedOut => self.elsewhere().await.order("sign_out", &[]).await.unwrap(),
            AuditAction::SessionEnded => {
                let devices: Vec<Device> = self.elsewhere().await.call("my_devices", &[]).await.unwrap();
                let device = devices.iter().find(|device| device.current).unwrap();
                ada.order("end_session", &[("session", &device.session.to_string())]).await.unwrap();
            }
            AuditAction::PasswordChanged => {
                let fields = [("current", PASSWORD), ("password", NEW)];
                self.guest("changes@example.com").await.entering("change_password", &fields).await.unwrap();
            }
            AuditAction::PasswordReset => {
                self.guest("resets@example.com").await;
                let secret = self.link_for("resets@example.com").await;
                open.order("reset_password", &[("secret", &secret), ("password", NEW)]).await.unwrap();
            }
            AuditAction::PasswordResetAsked => drop(self.link_for(OWNER).await),
            AuditAction::IdentityLinked => {
                let mut browser = Browser::new(self.app.address, &self.provider.issuer, "ada");
                assert_eq!(browser.sign_in(&[]).await, "/");
            }
            AuditAction::TokenCreated | AuditAction::TokenRevoked => {
                let fields = [("name", "Script"), ("scope", "write")];
                let token: FreshToken = ada.call("create_token", &fields).await.unwrap();
                if action == AuditAction::TokenRevoked {
                    ada.order("revoke_token", &[("token", &token.id.to_string())]).await.unwrap();
                }
            }
            // It takes whoever makes it there.
            AuditAction::WorkspaceCreated => {
                let stranger = open.stranger(&self.url, "Stranger").await;
                stranger.call::<WorkspaceId>("create_workspace", &[("name", "Looms")]).await.unwrap();
            }
            AuditAction::WorkspaceRenamed => ada.order("rename_workspace", &[("name", "Mills")]).await.unwrap(),
            AuditAction::InvitationCreated => drop(self.invite().await),
            AuditAction::InvitationRevoked => {
                self.invite().await;
                let all: Vec<PendingInvitation> = ada.call("list_invitations", &[]).await.unwrap();
                ada.order("revoke_invitation", &[("invitation", &all[0].id.to_string())]).await.unwrap();
            }
            AuditAction::InvitationAccepted => drop(self.guest("accepts@example.com").await),
            AuditAction::RoleChanged => self.with_member("Vera", &["set_role"]).await,
            AuditAction::MemberSuspended => self.with_member("Susan", &["suspend_member"]).await,
            AuditAction::MemberReinstated => {
                self.with_member("Rita", &["suspend_member", "reinstate_member"]).await;
            }
            AuditAction::MemberRemoved => self.with_member("Rose", &["remove_member"]).await,
            AuditAction::MemberLeft => {
                let leaver = ada.member(&self.url, "Lena", MemberRole::Member).await;
                leaver.order("leave_workspace", &[]).await.unwrap();
            }
            AuditAction::ChatShared => {
                let (started, _) = ada.ask("Hello").await;
                ada.share(started.chat, Sharing::Read).await.unwrap();
            }
            AuditAction::ChatDeleted | AuditAction::ChatRestored => {
                let (started, _) = ada.ask("Hello").await;
                ada.delete(started.chat).await.unwrap();
                if action == AuditAction::ChatRestored {
                    ada.restore(started.chat).await.unwrap();
                }
            }
            AuditAction::ProductDeleted => self.with_used("product", "delete").await,
            AuditAction::ProductRestored => self.with_used("product", "restore").await,
            AuditAction::ExpertDeleted => self.with_used("expert", "delete").await,
            AuditAction::ExpertRestored => self.with_used("expert", "restore").await,
            AuditAction::ProviderAdded => {
                self.model_provider("Added").await;
            }
            AuditAction::ProviderChanged => {
                let provider = self.model_provider("Changed").await;
                ada.save_provider(provider, "Changed by now", &self.models.base_url(), "").await.unwrap();
            }
            AuditAction::ProviderDeleted => {
                let provider = self.model_provider("Deleted").await;
                ada.order("delete_provider", &[("provider", &provider.to_string())]).await.unwrap();
            }
            AuditAction::ModelChanged => {
                let provider = self.model_provider("Of a model").await;
                let loom = ada.model_of(provider, "loom").await;
                ada.switch_model(loom.id, false).await.unwrap();
            }
            AuditAction::BudgetCreated => {
                self.budget().await;
            }
            AuditAction::BudgetChanged => {
                let budget = self.budget().await.to_string();
                let fields = [("budget", budget.as_str()), ("amount", "2000"), ("hard", "false")];
                ada.order("change_budget", &fields).await.unwrap();
            }
            AuditAction::BudgetDeleted => {
                let budget = self.budget().await.to_string();
                ada.order("delete_budget", &[("budget", &budget)]).await.unwrap();
            }
            AuditAction::McpServerAdded => {
                self.mcp_server("added").await;
            }
            AuditAction::McpServerChanged => {
                let server = self.mcp_server("changed").await;
                ada.save_mcp(server, "renamed", &self.mcp.url, "").await.unwrap();
            }
            AuditAction::McpServerDeleted => {
                let server = self.mcp_server("deleted").await.to_string();
                ada.order("delete_mcp_server", &[("server", &server)]).await.unwrap();
            }
            AuditAction::Exported => {
                assert_eq!(ada.get("/workspace/usage.csv").await.status(), StatusCode::OK);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_done_that_owners_may_want_to_know_is_written_down_once() {
    let world = World::start().await;
    for &action in AuditAction::ALL {
        let before = if action == AuditAction::ServerSetUp { 0 } else { world.entries(action).await };
        world.does(action).await;
        // A link for a password is made after the answer, so that nobody learns who has an account.
        let what = format!("{} to be written", action.as_str());
        eventually(what, async || world.entries(action).await > before).await;
        assert_eq!(world.entries(action).await, before + 1, "{}", action.as_str());
    }
}
