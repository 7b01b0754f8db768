//! Word of changes to chats, for the pages that show them. Only ids travel: whoever is interested looks. Nobody hears of a
//! chat that they may not see.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::broadcast;

use crate::domain::{actor::Actor, audience::Audience, change::Change};

/// How many changes a slow listener may fall behind before it is told to look at everything.
const BACKLOG: usize = 256;

/// How far two nodes' ideas of the database's clock may be apart.
const APART: Duration = Duration::from_secs(1);

/// The changes that this node knows of, its own and those of others.
#[derive(Clone, Debug)]
pub struct Changes {
    sender: broadcast::Sender<News>,
    /// When the last one was heard of, in microseconds since 1970 UTC, by whom it concerned; `None` stands for all. As many
    /// as there are workspaces and people in them, at most.
    latest: Arc<Mutex<HashMap<Option<Audience>, i64>>>,
    margin: i64,
}

/// A change, and whom it concerns.
#[derive(Clone, Copy, Debug)]
pub struct News {
    change: Change,
    audience: Option<Audience>,
}

impl News {
    /// The change, if it concerns this actor.
    #[must_use]
    pub fn for_actor(&self, actor: &Actor) -> Option<Change> {
        self.audience.is_none_or(|audience| audience.has(actor)).then_some(self.change)
    }
}

impl Changes {
    /// Begins now, in microseconds since 1970 UTC by the database's clock: what was before is not known. `alone` if no
    /// other node exists.
    pub(super) fn since(now: i64, alone: bool) -> Self {
        let margin = if alone { 0 } else { APART.as_micros() as i64 };
        let latest = Arc::new(Mutex::new(HashMap::from([(None, now)])));
        Self { sender: broadcast::Sender::new(BACKLOG), latest, margin }
    }

    /// Says to an audience, or to all, that something has changed.
    pub(super) fn publish(&self, change: Change, audience: Option<Audience>, now: i64) {
        self.with_latest(|latest| {
            let known = latest.entry(audience).or_insert(now);
            *known = now.max(*known);
        });
        // No listener is no error.
        let _ = self.sender.send(News { change, audience });
    }

    /// Whether anything that concerns an actor may have changed after a moment, in microseconds since 1970 UTC by the
    /// database's clock.
    #[must_use]
    pub fn any_since(&self, actor: &Actor, moment: i64) -> bool {
        let around = Audience::around(actor).map(Some).into_iter().chain([None]);
        let last = self.with_latest(|latest| around.filter_map(|audience| latest.get(&audience)).max().copied());
        last.is_some_and(|last| last > moment.saturating_sub(self.margin))
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<News> {
        self.sender.subscribe()
    }

    fn with_latest<T>(&self, look: impl FnOnce(&mut HashMap<Option<Audience>, i64>) -> T) -> T {
        look(&mut self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Origin,
        chat::Sharing,
        id::{ChatId, UserId, WorkspaceId},
        member::MemberRole,
    };

    #[test]
    fn nobody_learns_that_something_changed_which_they_may_not_see() {
        let workspace = WorkspaceId::new();
        let actor =
            |workspace| Actor { user: UserId::new(), workspace, role: MemberRole::Member, origin: Origin::SERVER };
        let (ada, grace, mallory) = (actor(workspace), actor(workspace), actor(WorkspaceId::new()));
        let heard = |changes: &Changes, since| [ada, grace, mallory].map(|actor| changes.any_since(&actor, since));
        let changes = Changes::since(1, true);
        let mut listening = changes.listen();
        for (sharing, now, concerned) in
            [(Sharing::Private, 2, [true, false, false]), (Sharing::Read, 3, [true, true, false])]
        {
            let audience = Audience::of(workspace, ada.user, sharing);
            changes.publish(Change::Chat(ChatId::new()), Some(audience), now);
            assert_eq!(heard(&changes, now - 1), concerned);
            let news = listening.try_recv().unwrap();
            assert_eq!([ada, grace, mallory].map(|actor| news.for_actor(&actor).is_some()), concerned);
        }
        changes.publish(Change::Everything, None, 4);
        assert_eq!(heard(&changes, 3), [true, true, true]);
    }
}
