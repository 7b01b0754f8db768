//! What a chat's page knows, as signals: the messages of the shown path, each with signals of its own, so that
//! a token touches one message and not the list.

use std::{collections::HashMap, sync::Arc};

use futures::lock::Mutex;
use leptos::prelude::*;

use super::{shown::Shown, standing::Standing};
use crate::domain::{
    budget::BudgetState,
    catalogue::ChatContext,
    chat::{ChatPage, OlderMessages},
    error::AppError,
    id::{ChatId, MessageId, WorkspaceId},
    settings::Settings,
    usage::Sums,
};

/// A chat as it is shown. Cheap to clone; its signals belong to nobody, so that a page can hand it on to the
/// next one without reading it anew.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The chat. Of a chat that does not exist yet, the id that it will have.
    pub chat: ChatId,
    /// The workspace that it is in, which never changes; none if it began on this page, in the one that the page shows.
    pub workspace: Option<WorkspaceId>,
    /// Its title; empty while it does not exist.
    pub title: ArcRwSignal<String>,
    /// Who else sees it, and what may be done in it here.
    pub standing: ArcRwSignal<Standing>,
    /// What it is about, and who answers in it.
    pub context: ArcRwSignal<ChatContext>,
    /// How models are asked in it, as far as it says so itself; of one that does not exist yet, the model alone.
    pub settings: ArcRwSignal<Settings>,
    /// Keeps what is asked of the server in order: a model that was chosen is there before a message for it is sent.
    pub turns: Arc<Mutex<()>>,
    /// The reader's budgets that they are told of before they send.
    pub budgets: ArcRwSignal<Vec<BudgetState>>,
    /// What all of it came to so far.
    pub spent: ArcRwSignal<Sums>,
    /// The messages, oldest first.
    pub messages: ArcRwSignal<Vec<Shown>>,
    /// Whether there are older ones.
    pub has_older: ArcRwSignal<bool>,
    /// Whether a message was sent whose reply is not known yet.
    pub sending: ArcRwSignal<bool>,
    /// Whether it was deleted, here or elsewhere.
    pub gone: ArcRwSignal<bool>,
    /// Whether another reply was asked for that is not known yet.
    pub awaits_reply: ArcRwSignal<bool>,
    /// What went wrong with the last thing that was asked for.
    pub problem: ArcRwSignal<Option<AppError>>,
    /// What was sent last without an answer, and under which id: sent again, it is the same message.
    pub unanswered: ArcStoredValue<Option<(String, MessageId)>>,
    /// Which arrow between versions was pressed last: its place in what is then shown takes the focus.
    pub stepped: ArcStoredValue<Option<&'static str>>,
    /// How many looks at the server's state were begun, and the number of the last whose answer was taken.
    looks: ArcStoredValue<(u32, u32)>,
    /// Counts what was done here, so that an answer of the server that is older than it is recognised.
    epoch: ArcStoredValue<u32>,
}

impl Conversation {
    /// A chat that does not exist yet.
    #[must_use]
    pub fn new(chat: ChatId) -> Self {
        Self {
            chat,
            workspace: None,
            title: ArcRwSignal::new(String::new()),
            standing: ArcRwSignal::new(Standing::OWN),
            context: ArcRwSignal::default(),
            settings: ArcRwSignal::default(),
            turns: Arc::default(),
            budgets: ArcRwSignal::default(),
            spent: ArcRwSignal::default(),
            messages: ArcRwSignal::new(Vec::new()),
            has_older: ArcRwSignal::new(false),
            sending: ArcRwSignal::new(false),
            gone: ArcRwSignal::new(false),
            awaits_reply: ArcRwSignal::new(false),
            problem: ArcRwSignal::new(None),
            unanswered: ArcStoredValue::new(None),
            stepped: ArcStoredValue::new(None),
            looks: ArcStoredValue::new((0, 0)),
            epoch: ArcStoredValue::new(0),
        }
    }

    /// A chat as the server knows it.
    #[must_use]
    pub fn from_page(page: ChatPage) -> Self {
        let conversation = Self { workspace: Some(page.workspace), ..Self::new(page.chat.id) };
        conversation.update(page);
        conversation
    }

    /// Brings what is shown up to what the server knows. Messages that are shown already keep their signals.
    pub fn update(&self, page: ChatPage) {
        let standing = Standing::of(&page);
        if self.standing.with_untracked(|known| *known != standing) {
            self.standing.set(standing);
        }
        if self.title.with_untracked(|title| *title != page.chat.title) {
            self.title.set(page.chat.title);
        }
        // Only if it changed: whoever has it open would find it closed.
        if self.context.with_untracked(|context| *context != page.context) {
            self.context.set(page.context);
        }
        // The same, and a choice that is on its way to the server goes before what the server knew.
        if self.turns.try_lock().is_some() && self.settings.with_untracked(|settings| *settings != page.settings) {
            self.settings.set(page.settings);
        }
        if self.spent.with_untracked(|spent| *spent != page.spent) {
            self.spent.set(page.spent);
        }
        if self.budgets.with_untracked(|budgets| *budgets != page.budgets) {
            self.budgets.set(page.budgets);
        }
        let old = self.messages.get_untracked();
        let first = page.messages.first().map(|message| message.id);
        // What was loaded above the newest page stays, if the page goes on where it ends.
        let above = old.iter().position(|shown| Some(shown.id) == first).unwrap_or(0);
        let mut known: HashMap<MessageId, Shown> = old.iter().map(|shown| (shown.id, shown.clone())).collect();
        let mut messages: Vec<Shown> = old.iter().take(above).cloned().collect();
        for message in page.messages {
            match known.remove(&message.id) {
                Some(shown) => {
                    shown.update(&message);
                    messages.push(shown);
                }
                None => messages.push(Shown::new(&message)),
            }
        }
        // Only if it changed: whoever watches would begin anew.
        if above == 0 && self.has_older.get_untracked() != page.has_older {
            self.has_older.set(page.has_older);
        }
        let same = old.len() == messages.len() && old.iter().zip(&messages).all(|(a, b)| a.id == b.id);
        if !same {
            self.messages.set(messages);
        }
    }

