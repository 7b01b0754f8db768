//! One's own account.

pub mod api;
#[cfg(feature = "ssr")]
mod change;
mod devices;
mod me;
mod menu;
#[cfg(feature = "ssr")]
mod password;
mod profile;
pub mod tokens;

pub use devices::DevicesPage;
pub use me::Myself;
pub use menu::AccountMenu;
pub use profile::ProfilePage;
