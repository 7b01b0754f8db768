//! The tables, as something to be read and written without knowing what is in them.

use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

use super::{Result, StoreError, dialect::Dialect};

/// A table with data, and the columns by which its rows stand in the same order in every database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    pub name: &'static str,
    pub order: &'static str,
}

/// Every table with data. What is referred to comes before what refers to it; a message's parent has a lower number.
pub(super) const TABLES: [Table; 33] = [
    Table { name: "users", order: "id" },
    Table { name: "workspaces", order: "id" },
    Table { name: "setup", order: "id" },
    Table { name: "members", order: "workspace_id, user_id" },
    Table { name: "former_members", order: "workspace_id, user_id, left_at" },
    Table { name: "invitations", order: "id" },
    Table { name: "sessions", order: "id" },
    Table { name: "api_tokens", order: "id" },
    Table { name: "password_resets", order: "secret_hash" },
    Table { name: "identities", order: "issuer, subject" },
    Table { name: "oidc_attempts", order: "secret_hash" },
    Table { name: "throttles", order: "key" },
    Table { name: "images", order: "id" },
    Table { name: "providers", order: "id" },
    Table { name: "models", order: "id" },
    Table { name: "model_edits", order: "workspace_id, model_id" },
    Table { name: "workspace_settings", order: "workspace_id" },
    Table { name: "budgets", order: "id" },
    Table { name: "budget_periods", order: "budget_id, user_id, day" },
    Table { name: "mcp_servers", order: "id" },
    Table { name: "mcp_tools", order: "server_id, name" },
    Table { name: "products", order: "id" },
    Table { name: "experts", order: "id" },
    Table { name: "chats", order: "id" },
    Table { name: "messages", order: "chat_id, number" },
    Table { name: "message_chunks", order: "message_id, sequence" },
    Table { name: "tool_calls", order: "message_id, number" },
    Table { name: "jobs", order: "id" },
    Table { name: "title_jobs", order: "chat_id" },
    Table { name: "reservations", order: "message_id, budget_id" },
    Table { name: "usage_entries", order: "id" },
    Table { name: "usage_days", order: "workspace_id, day, user_id, provider, model" },
    Table { name: "audit_entries", order: "id" },
];

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
}

/// What a column holds. The schema has no other kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Real,
}

/// One value of a row.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Option<String>),
    Integer(Option<i64>),
    Real(Option<f64>),
}

impl Table {
    /// Its columns, by name.
    pub async fn columns(self, connection: &mut AnyConnection, dialect: Dialect) -> Result<Vec<Column>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as(dialect.columns_of()).bind(self.name).fetch_all(connection).await?;
        rows.into_iter().map(|(name, kind)| Ok(Column { name, kind: Kind::of(&kind)? })).collect()
    }

    /// All of it, in its order.
    pub fn select(self, columns: &[Column]) -> AssertSqlSafe<String> {
        AssertSqlSafe(format!("SELECT {} FROM {} ORDER BY {}", names(columns), self.name, self.order))
    }

    /// Puts so many rows into it.
    pub fn insert(self, columns: &[Column], rows: usize) -> AssertSqlSafe<String> {
        let tuple = |row: usize| {
            let places: Vec<String> = (1..=columns.len()).map(|at| format!("${}", row * columns.len() + at)).collect();
            format!("({})", places.join(", "))
        };
        let tuples: Vec<String> = (0..rows).map(tuple).collect();
        AssertSqlSafe(format!("INSERT INTO {} ({}) VALUES {}", self.name, names(columns), tuples.join(", ")))
    }

    pub async fn is_empty(self, connection: &mut AnyConnection) -> Result<bool> {
        let sql = AssertSqlSafe(format!("SELECT 1 FROM {} LIMIT 1", self.name));
        Ok(sqlx::query(sql).fetch_optional(connection).await?.is_none())
    }
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

impl Kind {
    /// From how either database names it.
    fn of(name: &str) -> Result<Self> {
        match name.to_ascii_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "bigint" => Ok(Self::Integer),
            "double precision" => Ok(Self::Real),
            other => Err(StoreError::Corrupt(format!("a column of kind {other:?}"))),
        }
    }
}

impl Value {
    pub fn of(row: &AnyRow, at: usize, kind: Kind) -> Result<Self> {
        Ok(match kind {
            Kind::Text => Self::Text(row.try_get(at)?),
            Kind::Integer => Self::Integer(row.try_get(at)?),
            Kind::Real => Self::Real(row.try_get(at)?),
        })
    }

    /// Bytes that no other value of any kind has: kind, whether there is one, how long it is, and what it is.
    pub fn canonical(&self) -> Vec<u8> {
        let (kind, bytes) = match self {
            Self::Text(text) => (b't', text.as_ref().map(|text| text.clone().into_bytes())),
            Self::Integer(number) => (b'i', number.map(|number| number.to_be_bytes().to_vec())),
            Self::Real(number) => (b'r', number.map(|number| number.to_bits().to_be_bytes().to_vec())),
        };
        let Some(bytes) = bytes else { return vec![kind, 0] };
        let mut all = vec![kind, 1];
        all.extend((bytes.len() as u64).to_be_bytes());
        all.extend(bytes);
        all
    }
}
