//! What people read, in one place, a file a feature: a second language is a second set of these files, and nothing else has
//! to be found again. Texts without a gap are constants; those with one are functions.

#![allow(missing_docs, reason = "a text says what it is")]

pub mod access;
pub mod account;
pub mod asking;
pub mod audit;
pub mod away;
pub mod budgets;
pub mod care;
pub mod catalogue;
pub mod chat;
pub mod chats;
pub mod entry;
pub mod form;
pub mod frame;
pub mod gone;
pub mod images;
pub mod invitations;
pub mod keys;
pub mod mail;
pub mod markdown;
pub mod members;
pub mod models;
pub mod moderation;
pub mod oidc;
pub mod outbound;
pub mod preferences;
pub mod providers;
pub mod recovery;
pub mod sharing;
pub mod tokens;
pub mod tools;
pub mod usage;
pub mod waiting;
pub mod workspace;
