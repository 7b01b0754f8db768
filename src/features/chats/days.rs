//! The list of chats by the day of their last activity.

use crate::{domain::chat::ChatSummary, texts::chats as texts};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Chats of the same time, under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub name: &'static str,
    pub chats: Vec<ChatSummary>,
}

/// Puts chats, newest first, under "Today" and so on. `now` and the chats' times are microseconds since 1970
/// UTC; `offset` is what the reader's clock is ahead of UTC, in microseconds.
pub(super) fn by_day(chats: Vec<ChatSummary>, now: i64, offset: i64) -> Vec<Days> {
    let day = |time: i64| time.saturating_add(offset).div_euclid(DAY);
    let today = day(now);
    let mut days: Vec<Days> = Vec::new();
    for chat in chats {
        let name = match today - day(chat.active_at) {
            ..=0 => texts::TODAY,
            1 => texts::YESTERDAY,
            2..=6 => texts::LAST_7_DAYS,
            7..=29 => texts::LAST_30_DAYS,
            _ => texts::OLDER,
        };
        match days.last_mut() {
            Some(last) if last.name == name => last.chats.push(chat),
            _ => days.push(Days { name, chats: vec![chat] }),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChatId;

    fn chat(active_at: i64) -> ChatSummary {
        ChatSummary {
            id: ChatId::new(),
            title: "x".into(),
            archived: false,
            sharing: crate::domain::chat::Sharing::Private,
            creator: None,
            active_at,
        }
    }

    #[test]
    fn days_begin_at_the_readers_midnight() {
        let hour = DAY / 24;
        let now = 100 * DAY + hour;
        let chats = || vec![chat(now - 1), chat(now - 2 * hour), chat(now - 3 * DAY), chat(now - 40 * DAY)];
        let names = |offset| by_day(chats(), now, offset).into_iter().map(|days| days.name).collect::<Vec<_>>();
        assert_eq!(names(0), ["Today", "Yesterday", "Last 7 days", "Older"]);
        assert_eq!(names(2 * hour), ["Today", "Last 7 days", "Older"]);
    }
}
