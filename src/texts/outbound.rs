//! What is wrong with an address that somebody set.

pub const NOT_A_URL: &str = "This is not an address: one looks like https://api.example.com/v1.";
pub const NOT_HTTP: &str = "The address must begin with https:// or http://.";
pub const WITH_PASSWORD: &str = "The address must not hold a user name or a password; a key has a field of its own.";
pub const WITH_QUERY: &str = "The address must end with its path, without ? or #.";
pub const NOT_ENCRYPTED: &str = "The address must begin with https://: a key must not travel in the clear.";
pub const PRIVATE: &str = "This address is on the server's own machine or network. Whoever runs the server can allow that with PARLANCE_PRIVATE_PROVIDERS=allow.";
