//! A workspace with one of everybody, and something of the owner's to ask for. Written past the server, which is asked about
//! it afterwards.

use parlance::{
    domain::{
        id::{
            BudgetId, ChatId, ExpertId, ImageId, InvitationId, McpServerId, MessageId, ModelId, ProductId, ProviderId,
            SessionId, TokenId, UserId, WorkspaceId,
        },
        member::MemberRole,
    },
    server::{
        access::secret::{Secret, SecretHash},
        providers::MAIN,
    },
};

use super::COLUMNS;
use crate::support::{app::TestApp, client::Client, database::change, people::now};

/// One of everybody, in the order of [`COLUMNS`], and the things of the owner.
pub struct World {
    /// Who asks.
    pub people: [Client; COLUMNS.len()],
    /// A token of the one who is suspended.
    pub suspended_token: Client,
    workspace: WorkspaceId,
    member: UserId,
    invitation: InvitationId,
    secret: Secret,
    token: TokenId,
    chat: ChatId,
    message: MessageId,
    reply: MessageId,
    image: ImageId,
    product: ProductId,
    expert: ExpertId,
    provider: ProviderId,
    model: ModelId,
    base_url: String,
    budget: BudgetId,
    server: McpServerId,
}

impl World {
    /// A new one, with a chat of the owner's if one is asked for: private, or shared to `read` or to `write` in.
    pub async fn new(app: &TestApp, chat: &str) -> Self {
        let mut maker = Maker { app, users: Vec::new(), members: Vec::new(), sessions: Vec::new(), tokens: Vec::new() };
        let (workspace, elsewhere) = (WorkspaceId::new(), WorkspaceId::new());
        let mut person = |inside, role, suspended| maker.person(inside, role, suspended);
        let (owner, owners) = person(workspace, MemberRole::Owner, false);
        let (_, admin) = person(workspace, MemberRole::Admin, false);
        let (ordinary, member) = person(workspace, MemberRole::Member, false);
        let (_, viewer) = person(workspace, MemberRole::Viewer, false);
        let (_, stranger) = person(elsewhere, MemberRole::Owner, false);
        let (outcast, suspended) = person(workspace, MemberRole::Member, true);
        let (token, reading) = maker.token(owner, workspace, "read");
        let (_, writing) = maker.token(owner, workspace, "write");
        let (_, suspended_token) = maker.token(outcast, workspace, "write");
        maker.write(&[workspace, elsewhere]).await;
        let (invitation, secret) = (InvitationId::new(), Secret::new("join_").expect("randomness"));
        let open = format!(
            "INSERT INTO invitations (id, secret_hash, workspace_id, role, invited_by, created_at, expires_at)
             VALUES ('{invitation}', '{}', '{workspace}', 'viewer', '{owner}', {}, {})",
            secret.hash().as_str(),
            now(),
            now() + 3_600_000_000
        );
        change(&app.database(), &open).await;
        let image = ImageId::new();
        let picture = format!(
            "INSERT INTO images (id, workspace_id, media_type, data, created_at)
             VALUES ('{image}', '{workspace}', 'image/png', 'AAAA', 1)"
        );
        let (product, expert) = (ProductId::new(), ExpertId::new());
        let products = format!(
            "INSERT INTO products (id, workspace_id, name, description, facts, created_at, updated_at)
             VALUES ('{product}', '{workspace}', 'Engine', '', '', 1, 1)"
        );
        let experts = format!(
            "INSERT INTO experts (id, workspace_id, name, title, instructions, portrait_id, created_at, updated_at)
             VALUES ('{expert}', '{workspace}', 'Hopper', '', '', '{image}', 1, 1)"
        );
        let (provider, model, base_url) = (ProviderId::new(), ModelId::new(), app.upstream.base_url());
        let providers = format!(
            "INSERT INTO providers (id, workspace_id, name, base_url, created_at, updated_at)
             VALUES ('{provider}', '{workspace}', 'Engines', '{base_url}', 1, 1)"
        );
        let models = format!(
            "INSERT INTO models (id, provider_id, model, name, created_at, updated_at)
             VALUES ('{model}', '{provider}', 'loom', 'Loom', 1, 1)"
        );
        let budget = BudgetId::new();
        // It binds nobody who sends anything here: it only warns.
        let budgets = format!(
            "INSERT INTO budgets (id, workspace_id, scope, period, unit, amount, hard, created_at, updated_at)
             VALUES ('{budget}', '{workspace}', 'workspace', 'day', 'requests', 1000, 0, 1, 1)"
        );
        let server = McpServerId::new();
        // Nobody listens there.
        let servers = format!(
            "INSERT INTO mcp_servers (id, workspace_id, name, url, created_at, updated_at)
             VALUES ('{server}', '{workspace}', 'CRM', 'http://127.0.0.1:9/mcp', 1, 1)"
        );
        for sql in [picture, products, experts, providers, models, budgets, servers] {
            change(&app.database(), &sql).await;
        }
        let anonymous = app.client.clone();
        let people = [owners, admin, member, viewer, stranger, suspended, anonymous, reading, writing];
        let (message, reply) = (MessageId::new(), MessageId::new());
        let mut world = Self {
            people,
            suspended_token,
            workspace,
            member: ordinary,
            invitation,
            secret,
            token,
            chat: ChatId::new(),
            message,
            reply,
            image,
            product,
            expert,
            provider,
            model,
            base_url,
            budget,
            server,
        };
        if chat != "-" {
            world.begin(&app.database(), chat).await;
        }
        world
    }

