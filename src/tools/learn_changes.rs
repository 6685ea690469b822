//! What a measured change taught, saved with its figures: the index that pays, and the one that
//! did not.

use std::{future::Future, pin::Pin};

use dbwright_contract::CallCx;
use dbwright_finding::Confidence;
use dbwright_memory::{LearningKind, LearningStatus, NewLearning, Provenance, Scope, Store};
use dbwright_postgres::{Changed, Databases, Outcome, Remember};
use dbwright_sql::{fingerprint, relations};

/// Saves learnings of changes in the scope of the database that was changed.
#[derive(Debug, Clone)]
pub struct LearnChanges {
    store: Store,
    databases: Databases,
    project: Option<String>,
    agent: String,
}

impl LearnChanges {
    /// Saves to `store`; `agent` is who asked for the change.
    pub const fn new(store: Store, databases: Databases, project: Option<String>, agent: String) -> Self {
        Self { store, databases, project, agent }
    }

    /// Where a learning about this database belongs, and the server's version.
    async fn scope(&self, database: &str) -> (Scope, Option<String>) {
        let mut scope =
            Scope { project: self.project.clone(), db_fingerprint: Some(database.to_owned()), schema: None };
        let Ok(database) = self.databases.get(Some(database)) else { return (scope, None) };
        let Ok(identity) = database.identity().await else { return (scope, None) };
        scope.db_fingerprint = Some(identity.key());
        (scope, Some(identity.version.clone()))
    }

    /// The learning; `None` where nothing was measured and so nothing learned.
    fn learning(&self, cx: &CallCx, changed: &Changed) -> Option<NewLearning> {
        let decisive = changed.decisive()?;
        let ddl: Vec<String> = changed.steps.iter().map(|step| step.sql.clone()).collect();
        let (kind, status, verb) = match changed.outcome {
            Outcome::Kept => (LearningKind::IndexStrategy, LearningStatus::Applied, "was applied and pays"),
            Outcome::Reverted => (LearningKind::AntiPattern, LearningStatus::Verified, "was tried and taken back"),
            Outcome::Applied | Outcome::AlreadyThere => return None,
        };
        let (before, after) = (&decisive.before, &decisive.after);
        let title = format!(
            "{} {verb}: {} pages before, {} after",
            dbwright_sql::brief(ddl.first()?, 140),
            before.buffers,
            after.buffers
        );
        let body = format!(
            "{}\n\n`{}`: median {} ms before ({} to {}), {} ms after ({} to {}), {} runs each on the database itself.",
            changed.reason,
            decisive.statement,
            before.ms,
            before.min_ms,
            before.max_ms,
            after.ms,
            after.min_ms,
            after.max_ms,
            after.runs
        );
        let tables = relations(&decisive.executed).unwrap_or_default();
        Some(NewLearning {
            tables: tables.into_iter().map(|relation| relation.name).collect(),
            query_fingerprint: fingerprint(&decisive.executed).ok(),
            query_normalized: Some(decisive.executed.clone()),
            measured: Some(decisive.measured),
            ddl_applied: ddl,
            ddl_undo: changed.undo.clone(),
            status,
            confidence: Confidence::Measured,
            provenance: Provenance {
                session: Some(cx.session_id.clone()),
                tool_calls: vec![cx.call_id.clone()],
                agent: Some(self.agent.clone()),
                ..Provenance::default()
            },
            ..NewLearning::new(kind, title, body)
        })
    }
}

impl Remember for LearnChanges {
    fn remember<'a>(
        &'a self,
        cx: &'a CallCx,
        changed: &'a Changed,
    ) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async move {
            let learning = self.learning(cx, changed)?;
            let (scope, server_version) = self.scope(&changed.database).await;
            match self.store.save_learning(NewLearning { scope, server_version, ..learning }).await {
                Ok(saved) => Some(saved.learning.id),
                Err(error) => {
                    // The change stands whether or not it is remembered.
                    tracing::warn!(%error, "the learning of a change was not saved");
                    None
                }
            }
        })
    }
}
