//! What the search tool finds: words in the titles and messages of chats that somebody may see.

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

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The chat.
    pub chat: ChatId,
    /// Its title.
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
    /// The titles and then the messages that have all of these words, newest first, at most `limit` of them: of chats that
    /// the actor may see, without those that are deleted and without the one of the reply that asks. A reply that others read
    /// as well finds no private chat: what it finds is shown to them.
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
        let elsewhere = "c.id <> (SELECT a.chat_id FROM messages a WHERE a.id = $1)
             AND (c.sharing <> 'private' OR EXISTS (SELECT 1 FROM messages a JOIN chats x ON x.id = a.chat_id
                 WHERE a.id = $1 AND x.sharing = 'private'))";
        let titles = format!(
            "SELECT c.id, c.title, NULL AS role, NULL AS content, c.active_at AS at FROM chats c
             WHERE {VISIBLE} AND c.deleted_at IS NULL AND {elsewhere} AND {}
             ORDER BY c.active_at DESC, c.id LIMIT $4",
            all_in("c.title", words.len())
        );
        let messages = format!(
            "SELECT c.id, c.title, m.role, m.content, m.created_at AS at FROM messages m JOIN chats c ON c.id = m.chat_id
             WHERE {VISIBLE} AND c.deleted_at IS NULL AND {elsewhere} AND m.role IN ('user', 'assistant') AND {}
             ORDER BY m.created_at DESC, m.id LIMIT $4",
            all_in("m.content", words.len())
        );
        let mut hits = Vec::new();
        let mut reader = self.reader().await?;
        for sql in [titles, messages] {
            let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql))
                .bind(asking.to_string())
                .bind(actor.workspace.to_string())
                .bind(actor.creator().to_string())
                .bind(limit.saturating_sub(hits.len()) as i64);
            for word in words {
                query = query.bind(pattern(word));
            }
            for row in query.fetch_all(&mut *reader).await? {
                hits.push(row.hit()?);
            }
        }
        Ok(hits)
    }
}

/// That a column has so many words, from `$5` on. What is upper and lower case is the database's to say, on both sides.
fn all_in(column: &str, words: usize) -> String {
    let one = |number: usize| format!("lower({column}) LIKE lower(${}) ESCAPE '!'", number + 5);
    (0..words).map(one).collect::<Vec<_>>().join(" AND ")
}

/// A word anywhere in a text. What stands for others in a pattern stands for itself.
fn pattern(word: &str) -> String {
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