    /// Begins the owner's chat. Its reply has broken off, so that everything can be done with it.
    async fn begin(&mut self, url: &str, sharing: &str) {
        let owner = &self.people[0];
        let made = owner.start_as(self.chat, self.message, "Hello").await.expect("a chat to begin");
        self.reply = made.reply;
        owner.follow_to_end(self.reply, 0).await;
        change(url, &format!("UPDATE chats SET sharing = '{sharing}' WHERE id = '{}'", self.chat)).await;
        change(url, &format!("UPDATE messages SET status = 'stopped' WHERE id = '{}'", self.reply)).await;
        // Two calls that were answered already: the same answer is taken again.
        let reply = self.reply;
        let calls = format!(
            "INSERT INTO tool_calls (message_id, number, round, call_id, name, arguments, status, created_at) VALUES
             ('{reply}', 0, 0, 'a', 'calculate', '{{}}', 'allowed', 1),
             ('{reply}', 1, 0, 'b', 'calculate', '{{}}', 'declined', 1)"
        );
        change(url, &calls).await;
    }

    /// The path of a page, with the ids that it is about.
    pub fn path(&self, path: &str) -> String {
        let id = match path.rsplit_once('/').map_or("", |(before, _)| before) {
            "/images" => self.image.to_string(),
            "/workspace/products" => self.product.to_string(),
            "/workspace/experts" => self.expert.to_string(),
            "/workspace/providers" => self.provider.to_string(),
            "/workspace/models" => self.model.to_string(),
            "/workspace/tools" => self.server.to_string(),
            _ => self.chat.to_string(),
        };
        path.replace("{id}", &id).replace("{secret}", self.secret.expose())
    }

