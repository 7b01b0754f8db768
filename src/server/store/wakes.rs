//! Word of what was written. Only ids travel: whoever is interested looks. Word may be lost, so everybody also looks by
//! themselves now and then.
//!
//! Inside of a process it goes through a channel, between processes through the database (`LISTEN` and `NOTIFY`).

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::broadcast;
use uuid::{Uuid, fmt::Simple};

use super::Store;
use crate::domain::{
    audience::Audience,
    id::{ChatId, MessageId, UserId, WorkspaceId},
};

/// How much word may wait for the engine before it is told to look at everything.
pub(super) const BACKLOG: usize = 1024;

/// The most bytes of one notification; PostgreSQL takes less than 8,000.
const PAYLOAD_BYTES: usize = 7_900;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A job waits.
    Job,
    /// A log has grown, or its reply has ended.
    Log(MessageId),
    /// Somebody asks for a reply to stop.
    Stop(MessageId),
    /// A chat, or what the list shows of it, has changed; these may hear of it.
    Chat(ChatId, Audience),
    /// Providers or models have changed: those of a workspace, or of the operator, whom every workspace has.
    Models(Option<WorkspaceId>),
    /// A chat waits for a title.
    Title,
    /// Word was lost: anything may have happened.
    Everything,
}

impl Wake {
    /// The names of the kinds.
    pub(super) const KINDS: [&'static str; 7] = ["job", "log", "stop", "chat", "models", "title", "everything"];

    fn kind(&self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Log(_) => "log",
            Self::Stop(_) => "stop",
            Self::Chat(..) => "chat",
            Self::Models(_) => "models",
            Self::Title => "title",
            Self::Everything => "everything",
        }
    }

    fn encode(&self) -> String {
        match self {
            Self::Job => "j".to_owned(),
            Self::Log(reply) => format!("l{}", reply.0.simple()),
            Self::Stop(reply) => format!("s{}", reply.0.simple()),
            Self::Chat(chat, Audience { workspace, only }) => {
                let only = only.map(|only| only.0.simple().to_string()).unwrap_or_default();
                format!("c{}{}{only}", chat.0.simple(), workspace.0.simple())
            }
            Self::Models(workspace) => {
                format!("m{}", workspace.map(|workspace| workspace.0.simple().to_string()).unwrap_or_default())
            }
            Self::Title => "t".to_owned(),
            Self::Everything => "e".to_owned(),
        }
    }

    /// `None` for a word of another version.
    fn decode(word: &str) -> Option<Self> {
        let (kind, rest) = word.split_at_checked(1)?;
        let id = || Uuid::try_parse(rest).ok();
        match kind {
            "j" => Some(Self::Job),
            "l" => Some(Self::Log(MessageId(id()?))),
            "s" => Some(Self::Stop(MessageId(id()?))),
            "c" => {
                let (chat, rest) = split_id(rest)?;
                let (workspace, only) = split_id(rest)?;
                let only = if only.is_empty() { None } else { Some(UserId(Uuid::try_parse(only).ok()?)) };
                Some(Self::Chat(ChatId(chat), Audience { workspace: WorkspaceId(workspace), only }))
            }
            "m" if rest.is_empty() => Some(Self::Models(None)),
            "m" => Some(Self::Models(Some(WorkspaceId(id()?)))),
            "t" => Some(Self::Title),
            "e" => Some(Self::Everything),
            _ => None,
        }
    }
}

/// The id that a text begins with, and the rest of it.
fn split_id(text: &str) -> Option<(Uuid, &str)> {
    let (id, rest) = text.split_at_checked(Simple::LENGTH)?;
    Some((Uuid::try_parse(id).ok()?, rest))
}

/// How much word came from other nodes, by kind.
#[derive(Debug, Default)]
pub(super) struct Heard([AtomicU64; Wake::KINDS.len()]);

impl Heard {
    fn count(&self, wake: &Wake) {
        let counter = Wake::KINDS.into_iter().zip(&self.0).find(|(kind, _)| *kind == wake.kind());
        if let Some((_, counter)) = counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// As in [`Wake::KINDS`].
    pub fn counts(&self) -> [u64; Wake::KINDS.len()] {
        self.0.each_ref().map(|counter| counter.load(Ordering::Relaxed))
    }
}

impl Store {
    /// Listens from now on to what is written, here and on other nodes.
    #[must_use]
    pub fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.shared.wakes.subscribe()
    }

    pub(super) fn tell(&self, wake: Wake) {
        // Nobody listens before the engine is there.
        let _ = self.shared.wakes.send(wake);
    }

    /// Passes on what came from another node.
    pub(super) fn tell_heard(&self, wake: Wake) {
        self.shared.heard.count(&wake);
        self.tell(wake);
    }
}

/// A new name for a store.
pub(super) fn origin() -> String {
    Uuid::now_v7().simple().to_string()
}

/// As few notifications as hold it all.
pub(super) fn payloads(origin: &str, wakes: &[Wake]) -> Vec<String> {
    let mut payloads: Vec<String> = Vec::new();
    for wake in wakes {
        let word = wake.encode();
        match payloads.last_mut() {
            Some(payload) if payload.len() + 1 + word.len() <= PAYLOAD_BYTES => {
                payload.push(' ');
                payload.push_str(&word);
            }
            _ => payloads.push(format!("{origin} {word}")),
        }
    }
    payloads
}

/// What a notification says; nothing if it is one's own.
pub(super) fn heard(payload: &str, origin: &str) -> Vec<Wake> {
    let mut words = payload.split(' ');
    if words.next() == Some(origin) {
        return Vec::new();
    }
    words.filter_map(Wake::decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_of_many_replies_goes_in_few_notifications_and_arrives_whole() {
        let mut wakes = vec![Wake::Job, Wake::Title, Wake::Everything, Wake::Stop(MessageId::new())];
        let workspace = WorkspaceId::new();
        wakes.extend([None, Some(UserId::new())].map(|only| Wake::Chat(ChatId::new(), Audience { workspace, only })));
        wakes.extend([None, Some(workspace)].map(Wake::Models));
        wakes.extend((0..1_000).map(|_| Wake::Log(MessageId::new())));
        let origin = origin();
        let payloads = payloads(&origin, &wakes);
        assert!(payloads.len() <= 5 && payloads.iter().all(|payload| payload.len() < 8_000));
        let arrived: Vec<Wake> = payloads.iter().flat_map(|payload| heard(payload, "another")).collect();
        assert_eq!(arrived, wakes);
    }

    #[test]
    fn a_node_does_not_listen_to_itself_or_to_what_it_does_not_know() {
        let origin = origin();
        assert!(heard(&format!("{origin} j"), &origin).is_empty());
        assert_eq!(heard("other x123 j l12 é", &origin), [Wake::Job]);
        assert!(heard("", &origin).is_empty());
        // Of a version that did not say whom it concerns: it could only be told to everybody, or to nobody.
        let id = ChatId::new().0.simple();
        assert!(heard(&format!("other c{id} c{id}{id}x c{id}{id}{id}{id}"), &origin).is_empty());
    }
}