    /// Puts older messages above those that are shown.
    pub fn prepend(&self, older: OlderMessages) {
        if self.has_older.get_untracked() != older.has_older {
            self.has_older.set(older.has_older);
        }
        self.messages.update(|messages| {
            let known: Vec<MessageId> = messages.iter().map(|shown| shown.id).collect();
            let fresh = older.messages.iter().filter(|message| !known.contains(&message.id)).map(Shown::new);
            messages.splice(0..0, fresh.collect::<Vec<_>>());
        });
    }

    /// Changes the messages ahead of the server.
    pub fn change(&self, change: impl FnOnce(&mut Vec<Shown>)) {
        self.epoch.update_value(|epoch| *epoch = epoch.wrapping_add(1));
        self.messages.update(change);
    }

    /// Begins a look at what the server knows; returns its number.
    #[must_use]
    pub fn begin_look(&self) -> u32 {
        self.looks
            .try_update_value(|looks| {
                looks.0 = looks.0.wrapping_add(1);
                looks.0
            })
            .unwrap_or_default()
    }

    /// Whether the answer to a look is news: not if a later one was answered first.
    #[must_use]
    pub fn takes_look(&self, number: u32) -> bool {
        let takes = |looks: &mut (u32, u32)| {
            let is_news = number > looks.1;
            looks.1 = looks.1.max(number);
            is_news
        };
        self.looks.try_update_value(takes).unwrap_or_default()
    }

    /// How often it was changed ahead of the server.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch.get_value()
    }

    /// The reply that is being written, if there is one.
    #[must_use]
    pub fn running(&self) -> Option<Shown> {
        self.messages.with(|messages| messages.iter().rev().find(|shown| !shown.status.get().is_terminal()).cloned())
    }

    /// Whether a message cannot be sent now, because a reply is on its way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.sending.get() || self.running().is_some()
    }

    /// Whether one may write in it, for a view.
    #[must_use]
    pub fn writes(&self) -> Memo<bool> {
        let standing = self.standing.clone();
        Memo::new(move |_| standing.with(|standing| standing.may_write))
    }

    /// Whether it is busy, for a view.
    #[must_use]
    pub fn busy(&self) -> Memo<bool> {
        let conversation = self.clone();
        Memo::new(move |_| conversation.is_busy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        chat::ChatSummary,
        message::{Message, Role, Status},
        reply::{End, Event},
        usage::Sums,
    };

    fn message(id: MessageId, role: Role, content: &str, status: Status) -> Message {
        let position = content.len() as u64;
        Message { content: content.to_owned(), position, ..Message::empty(id, 1, role, status) }
    }

    fn page(messages: Vec<Message>) -> ChatPage {
        let chat = ChatSummary {
            id: ChatId::new(),
            title: "Title".into(),
            archived: false,
            sharing: crate::domain::chat::Sharing::Private,
            creator: None,
            active_at: 0,
        };
        ChatPage {
            chat,
            messages,
            has_older: false,
            may_write: true,
            may_manage: true,
            workspace: crate::domain::id::WorkspaceId::new(),
            context: ChatContext::default(),
            settings: Settings::default(),
            defaults: Settings::default(),
            spent: Sums::default(),
            budgets: Vec::new(),
        }
    }

    #[test]
    fn a_reply_that_is_ahead_of_the_server_is_not_set_back() {
        let id = MessageId::new();
        let conversation = Conversation::from_page(page(vec![message(id, Role::Assistant, "a", Status::Streaming)]));
        let shown = conversation.messages.get_untracked().remove(0);
        assert!(shown.apply(vec![(1, Event::Text("b".into()))]));
        conversation.update(page(vec![message(id, Role::Assistant, "a", Status::Streaming)]));
        assert_eq!(shown.with_text(str::to_owned), "ab");
        assert!(shown.apply(vec![(2, Event::End(End { status: Status::Complete, failure: None }))]));
        assert_eq!(shown.status.get_untracked(), Status::Complete);
    }

    #[test]
    fn what_the_server_told_before_the_stream_brings_it_is_not_shown_twice() {
        let id = MessageId::new();
        let conversation = Conversation::from_page(page(vec![message(id, Role::Assistant, "", Status::Streaming)]));
        let shown = conversation.messages.get_untracked().remove(0);
        let waiting_for_a_frame = vec![(0, Event::Text("Ada.".into())), (4, Event::Text(" B".into()))];
        conversation.update(page(vec![message(id, Role::Assistant, "Ada.", Status::Streaming)]));
        assert!(shown.apply(waiting_for_a_frame));
        assert_eq!(shown.with_text(str::to_owned), "Ada. B");
        assert!(!shown.apply(vec![(9, Event::Text("after a hole".into()))]));
    }

    #[test]
    fn older_messages_stay_when_the_newest_page_comes_again() {
        let ids: Vec<MessageId> = (0..3).map(|_| MessageId::new()).collect();
        let at = |index: usize| message(ids[index], Role::User, "x", Status::Complete);
        let conversation = Conversation::from_page(page(vec![at(1)]));
        conversation.prepend(OlderMessages { messages: vec![at(0)], has_older: false });
        conversation.update(page(vec![at(1), at(2)]));
        let shown: Vec<MessageId> = conversation.messages.get_untracked().iter().map(|shown| shown.id).collect();
        assert_eq!(shown, ids);
    }
}
