//! The planner's opinion of indexes that do not exist: hypopg on a pinned connection.
//!
//! Hypothetical indexes live in the memory of one backend: nobody else sees them and nothing is
//! written, so a read-only transaction is enough.

use std::collections::BTreeMap;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Answer, Candidate, PlanCost, Question, hypothetical_statement};
use sqlx::AssertSqlSafe;

use super::{
    parameters::Planned,
    plan::{self, Plan},
};
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
    shown: BTreeMap<usize, Shown>,
}

/// A hypothetical index that is in place.
struct Shown {
    oid: i64,
    name: String,
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
            return Ok(Ok(Self { session, schema, shown: BTreeMap::new() }));
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
        if let Err((candidate, why)) = self.show(&question.set, candidates).await? {
            return Ok(Answer::CandidateRefused(candidate, why));
        }
        match self.plan(cx, statement).await {
            Ok(plan) => Ok(Answer::Plan(PlanCost { cost: plan.cost, used: self.used(&plan) })),
            Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => Err(error),
            Err(error) => Ok(Answer::StatementFailed(format!("cannot be planned: {error}"))),
        }
    }

    /// The plan with what is shown.
    pub(super) async fn plan(&mut self, cx: &CallCx, statement: &Planned) -> Result<Plan, ToolError> {
        let limits = Limits { bytes: 4 << 20, ..Limits::default() };
        let rows = self.session.run(cx, statement.explain("FORMAT JSON"), limits).await?;
        plan::read(&rows.first_column()).ok_or_else(|| ToolError::Failed("its plan cannot be read".to_owned()))
    }

    /// The candidates that a plan uses, ascending.
    pub(super) fn used(&self, plan: &Plan) -> Vec<usize> {
        let used = self.shown.iter().filter(|(_, shown)| plan.indexes.contains(&shown.name));
        used.map(|(at, _)| *at).collect()
    }

    /// Makes exactly these indexes hypothetical; the inner error is a candidate that hypopg refuses.
    /// What is there already stays: questions about similar sets follow each other.
    pub(super) async fn show(
        &mut self,
        set: &[usize],
        candidates: &[Candidate],
    ) -> Result<Result<(), (usize, String)>, PgError> {
        let gone: Vec<usize> = self.shown.keys().copied().filter(|at| !set.contains(at)).collect();
        let new: Vec<usize> = set.iter().copied().filter(|at| !self.shown.contains_key(at)).collect();
        if gone.is_empty() && new.is_empty() {
            return Ok(Ok(()));
        }
        let drop =
            format!("SELECT /* dbwright */ {}.hypopg_drop_index(o) FROM pg_catalog.unnest($1::oid[]) o", self.schema);
        let create = format!(
            "SELECT /* dbwright */ i.indexrelid::int8, i.indexname::text
             FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS s(statement, at)
             CROSS JOIN LATERAL {}.hypopg_create_index(s.statement) i ORDER BY s.at",
            self.schema
        );
        let connection = self.session.connection()?;
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        if !gone.is_empty() {
            let oids: Vec<i64> = gone.iter().filter_map(|at| self.shown.remove(at)).map(|shown| shown.oid).collect();
            sqlx::query(AssertSqlSafe(drop.as_str())).bind(oids).execute(&mut *connection).await?;
        }
        let statements: Vec<String> =
            new.iter().filter_map(|&at| candidates.get(at)).map(hypothetical_statement).collect();
        let created: Result<Vec<(i64, String)>, sqlx::Error> = if statements.is_empty() {
            Ok(Vec::new())
        } else {
            sqlx::query_as(AssertSqlSafe(create.as_str())).bind(&statements).fetch_all(&mut *connection).await
        };
        match created.map_err(PgError::from) {
            Ok(created) => {
                sqlx::raw_sql("COMMIT /* dbwright */").execute(&mut *connection).await?;
                self.shown.extend(new.into_iter().zip(created).map(|(at, (oid, name))| (at, Shown { oid, name })));
                Ok(Ok(()))
            }
            Err(PgError::Server(_)) => {
                sqlx::raw_sql("ROLLBACK /* dbwright */").execute(&mut *connection).await?;
                self.one_by_one(&new, candidates).await
            }
            Err(error) => Err(error),
        }
    }

    /// Finds which of several is refused. What was made before stays in memory, whatever is rolled
    /// back: so everything is forgotten first.
    async fn one_by_one(
        &mut self,
        new: &[usize],
        candidates: &[Candidate],
    ) -> Result<Result<(), (usize, String)>, PgError> {
        let reset = format!("SELECT /* dbwright */ {}.hypopg_reset()", self.schema);
        let create = format!(
            "SELECT /* dbwright */ i.indexrelid::int8, i.indexname::text FROM {}.hypopg_create_index($1) i",
            self.schema
        );
        let kept: Vec<usize> = self.shown.keys().copied().collect();
        self.shown.clear();
        let connection = self.session.connection()?;
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
        sqlx::query(AssertSqlSafe(reset.as_str())).execute(&mut *connection).await?;
        for at in kept.into_iter().chain(new.iter().copied()) {
            let Some(candidate) = candidates.get(at) else { continue };
            let created: Result<(i64, String), sqlx::Error> = sqlx::query_as(AssertSqlSafe(create.as_str()))
                .bind(hypothetical_statement(candidate))
                .fetch_one(&mut *connection)
                .await;
            match created.map_err(PgError::from) {
                Ok((oid, name)) => {
                    self.shown.insert(at, Shown { oid, name });
                }
                Err(PgError::Server(error)) => {
                    sqlx::raw_sql("ROLLBACK /* dbwright */").execute(&mut *connection).await?;
                    return Ok(Err((at, format!("refused: {}", error.message))));
                }
                Err(error) => return Err(error),
            }
        }
        sqlx::raw_sql("COMMIT /* dbwright */").execute(&mut *connection).await?;
        Ok(Ok(()))
    }

    /// Forgets the indexes and closes the connection.
    pub(super) async fn close(self) {
        self.session.close().await;
    }
}
