//! Past reviews, for comparison with the next one. The store does not look into them.

use chrono::{DateTime, Utc};
use dbwright_contract::failpoint;
use serde_json::Value;

use crate::{
    Store, StoreError,
    database::Row,
    new_id,
    time::{from_millis, now},
};

/// A review that was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredReview {
    /// Its id; sorts by time.
    pub id: String,
    /// What was reviewed, without credentials.
    pub target: String,
    /// When it was stored.
    pub at: DateTime<Utc>,
    /// The session that made it.
    pub session_id: Option<String>,
    /// The whole review.
    pub review: Value,
}

impl Store {
    /// Stores a review, cleaned of secrets; returns its id.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn save_review(
        &self,
        target: &str,
        session_id: Option<&str>,
        review: &Value,
    ) -> Result<String, StoreError> {
        let mut review = review.clone();
        self.redactor.redact_json(&mut review);
        let id = new_id();
        let sql = "INSERT INTO reviews (id, target, at, session_id, review) VALUES ($1, $2, $3, $4, $5) RETURNING id";
        let args = vec![
            id.as_str().into(),
            target.into(),
            now().timestamp_millis().into(),
            session_id.map(str::to_owned).into(),
            review.to_string().into(),
        ];
        failpoint::reached("review.unsaved");
        self.database.write(sql, args).await?;
        failpoint::reached("review.saved");
        Ok(id)
    }

    /// The latest review of a target.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn last_review(&self, target: &str) -> Result<Option<StoredReview>, StoreError> {
        Ok(self.reviews(target, 1).await?.into_iter().next())
    }

    /// Reviews of any target, the latest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn latest_reviews(&self, limit: u32) -> Result<Vec<StoredReview>, StoreError> {
        let sql = "SELECT * FROM reviews ORDER BY at DESC, id DESC LIMIT $1";
        let rows = self.database.fetch(sql, vec![i64::from(limit).into()]).await?;
        rows.iter().map(review_of).collect()
    }

    /// Reviews of a target, the latest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn reviews(&self, target: &str, limit: u32) -> Result<Vec<StoredReview>, StoreError> {
        let sql = "SELECT * FROM reviews WHERE target = $1 ORDER BY at DESC, id DESC LIMIT $2";
        let rows = self.database.fetch(sql, vec![target.into(), i64::from(limit).into()]).await?;
        rows.iter().map(review_of).collect()
    }
}

fn review_of(row: &Row) -> Result<StoredReview, StoreError> {
    Ok(StoredReview {
        id: row.text("id")?,
        target: row.text("target")?,
        at: from_millis(row.integer("at")?),
        session_id: row.text_or_null("session_id")?,
        review: serde_json::from_str(&row.text("review")?)
            .map_err(|error| StoreError::Value(format!("a stored review is not JSON: {error}")))?,
    })
}
