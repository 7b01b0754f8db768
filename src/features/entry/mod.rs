//! The way in: setting the server up, signing in and out.

pub mod api;
#[cfg(feature = "ssr")]
pub(super) mod begin;
mod frame;
mod insecure;
mod join;
#[cfg(feature = "ssr")]
pub(super) mod joining;
#[cfg(feature = "ssr")]
mod oidc;
mod provider;
mod setup;
mod sign_in;
mod sign_up;

pub(super) use frame::Card;
pub use frame::EntryFrame;
pub use join::JoinPage;
pub use provider::ProviderForm;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;
