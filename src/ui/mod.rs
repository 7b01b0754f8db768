//! What things look like: components and helpers that know no feature.

pub mod area;
pub mod avatar;
pub mod clipboard;
pub mod field;
pub mod focus;
pub mod form;
pub mod handler;
pub mod icon;
pub mod key;
pub mod mark;
pub mod new_password;
pub mod paint;
pub mod popover;
pub mod rows;
pub mod select;
pub mod settled;
pub mod storage;
pub mod table;
pub mod time;
pub mod toast;
pub mod visible;
