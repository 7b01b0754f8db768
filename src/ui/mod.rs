//! What things look like: components and helpers that know no feature.

pub mod clipboard;
pub mod handler;
pub mod icon;
pub mod key;
pub mod paint;
pub mod storage;
pub mod toast;
pub mod visible;
