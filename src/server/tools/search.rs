//! Searches the chats that the person who asked may see.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    domain::{
        actor::Actor,
        day::written,
        id::{MessageId, UserId},
        message::Role,
        text::without_nul,
    },
    server::store::{Result, Store, StoreError, in_time, tool_search::Hit},
};

/// How many searches a node makes at a time, of all its replies together: each reads every message that somebody may see, and
/// keeps one of the connections from requests meanwhile, of which there are as few as four on SQLite and eight on PostgreSQL.
const AT_ONCE: usize = 2;
/// How long a search that nobody waits for any more may keep others from their turn: the database goes on with it.
const LONGEST: Duration = Duration::from_secs(60);

/// The most that is found at a time.
const HITS: usize = 10;
/// The most words that are looked for: what has all of them is found.
const WORDS: usize = 8;
/// The longest word, in characters.
const WORD_CHARS: usize = 60;
/// How much stands around what was found, in characters on each side.
const AROUND: usize = 160;

/// The turns of a node's searches: each person has one at a time, so that nobody keeps all of them from everybody else. Cheap
/// to clone.
#[derive(Clone, Debug)]
pub struct Turns {
    node: Arc<Semaphore>,
    /// That of each person who searches or waits for it. Those of all others are thrown away whenever somebody searches.
    people: Arc<Mutex<HashMap<UserId, Weak<Semaphore>>>>,
}

/// A turn, until it is dropped.
struct Turn {
    _own: OwnedSemaphorePermit,
    _node: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self { node: Arc::new(Semaphore::new(AT_ONCE)), people: Arc::default() }
    }
}

impl Turns {
    /// Waits for a turn: whoever has one already waits for the end of that first, and only then among all others.
    async fn take(&self, person: UserId) -> Result<Turn> {
        // Nobody closes them.
        let own = self.of(person).acquire_owned().await.map_err(|_| StoreError::Slow)?;
        let node = Arc::clone(&self.node).acquire_owned().await.map_err(|_| StoreError::Slow)?;
        Ok(Turn { _own: own, _node: node })
    }

    fn of(&self, person: UserId) -> Arc<Semaphore> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.retain(|_, own| own.strong_count() > 0);
        if let Some(own) = people.get(&person).and_then(Weak::upgrade) {
            return own;
        }
        let own = Arc::new(Semaphore::new(1));
        people.insert(person, Arc::downgrade(&own));
        own
    }
}

/// What was found, for the model; with links for people. It waits for its turn, for as long as whoever called gives it.
///
/// # Errors
/// If the database fails.
pub async fn search(store: &Store, turns: &Turns, asker: &Actor, asking: MessageId, query: &str) -> Result<String> {
    let query = without_nul(query);
    let words: Vec<String> =
        query.split_whitespace().take(WORDS).map(|word| word.chars().take(WORD_CHARS).collect()).collect();
    if words.is_empty() {
        return Ok("There are no words to look for.".to_owned());
    }
    let hits = find(store, turns, asker, asking, &words).await?;
    if hits.is_empty() {
        return Ok("Nothing was found. Try fewer or other words: only what has all of them is found.".to_owned());
    }
    let found: Vec<String> = hits.iter().map(|hit| told(hit, &words)).collect();
    Ok(found.join("\n\n"))
}

async fn find(store: &Store, turns: &Turns, asker: &Actor, asking: MessageId, words: &[String]) -> Result<Vec<Hit>> {
    let turn = turns.take(asker.user).await?;
    let (store, asker, words) = (store.clone(), *asker, words.to_vec());
    // By itself, so that the turn is over when the connection is free again, and not when nobody waits any more.
    let searching = tokio::spawn(async move {
        let found = tokio::select! {
            found = timeout(LONGEST, store.search_chats(&asker, asking, &words, HITS)) => found,
            // Its reply has ended, and whoever closes waits for all connections.
            () = store.closing() => Ok(Err(StoreError::Slow)),
        };
        drop(turn);
        found.unwrap_or(Err(StoreError::Slow))
    });
    in_time(async { searching.await.unwrap_or(Err(StoreError::Slow)) }).await
}

