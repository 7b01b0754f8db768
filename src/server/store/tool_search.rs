//! What the search tool finds: words in the titles and messages of chats that somebody may see, but for what the check of
//! messages keeps from models.

use sqlx::AssertSqlSafe;

use super::{
    Result, Store,
    rows::{VISIBLE, parse},
};
use crate::domain::{
    actor::Actor,
    id::{ChatId, MessageId},
    message::Role,
};

/// The codes of failures that say that no model was sent what a person wrote: those that
/// [`ModelError::withholds`](crate::server::model::ModelError::withholds) knows.
const WITHHOLDING: [&str; 2] = ["moderated", "not_checked"];

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The chat.
    pub chat: ChatId,
    /// Its title; empty if that is the beginning of what is kept from models.
    pub title: String,
    /// Who said it, and what; none if it is the title that fits.
    pub said: Option<(Role, String)>,
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    title: String,
    role: Option<String>,
    content: Option<String>,
    at: i64,
}

impl Row {
    fn hit(self) -> Result<Hit> {
        let role = self.role.as_deref().and_then(Role::from_word);
        Ok(Hit { chat: parse(&self.id)?, title: self.title, said: role.zip(self.content), at: self.at })
    }
}

impl Store {
    /// The titles and then the messages that have all of these words, newest first, at most `limit` of them, half of which
    /// messages have if there are as many: of chats that the actor may see, without those that are deleted and without the
    /// one of the reply that asks. A reply that others read as well finds no private chat: what it finds is shown to them.
    /// What did not pass the check of messages is not found, since a model would read it, nor is a title made of it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn search_chats(
        &self,
        actor: &Actor,
        asking: MessageId,
        words: &[String],
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let words: Vec<Vec<String>> = words.iter().map(|word| patterns(word)).collect();
        let elsewhere = "c.id <> (SELECT a.chat_id FROM messages a WHERE a.id = $1)
             AND (c.sharing <> 'private' OR EXISTS (SELECT 1 FROM messages a JOIN chats x ON x.id = a.chat_id
                 WHERE a.id = $1 AND x.sharing = 'private'))";
        let untold = untold_title();
        let titles = format!(
            "SELECT c.id, c.title, NULL AS role, NULL AS content, c.active_at AS at FROM chats c
             WHERE {VISIBLE} AND c.deleted_at IS NULL AND {elsewhere} AND {} AND NOT {untold}
             ORDER BY c.active_at DESC, c.id LIMIT $4",
            all_in("c.title", &words)
        );
        let messages = format!(
            "SELECT c.id, CASE WHEN {untold} THEN '' ELSE c.title END AS title, m.role, m.content, m.created_at AS at
             FROM messages m JOIN chats c ON c.id = m.chat_id
             WHERE {VISIBLE} AND c.deleted_at IS NULL AND {elsewhere} AND m.role IN ('user', 'assistant') AND {}
                 AND NOT {}
             ORDER BY m.created_at DESC, m.id LIMIT $4",
            all_in("m.content", &words),
            withheld("m")
        );
        let mut hits: Vec<Hit> = Vec::new();
        let mut reader = self.reader().await?;
        for sql in [messages, titles] {
            let room = limit - hits.len().min(limit / 2);
            let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql))
                .bind(asking.to_string())
                .bind(actor.workspace.to_string())
                .bind(actor.creator().to_string())
                .bind(room as i64);
            for pattern in words.iter().flatten() {
                query = query.bind(pattern.clone());
            }
            let rows = query.fetch_all(&mut *reader).await?;
            let mut found = rows.into_iter().map(Row::hit).collect::<Result<Vec<_>>>()?;
            found.append(&mut hits);
            hits = found;
        }
        hits.truncate(limit);
        Ok(hits)
    }
}

