//! The way back in for whoever forgot their password.

pub mod api;
mod forgot;
mod reset;
#[cfg(feature = "ssr")]
mod steps;

pub use forgot::ForgotPage;
pub use reset::ResetPage;
