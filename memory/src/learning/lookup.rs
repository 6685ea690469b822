//! Listing without searching.

use super::{Learning, LearningKind, LearningStatus, Scope, learning_of};
use crate::{Store, StoreError, time::now};

/// What to list; an absent part means all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LearningFilter {
    /// Valid there: a learning without a project or database is valid everywhere.
    pub scope: Scope,
    /// Of this kind.
    pub kind: Option<LearningKind>,
    /// Standing there.
    pub status: Option<LearningStatus>,
}

impl Store {
    /// Learnings, the last seen first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn list_learnings(&self, filter: &LearningFilter, limit: u32) -> Result<Vec<Learning>, StoreError> {
        let sql = "SELECT * FROM learnings \
             WHERE ($1 IS NULL OR project IS NULL OR project = $1) \
             AND ($2 IS NULL OR db_fingerprint IS NULL OR db_fingerprint = $2) \
             AND ($3 IS NULL OR schema_name IS NULL OR schema_name = $3) \
             AND ($4 IS NULL OR kind = $4) AND ($5 IS NULL OR status = $5) \
             ORDER BY last_seen DESC, id DESC LIMIT $6";
        let args = vec![
            filter.scope.project.clone().into(),
            filter.scope.db_fingerprint.clone().into(),
            filter.scope.schema.clone().into(),
            filter.kind.map(|kind| kind.as_str().to_owned()).into(),
            filter.status.map(|status| status.as_str().to_owned()).into(),
            i64::from(limit).into(),
        ];
        self.database.fetch(sql, args).await?.iter().map(learning_of).collect()
    }

    /// The learning with this id, or the only one whose id begins with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or [`StoreError::Ambiguous`] when several begin with it.
    pub async fn learning(&self, id_or_prefix: &str) -> Result<Learning, StoreError> {
        let sql = "SELECT * FROM learnings WHERE substr(id, 1, length($1)) = $1 ORDER BY id LIMIT 50";
        let rows = self.database.fetch(sql, vec![id_or_prefix.into()]).await?;
        let missing = || StoreError::NotFound { what: "learning", id: id_or_prefix.to_owned() };
        match rows.as_slice() {
            [first, ..] if first.text("id")? == id_or_prefix => learning_of(first),
            [only] if !id_or_prefix.is_empty() => learning_of(only),
            [] | [_] => Err(missing()),
            several => {
                Err(StoreError::Ambiguous { what: "learning", prefix: id_or_prefix.to_owned(), count: several.len() })
            }
        }
    }

    /// Learnings of a scope whose check is due, the longest overdue first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn learnings_to_check(&self, scope: &Scope, limit: u32) -> Result<Vec<Learning>, StoreError> {
        let sql = "SELECT * FROM learnings WHERE next_check <= $1 \
             AND ($2 IS NULL OR project IS NULL OR project = $2) \
             AND ($3 IS NULL OR db_fingerprint IS NULL OR db_fingerprint = $3) \
             ORDER BY next_check, id LIMIT $4";
        let args = vec![
            now().timestamp_millis().into(),
            scope.project.clone().into(),
            scope.db_fingerprint.clone().into(),
            i64::from(limit).into(),
        ];
        self.database.fetch(sql, args).await?.iter().map(learning_of).collect()
    }
}