/// That a message, called so in the query, did not pass the check: a reply to it says so, and none went well that was asked
/// for again.
fn withheld(message: &str) -> String {
    let says = WITHHOLDING.map(|code| format!("w.error LIKE '{{\"code\":\"{code}\",%'")).join(" OR ");
    format!(
        "(EXISTS (SELECT 1 FROM messages w WHERE w.parent_id = {message}.id AND ({says}))
             AND NOT EXISTS (SELECT 1 FROM messages p
                 WHERE p.parent_id = {message}.id AND p.status IN ('complete', 'length')))"
    )
}

/// That the title of the chat `c` is the beginning of a message that did not pass the check.
fn untold_title() -> String {
    let withheld = withheld("f");
    format!(
        "(c.title_by = 'words'
             AND EXISTS (SELECT 1 FROM messages f WHERE f.chat_id = c.id AND f.number = 1 AND {withheld}))"
    )
}

/// That a column has all of these words, each in one of its spellings, from `$5` on.
fn all_in(column: &str, words: &[Vec<String>]) -> String {
    let mut number = 4;
    let mut all = Vec::new();
    for spellings in words {
        let mut any = Vec::new();
        for _ in spellings {
            number += 1;
            any.push(format!("lower({column}) LIKE lower(${number}) ESCAPE '!'"));
        }
        all.push(format!("({})", any.join(" OR ")));
    }
    all.join(" AND ")
}

/// The patterns for a word, four at most: as it is, small, with a capital first letter, in capitals. What is upper and lower
/// case beyond ASCII some databases do not know (SQLite; PostgreSQL with the locale `C`); what is so in ASCII all do, so that
/// a word of nothing else has one pattern.
fn patterns(word: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    for spelling in [word.to_owned(), word.to_lowercase(), capitalised(word), word.to_uppercase()] {
        let pattern = anywhere(&spelling.to_ascii_lowercase());
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    patterns
}

/// A word with a capital first letter, whatever stands before that.
fn capitalised(word: &str) -> String {
    let small = word.to_lowercase();
    let (before, rest) = small.split_at(small.find(char::is_alphabetic).unwrap_or(0));
    let mut rest = rest.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    before.chars().chain(first).chain(rest).collect()
}

/// A word anywhere in a text. What stands for others in a pattern stands for itself.
fn anywhere(word: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in word.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::reply::Failure,
        server::{model::ModelError, store::rows::to_json},
    };

    #[test]
    fn what_is_withheld_is_known_by_the_words_that_its_replies_are_stored_with() {
        let withheld = withheld("m");
        for code in WITHHOLDING {
            assert!(ModelError::withholds(code), "{code}");
            let stored = to_json(&Failure { code: code.to_owned(), message: "No.".to_owned() }).unwrap();
            let begins = format!("{{\"code\":\"{code}\",");
            assert!(stored.starts_with(&begins) && withheld.contains(&begins), "{stored}");
        }
    }

    #[test]
    fn a_word_is_looked_for_small_with_a_capital_and_in_capitals() {
        assert_eq!(patterns("Rome"), ["%rome%"]);
        assert_eq!(patterns("москва"), ["%москва%", "%Москва%", "%МОСКВА%"]);
        assert_eq!(patterns("МоСкВа"), ["%МоСкВа%", "%москва%", "%Москва%", "%МОСКВА%"]);
        assert_eq!(patterns("«über»"), ["%«über»%", "%«Über»%"]);
        assert_eq!(patterns("größe"), ["%größe%", "%grÖsse%"]);
        assert_eq!(patterns("100%"), ["%100!%%"]);
        assert_eq!(patterns(""), ["%%"]);
    }

    #[test]
    fn each_spelling_has_a_place_of_its_own() {
        let words = [patterns("a"), patterns("ä")];
        let like = |place: usize| format!("lower(c.title) LIKE lower(${place}) ESCAPE '!'");
        assert_eq!(all_in("c.title", &words), format!("({}) AND ({} OR {})", like(5), like(6), like(7)));
    }
}
