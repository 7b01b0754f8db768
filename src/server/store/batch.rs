//! Statements about many rows at once.

use std::{iter, sync::Arc};

use sqlx::AssertSqlSafe;

/// Rows in one statement: few sizes, so that all of them stay prepared.
const SIZES: [usize; 4] = [1, 4, 16, 64];
const LARGEST: usize = 64;

/// A statement, written out for each of a few numbers of rows. It reads them from `given`.
pub(super) struct Batch {
    statements: [Arc<str>; SIZES.len()],
}

impl Batch {
    /// A statement that reads these columns from `given`. Rows may be all null, to fill it up: it must leave them out.
    pub(super) fn new<const COLUMNS: usize>(columns: [&str; COLUMNS], statement: &str) -> Self {
        let names = columns.join(", ");
        let statements = SIZES.map(|rows| {
            let tuple = |row: usize| {
                let places: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
                format!("({})", places.join(", "))
            };
            let tuples: Vec<String> = (0..rows).map(tuple).collect();
            Arc::from(format!("WITH given ({names}) AS (VALUES {}) {statement}", tuples.join(", ")))
        });
        Self { statements }
    }

    /// The statements that take all of the rows, each with those that it takes, filled up with `None`.
    pub(super) fn over<'a, T>(
        &'a self,
        rows: &'a [T],
    ) -> impl Iterator<Item = (AssertSqlSafe<Arc<str>>, impl Iterator<Item = Option<&'a T>>)> {
        rows.chunks(LARGEST).filter_map(|rows| {
            let (size, sql) = SIZES.iter().zip(&self.statements).find(|(size, _)| **size >= rows.len())?;
            let filled = rows.iter().map(Some).chain(iter::repeat(None)).take(*size);
            Some((AssertSqlSafe(Arc::clone(sql)), filled))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken_once_by_a_statement_that_has_room_for_it() {
        let batch = Batch::new(["a", "b"], "SELECT 1 FROM given");
        for count in [0, 1, 3, 16, 17, 64, 65, 200] {
            let rows: Vec<usize> = (0..count).collect();
            let mut taken = Vec::new();
            for (sql, rows) in batch.over(&rows) {
                let rows: Vec<Option<&usize>> = rows.collect();
                assert!(sql.0.contains(&format!("(${}, ${}))", rows.len() * 2 - 1, rows.len() * 2)), "{}", sql.0);
                taken.extend(rows.into_iter().flatten().copied());
            }
            assert_eq!(taken, rows);
        }
    }
}
