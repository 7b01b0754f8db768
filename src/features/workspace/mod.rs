//! Workspaces: making, naming and switching them, their people, and who is invited.

pub mod api;
mod care;
pub mod care_api;
mod invitations;
pub mod invitations_api;
#[cfg(feature = "ssr")]
mod invitations_fresh;
mod members;
pub mod members_api;
mod menu;
mod new;
mod overview;

pub use members::MembersPage;
pub use menu::WorkspaceMenu;
pub use new::NewWorkspacePage;
pub use overview::WorkspacePage;