fn told(hit: &Hit, words: &[String]) -> String {
    let title = if hit.title.is_empty() { "A chat" } else { hit.title.as_str() };
    let head = format!("[{}](/chats/{})", title.replace(['[', ']'], " "), hit.chat);
    match &hit.said {
        None => format!("{head}, a chat last used {} UTC", written(hit.at)),
        Some((role, text)) => {
            let who = if *role == Role::User { "a person" } else { "the assistant" };
            format!("{head}, {who} on {} UTC: {}", written(hit.at), snippet(text, words))
        }
    }
}

/// The place in a text at which the first of the words stands, with what is around it, as one line.
fn snippet(text: &str, words: &[String]) -> String {
    let lower: Vec<char> = text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
    let find = |word: &String| {
        let word: Vec<char> = word.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect();
        lower.windows(word.len().max(1)).position(|window| window == word.as_slice())
    };
    let at = words.iter().filter_map(find).min().unwrap_or(0);
    let from = at.saturating_sub(AROUND);
    let part: String = text.chars().skip(from).take(2 * AROUND).collect();
    let line = part.split_whitespace().collect::<Vec<_>>().join(" ");
    let ends = from + 2 * AROUND >= lower.len();
    format!("{}{line}{}", if from > 0 { "…" } else { "" }, if ends { "" } else { "…" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{actor::Origin, id::WorkspaceId, member::MemberRole};
    use futures::FutureExt;

    #[tokio::test]
    async fn a_search_waits_while_as_many_as_may_be_are_made() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = Store::open(&format!("sqlite://{}/a.db", folder.path().display()), 1).await.unwrap();
        let (user, workspace) = (UserId::new(), WorkspaceId::new());
        let asker = Actor { user, workspace, role: MemberRole::Member, origin: Origin::SERVER };
        let (asking, words) = (MessageId::new(), ["rome".to_owned()]);
        let turns = Turns::default();
        let others: Vec<_> = (0..AT_ONCE).map(|_| Arc::clone(&turns.node).try_acquire_owned().unwrap()).collect();
        let search = tokio::spawn({
            let (store, turns) = (store.clone(), turns.clone());
            async move { search(&store, &turns, &asker, asking, "rome").await }
        });
        // As often as it would have been done itself, many times over.
        for _ in 0..20 {
            assert!(store.search_chats(&asker, asking, &words, HITS).await.unwrap().is_empty());
        }
        assert!(!search.is_finished());
        drop(others);
        assert!(search.await.unwrap().unwrap().contains("Nothing was found"));
        assert_eq!(turns.node.available_permits(), AT_ONCE, "every turn is over");
    }

    #[tokio::test]
    async fn whoever_searches_all_the_time_keeps_one_turn_and_leaves_the_other_to_everybody() {
        let turns = Turns::default();
        let (busy, other) = (UserId::new(), UserId::new());
        let first = turns.take(busy).await.unwrap();
        let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(turns.take(busy))).collect();
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()), "one at a time");
        let others = turns.take(other).now_or_never().expect("a turn at once").unwrap();
        drop(first);
        let next = waiting.remove(0).now_or_never().expect("the next of their own").unwrap();
        assert!(waiting.iter_mut().all(|turn| turn.now_or_never().is_none()));
        drop((next, others, waiting));
        let _last = turns.take(other).await.unwrap();
        assert_eq!(turns.people.lock().unwrap().len(), 1, "nobody is remembered who does not search");
    }

    #[test]
    fn a_snippet_shows_the_place_that_was_found() {
        let text = format!("{} Grüße aus ROM {}", "a ".repeat(500), "z ".repeat(500));
        let shown = snippet(&text, &["rom".to_owned()]);
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("Grüße aus ROM"), "{shown}");
        assert!(shown.chars().count() <= 2 * AROUND + 2);
        assert_eq!(snippet("short\ntext", &["nothing".to_owned()]), "short text");
        assert_eq!(snippet("", &["x".to_owned()]), "");
    }
}
