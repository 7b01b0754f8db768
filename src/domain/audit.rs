//! What the audit log knows: what was done that owners may want to know.

use serde::{Deserialize, Serialize};

use super::{
    day::Day,
    id::{AuditId, UserId},
    member::PersonSummary,
    words::words,
};

words!(
    /// What was done.
    AuditAction {
        /// The first owner and workspace were made.
        ServerSetUp = "server_set_up",
        /// Somebody signed in.
        SignedIn = "signed_in",
        /// Somebody could not sign in.
        SignInRefused = "sign_in_refused",
        /// Somebody signed out.
        SignedOut = "signed_out",
        /// A session was ended from another device.
        SessionEnded = "session_ended",
        /// A password was changed by its person.
        PasswordChanged = "password_changed",
        /// A password was chosen anew by a link.
        PasswordReset = "password_reset",
        /// A link to choose a password anew was made.
        PasswordResetAsked = "password_reset_asked",
        /// An account was joined to one at an OpenID provider.
        IdentityLinked = "identity_linked",
        /// A token was made.
        TokenCreated = "token_created",
        /// A token was revoked.
        TokenRevoked = "token_revoked",
        /// A workspace was made.
        WorkspaceCreated = "workspace_created",
        /// A workspace was given another name.
        WorkspaceRenamed = "workspace_renamed",
        /// Somebody was invited.
        InvitationCreated = "invitation_created",
        /// An invitation was taken back.
        InvitationRevoked = "invitation_revoked",
        /// Somebody came in by an invitation.
        InvitationAccepted = "invitation_accepted",
        /// Somebody was given another role.
        RoleChanged = "role_changed",
        /// Somebody was suspended.
        MemberSuspended = "member_suspended",
        /// Somebody was let in again.
        MemberReinstated = "member_reinstated",
        /// Somebody was removed.
        MemberRemoved = "member_removed",
        /// Somebody left.
        MemberLeft = "member_left",
        /// A chat was shared, or is not any more.
        ChatShared = "chat_shared",
        /// A chat was deleted.
        ChatDeleted = "chat_deleted",
        /// The deletion of a chat was taken back.
        ChatRestored = "chat_restored",
        /// A product was deleted or archived.
        ProductDeleted = "product_deleted",
        /// A product was taken out of the archive.
        ProductRestored = "product_restored",
        /// An expert was deleted or archived.
        ExpertDeleted = "expert_deleted",
        /// An expert was taken out of the archive.
        ExpertRestored = "expert_restored",
        /// A provider of models was added.
        ProviderAdded = "provider_added",
        /// A provider of models was changed, or switched on or off.
        ProviderChanged = "provider_changed",
        /// A provider of models was deleted.
        ProviderDeleted = "provider_deleted",
        /// What is said of a model was changed, or it was switched on or off.
        ModelChanged = "model_changed",
        /// A budget was made.
        BudgetCreated = "budget_created",
        /// A budget was changed.
        BudgetChanged = "budget_changed",
        /// A budget was deleted.
        BudgetDeleted = "budget_deleted",
        /// An MCP server was added.
        McpServerAdded = "mcp_server_added",
        /// An MCP server was changed.
        McpServerChanged = "mcp_server_changed",
        /// An MCP server was deleted.
        McpServerDeleted = "mcp_server_deleted",
        /// Data was taken out.
        Exported = "exported",
    }
);

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
    /// Who did it; none if nobody was signed in.
    pub user: Option<UserId>,
    /// Their name today.
    pub name: Option<String>,
    /// What was done.
    pub action: AuditAction,
    /// To whom or what, in the words of that day.
    pub subject: String,
    /// What else there is to say, in words.
    pub details: String,
    /// From where.
    pub address: String,
}

/// Which entries are asked for. What is left out does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What this person did.
    pub person: Option<UserId>,
    /// Of this kind.
    pub action: Option<AuditAction>,
    /// On this day or later, by UTC.
    pub from: Option<Day>,
    /// On this day or earlier, by UTC.
    pub to: Option<Day>,
    /// Older than this entry.
    pub before: Option<AuditId>,
}

/// A page of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// The last of them, if there are older ones.
    pub older: Option<AuditId>,
    /// Whose entries there may be, by name: the people of the workspace, and whoever did something in it before.
    pub people: Vec<PersonSummary>,
}