    /// What is sent in a field of a function; `None` if its kind is all that matters.
    pub fn value(&self, function: &str, field: &str) -> Option<String> {
        let makes_a_message =
            ["start_chat", "send_message", "edit_message", "regenerate_reply", "continue_reply"].contains(&function);
        Some(match field {
            "workspace" if !["set_up", "sign_up"].contains(&function) => self.workspace.to_string(),
            "chat" if function == "start_chat" => ChatId::new().to_string(),
            "chat" => self.chat.to_string(),
            "message" if makes_a_message => MessageId::new().to_string(),
            "before" if function == "audit_log" => return None,
            "message" | "reply" | "before" => self.reply.to_string(),
            "edited" => self.message.to_string(),
            "member" => self.member.to_string(),
            "invitation" => self.invitation.to_string(),
            "secret" => self.secret.expose().to_owned(),
            // Whoever joins is somebody new.
            "email" if function == "join" => format!("{}@example.com", UserId::new()),
            // It has none, which no master key is needed for.
            "token" if function == "save_mcp_server" => String::new(),
            "token" => self.token.to_string(),
            // Left to the server.
            "model" if function == "set_title_model" => String::new(),
            "product" => self.product.to_string(),
            "expert" => self.expert.to_string(),
            "provider" if function == "save_expert" => MAIN.to_string(),
            "provider" => self.provider.to_string(),
            "base_url" => self.base_url.clone(),
            "model" if ["load_model", "save_model", "switch_model"].contains(&function) => self.model.to_string(),
            // Numbers, which are entered as text.
            "context_length" | "input_price" | "output_price" | "key" => String::new(),
            "budget" if function == "make_budget" => BudgetId::new().to_string(),
            "budget" => self.budget.to_string(),
            "whom" => "everybody".to_owned(),
            "amount" => "5".to_owned(),
            "tools" if function == "start_chat" => "calculate".to_owned(),
            "server" => self.server.to_string(),
            "url" => "http://127.0.0.1:9/mcp".to_owned(),
            "number" if function == "allow_tool_call" => "0".to_owned(),
            "number" => "1".to_owned(),
            _ => return None,
        })
    }
}

/// Collects rows, to write them with few statements.
struct Maker<'a> {
    app: &'a TestApp,
    users: Vec<String>,
    members: Vec<String>,
    sessions: Vec<String>,
    tokens: Vec<String>,
}

impl Maker<'_> {
    fn person(&mut self, workspace: WorkspaceId, role: MemberRole, suspended: bool) -> (UserId, Client) {
        let (user, now, secret) = (UserId::new(), now(), Secret::new("").expect("randomness"));
        let (hash, role, until) = (secret.hash(), role.as_str(), now + 3_600_000_000);
        let suspended = if suspended { now.to_string() } else { "NULL".to_owned() };
        self.users.push(format!("('{user}', 'Somebody', '{user}@example.com', {now})"));
        self.members.push(format!("('{workspace}', '{user}', '{role}', {suspended}, {now})"));
        self.sessions.push(format!(
            "('{}', '{}', '{user}', '{workspace}', 'password', 'A test', '127.0.0.1', {now}, {now}, {until})",
            SessionId::new(),
            hash.as_str()
        ));
        (user, self.app.client.with_cookie(&format!("parlance={}", secret.expose())))
    }

    fn token(&mut self, user: UserId, workspace: WorkspaceId, scope: &str) -> (TokenId, Client) {
        let (id, secret) = (TokenId::new(), Secret::new("parlance_").expect("randomness"));
        let hash = SecretHash::of(secret.expose());
        let (hash, now) = (hash.as_str(), now());
        self.tokens.push(format!("('{id}', '{hash}', '{user}', '{workspace}', 'Script', '{scope}', {now})"));
        (id, self.app.client.with_token(secret.expose()))
    }

    async fn write(self, workspaces: &[WorkspaceId]) {
        let workspaces: Vec<_> = workspaces.iter().map(|id| format!("('{id}', 'Workspace', {})", now())).collect();
        for (into, rows) in [
            ("workspaces (id, name, created_at)", workspaces),
            ("users (id, name, email, created_at)", self.users),
            ("members (workspace_id, user_id, role, suspended_at, created_at)", self.members),
            (
                "sessions (id, secret_hash, user_id, workspace_id, method, device, address, created_at, seen_at, expires_at)",
                self.sessions,
            ),
            ("api_tokens (id, secret_hash, user_id, workspace_id, name, scope, created_at)", self.tokens),
        ] {
            change(&self.app.database(), &format!("INSERT INTO {into} VALUES {}", rows.join(", "))).await;
        }
        // Everybody here has the same address, and is not to wait for it.
        change(&self.app.database(), "DELETE FROM throttles").await;
    }
}
