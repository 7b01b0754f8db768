//! The pages of a workspace as a whole.

pub const WORKSPACE: &str = "Workspace";
pub const NEW: &str = "New workspace";
pub const NEW_LEAD: &str = "A workspace has people, chats, products and experts of its own. You will be its owner, and alone in it until you invite somebody.";
pub const NAME: &str = "Name";
pub const CREATE: &str = "Create workspace";
pub const RENAME: &str = "Rename workspace";
pub const YOUR_ROLE: &str = "Your role";
pub const PEOPLE: &str = "People";
pub const CHATS: &str = "Chats you can see";
pub const SINCE: &str = "Created";
pub const NO_SIGN_IN: &str = "This server has no sign-in, and so it has one workspace.";
pub const TOO_MANY: &str = "You are in 100 workspaces already, too many to make another one. Leave one first.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_the_limit_that_there_is() {
        assert!(TOO_MANY.contains(&crate::domain::limits::WORKSPACES_PER_PERSON.to_string()));
    }
}
