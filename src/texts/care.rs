//! What admins settle for all chats of a workspace: titles, and the check of messages.

pub const TITLES: &str = "Titles";
pub const TITLES_LEAD: &str = "After the first reply of a chat a model is asked for its title. Until then, and where none comes, the first words are \
     the title; one that somebody gave stays.";
pub const TITLE_MODEL: &str = "Title model";
pub const CHEAPEST: &str = "The cheapest by the maker of the chat's model";
pub const SAVE_TITLES: &str = "Save title model";
pub const NO_MODEL: &str = "There is no such model to be asked in this workspace. Choose another one.";

pub const MODERATION: &str = "Moderation";
pub const MODERATION_LEAD: &str = "The provider of a chat's model can check each message before it is sent to the model. A message in which it finds \
     something, or that cannot be checked, is not sent, not with later ones either, and the chat says why. Not every provider has such a check.";
pub const CHECK: &str = "Messages";
pub const UNCHECKED: &str = "Are sent as they are";
pub const CHECKED: &str = "Are checked first";
pub const SAVE_MODERATION: &str = "Save moderation";
