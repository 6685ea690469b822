//! The planner's opinion of indexes that do not exist: hypopg on a pinned connection.
//!
//! Hypothetical indexes live in the memory of one backend: nobody else sees them and nothing is
//! written, so a read-only transaction is enough. Every question resets them.

use std::collections::BTreeMap;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Answer, Candidate, PlanCost, Question, hypothetical_statement};
use sqlx::AssertSqlSafe;

use super::{parameters::Planned, plan};
use crate::{Database, GuardedSession, Limits, PgError};

/// hypopg opens the table that an index is for: it must not queue behind a waiting ALTER TABLE.
const BEGIN: &str = "BEGIN /* dbwright */ READ ONLY;
    SET /* dbwright */ LOCAL lock_timeout = '200ms'; SET /* dbwright */ LOCAL statement_timeout = '5s';
    SET /* dbwright */ LOCAL search_path = pg_catalog, pg_temp";

/// A backend with hypopg.
pub(super) struct Hypothetical {
    session: GuardedSession,
    /// The extension's schema, quoted.
    schema: String,
    set: Vec<usize>,
    names: BTreeMap<String, usize>,
}

impl Hypothetical {
    /// Connects; `Err` in words where the extension is missing.
    pub(super) async fn open(database: &Database) -> Result<Result<Self, String>, PgError> {
        let mut session = GuardedSession::open(database).await?;
        let schema: Option<String> = sqlx::query_scalar(
            "SELECT /* dbwright */ pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e
             JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'",
        )
        .fetch_optional(session.connection()?)
        .await?;
        if let Some(schema) = schema {
            return Ok(Ok(Self { session, schema, set: Vec::new(), names: BTreeMap::new() }));
        }
        let available: bool = sqlx::query_scalar(
            "SELECT /* dbwright */ EXISTS (SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg')",
        )
        .fetch_one(session.connection()?)
        .await?;
        session.close().await;
        Ok(Err(if available {
            "hypopg is on the server but not in this database (CREATE EXTENSION hypopg; it changes nothing else)"
                .to_owned()
        } else {
            "hypopg is not installed on the server (Debian and Ubuntu: postgresql-NN-hypopg)".to_owned()
        }))
    }

    /// Answers one question of the search.
    pub(super) async fn answer(
        &mut self,
        cx: &CallCx,
        question: &Question,
        statement: &Planned,
        candidates: &[Candidate],
    ) -> Result<Answer, ToolError> {
        if self.set != question.set
            && let Err((candidate, why)) = self.install(&question.set, candidates).await?
        {
            return Ok(Answer::CandidateRefused(candidate, why));
        }
        let limits = Limits { bytes: 4 << 20, ..Limits::default() };
        match self.session.run(cx, statement.explain("FORMAT JSON"), limits).await {
            Ok(rows) => Ok(match plan::read(&rows.first_column()) {
                Some(plan) => {
                    let mut used: Vec<usize> =
                        plan.indexes.iter().filter_map(|name| self.names.get(name).copied()).collect();
                    used.sort_unstable();
                    Answer::Plan(PlanCost { cost: plan.cost, used })
                }
                None => Answer::StatementFailed("its plan cannot be read".to_owned()),
            }),
            Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => Err(error),
            Err(error) => Ok(Answer::StatementFailed(format!("cannot be planned: {error}"))),
        }
    }

    /// Makes exactly these indexes hypothetical; the inner error is a candidate that hypopg refuses.
    async fn install(
        &mut self,
        set: &[usize],
        candidates: &[Candidate],
    ) -> Result<Result<(), (usize, String)>, PgError> {
        let (reset, create) = (
            format!("SELECT /* dbwright */ {}.hypopg_reset()", self.schema),
            format!("SELECT /* dbwright */ indexname::text FROM {}.hypopg_create_index($1)", self.schema),
        );
        self.names.clear();
        self.set.clear();
        let connection = self.session.connection()?;
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        sqlx::query(AssertSqlSafe(reset.as_str())).execute(&mut *connection).await?;
        for &at in set {
            let Some(candidate) = candidates.get(at) else { continue };
            let created: Result<String, sqlx::Error> = sqlx::query_scalar(AssertSqlSafe(create.as_str()))
                .bind(hypothetical_statement(candidate))
                .fetch_one(&mut *connection)
                .await;
            match created.map_err(PgError::from) {
                Ok(name) => {
                    self.names.insert(name, at);
                }
                Err(PgError::Server(error)) => {
                    sqlx::raw_sql("ROLLBACK /* dbwright */").execute(&mut *connection).await?;
                    // What was made before the refusal stays in memory until the next reset.
                    self.set = vec![usize::MAX];
                    return Ok(Err((at, format!("refused: {}", error.message))));
                }
                Err(error) => return Err(error),
            }
        }
        sqlx::raw_sql("COMMIT /* dbwright */").execute(&mut *connection).await?;
        self.set = set.to_vec();
        Ok(Ok(()))
    }

    /// Forgets the indexes and closes the connection.
    pub(super) async fn close(self) {
        self.session.close().await;
    }
}
