//! Schedules: kept here, understood elsewhere. The store does not read cron expressions.

use chrono::{DateTime, Utc};
use dbwright_contract::failpoint;
use serde::Serialize;
use serde_json::Value;

use super::{NewTask, Task, task::enqueue};
use crate::{Store, StoreError, database::Row, time::from_millis};

/// Something that is to happen again and again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Schedule {
    /// Its name.
    pub id: String,
    /// When, as a cron expression.
    pub cron: String,
    /// What, in the caller's form.
    pub spec: Value,
    /// Whether it fires at all.
    pub enabled: bool,
    /// When it fires next.
    pub next_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Stores or replaces a schedule. An instant that is already set stays while the cron
    /// expression stays, so that a restart never skips a firing.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn put_schedule(&self, schedule: &Schedule) -> Result<(), StoreError> {
        let sql = "INSERT INTO schedules (id, cron, spec, enabled, next_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, enabled = excluded.enabled, \
             next_at = CASE WHEN schedules.cron = excluded.cron AND schedules.next_at IS NOT NULL \
             THEN schedules.next_at ELSE excluded.next_at END, cron = excluded.cron RETURNING id";
        let args = vec![
            schedule.id.as_str().into(),
            schedule.cron.as_str().into(),
            schedule.spec.to_string().into(),
            i64::from(schedule.enabled).into(),
            schedule.next_at.map(|at| at.timestamp_millis()).into(),
        ];
        self.database.write(sql, args).await.map(drop)
    }

    /// All schedules, by name.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let rows = self.database.fetch("SELECT * FROM schedules ORDER BY id", vec![]).await?;
        rows.iter().map(schedule_of).collect()
    }

    /// Moves the next firing to an earlier instant, unless it has been moved meanwhile.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn bring_forward(&self, schedule: &Schedule, next_at: DateTime<Utc>) -> Result<(), StoreError> {
        let Some(from) = schedule.next_at.filter(|at| next_at < *at) else { return Ok(()) };
        let sql = "UPDATE schedules SET next_at = $3 WHERE id = $1 AND next_at = $2 RETURNING id";
        let instants = [from, next_at].map(|at| at.timestamp_millis().into());
        let args = std::iter::once(schedule.id.as_str().into()).chain(instants).collect();
        self.database.write(sql, args).await.map(drop)
    }

    /// Removes a schedule; what it has fired stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown name.
    pub async fn remove_schedule(&self, id: &str) -> Result<(), StoreError> {
        let removed = self.database.write("DELETE FROM schedules WHERE id = $1 RETURNING id", vec![id.into()]).await?;
        match removed.is_empty() {
            true => Err(StoreError::NotFound { what: "schedule", id: id.to_owned() }),
            false => Ok(()),
        }
    }

    /// Enabled schedules that should have fired by now, by the database's clock.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn due_schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let sql = "SELECT * FROM schedules WHERE enabled = 1 AND next_at <= {now} ORDER BY next_at, id";
        self.database.fetch(sql, vec![]).await?.iter().map(schedule_of).collect()
    }

    /// Fires a schedule for the instant `fire_at`: puts the task in and sets the next instant, in
    /// one transaction. Of all processes that try, exactly one gets the task.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub async fn fire(
        &self,
        schedule_id: &str,
        fire_at: DateTime<Utc>,
        next_at: Option<DateTime<Utc>>,
        task: &NewTask,
    ) -> Result<Option<Task>, StoreError> {
        let instant = fire_at.timestamp_millis();
        let mut transaction = self.database.begin().await?;
        let sql = "INSERT INTO schedule_runs (schedule_id, fire_at, task_id) VALUES ($1, $2, '') \
             ON CONFLICT (schedule_id, fire_at) DO NOTHING RETURNING fire_at";
        if transaction.fetch_first(sql, vec![schedule_id.into(), instant.into()]).await?.is_none() {
            // It has fired for this instant, which came twice because the clock was set back.
            let sql = "UPDATE schedules SET next_at = $3 WHERE id = $1 AND next_at = $2";
            let next = next_at.map(|at| at.timestamp_millis());
            transaction.execute(sql, vec![schedule_id.into(), instant.into(), next.into()]).await?;
            transaction.commit().await?;
            return Ok(None);
        }
        let task = enqueue(&mut transaction, task).await?;
        let sql = "UPDATE schedule_runs SET task_id = $3 WHERE schedule_id = $1 AND fire_at = $2";
        transaction.execute(sql, vec![schedule_id.into(), instant.into(), task.id.as_str().into()]).await?;
        let sql = "UPDATE schedules SET next_at = $2 WHERE id = $1";
        transaction.execute(sql, vec![schedule_id.into(), next_at.map(|at| at.timestamp_millis()).into()]).await?;
        failpoint::reached("schedule.unfired");
        transaction.commit().await?;
        failpoint::reached("schedule.fired");
        Ok(Some(task))
    }
}

fn schedule_of(row: &Row) -> Result<Schedule, StoreError> {
    Ok(Schedule {
        id: row.text("id")?,
        cron: row.text("cron")?,
        spec: serde_json::from_str(&row.text("spec")?)
            .map_err(|error| StoreError::Value(format!("a stored schedule is not JSON: {error}")))?,
        enabled: row.integer("enabled")? != 0,
        next_at: row.integer_or_null("next_at")?.map(from_millis),
    })
}
