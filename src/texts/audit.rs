//! The audit log.

use crate::domain::audit::AuditAction;

pub const AUDIT_LOG: &str = "Audit log";
pub const LEAD: &str = "What was done in this workspace, and how its people signed in. Days are days of UTC.";
pub const FILTER: &str = "Filter";
pub const SHOW: &str = "Show";
pub const CLEAR: &str = "Show all";
pub const PERSON: &str = "Person";
pub const ANYBODY: &str = "Anybody";
pub const ACTION: &str = "Action";
pub const ANY_ACTION: &str = "Any action";
pub const FROM: &str = "From";
pub const TO: &str = "To";
pub const ENTRIES: &str = "Entries";
pub const COLUMNS: [&str; 5] = ["Time", "Who", "What", "Whom or what", "From where"];
pub const NOBODY: &str = "Nobody known";
pub const NONE: &str = "Nothing of this kind is in the log.";
pub const OLDER: &str = "Older";
pub const NEWEST: &str = "Newest";
pub const NO_DAY: &str = "A day is written like 2026-11-21. Choose it again.";
pub const PRIVATE_CHAT: &str = "a private chat";
pub const CHANGE_OF_PASSWORD: &str = "change of password";
pub const BY_MAIL: &str = "by mail";

/// What was done, after the name of whoever did it.
#[must_use]
pub fn action(action: AuditAction) -> &'static str {
    match action {
        AuditAction::ServerSetUp => "set the server up",
        AuditAction::SignedIn => "signed in",
        AuditAction::SignInRefused => "could not sign in",
        AuditAction::SignedOut => "signed out",
        AuditAction::SessionEnded => "ended a session",
        AuditAction::PasswordChanged => "changed the password",
        AuditAction::PasswordReset => "chose a new password by a link",
        AuditAction::PasswordResetAsked => "asked for a link for a new password",
        AuditAction::IdentityLinked => "joined the account to a provider",
        AuditAction::TokenCreated => "made an API token",
        AuditAction::TokenRevoked => "revoked an API token",
        AuditAction::WorkspaceCreated => "created the workspace",
        AuditAction::WorkspaceRenamed => "renamed the workspace",
        AuditAction::InvitationCreated => "invited somebody",
        AuditAction::InvitationRevoked => "took an invitation back",
        AuditAction::InvitationAccepted => "came in by an invitation",
        AuditAction::RoleChanged => "changed a role",
        AuditAction::MemberSuspended => "suspended somebody",
        AuditAction::MemberReinstated => "let somebody in again",
        AuditAction::MemberRemoved => "removed somebody",
        AuditAction::MemberLeft => "left the workspace",
        AuditAction::ChatShared => "changed who sees a chat",
        AuditAction::ChatDeleted => "deleted a chat",
        AuditAction::ChatRestored => "restored a chat",
        AuditAction::ProductDeleted => "deleted a product",
        AuditAction::ProductRestored => "restored a product",
        AuditAction::ExpertDeleted => "deleted an expert",
        AuditAction::ExpertRestored => "restored an expert",
        AuditAction::ProviderAdded => "added a provider",
        AuditAction::ProviderChanged => "changed a provider",
        AuditAction::ProviderDeleted => "deleted a provider",
        AuditAction::ModelChanged => "changed a model",
        AuditAction::BudgetCreated => "made a budget",
        AuditAction::BudgetChanged => "changed a budget",
        AuditAction::BudgetDeleted => "deleted a budget",
        AuditAction::McpServerAdded => "added an MCP server",
        AuditAction::McpServerChanged => "changed an MCP server",
        AuditAction::McpServerDeleted => "deleted an MCP server",
        AuditAction::Exported => "exported data",
    }
}
