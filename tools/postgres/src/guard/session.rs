//! One call, from the connection to the answer.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_policy::{Decision, Mode, Ruling, data::Kind, sql::Facts};
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr};

use super::{
    InFlight, diagnose,
    execute::{self, Taken},
    judgement,
    rows::{Limits, Rows},
    statement::{Plan, Statement},
};
use crate::{Database, PgError};

/// Small statements of ours around the foreign one must be answered within this time.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// After a cancellation the server must answer within this time; else the connection is closed.
const CANCEL_GRACE: Duration = Duration::from_secs(1);

/// How long what was read of the catalog is believed: many statements in a row share it.
const FACTS_AGE: Duration = Duration::from_secs(5);

/// Runs one statement that we did not write: read-only, bounded, rolled back, on a connection of
/// its own. See the module's documentation for what holds.
///
/// # Errors
/// The server's refusal with the place in `sql`, a missing privilege with its grant, a timeout,
/// or [`ToolError::Cancelled`] after the server-side statement was cancelled.
pub async fn run_untrusted(db: &Database, cx: &CallCx, sql: &str, limits: Limits) -> Result<Rows, ToolError> {
    run_statement(db, cx, Statement::Verbatim(sql), limits).await
}

/// [`run_untrusted`] for the other forms of a statement.
///
/// # Errors
/// As [`run_untrusted`].
pub async fn run_statement(
    db: &Database,
    cx: &CallCx,
    statement: Statement<'_>,
    limits: Limits,
) -> Result<Rows, ToolError> {
    let mut session = GuardedSession::open(db).await?;
    let outcome = session.run(cx, statement, limits).await;
    session.close().await;
    outcome
}

/// A pinned connection for several guarded statements, each in a transaction of its own. For
/// work that needs state of one backend, hypothetical indexes above all.
pub struct GuardedSession {
    database: Database,
    /// `None` once it is unsure in which state it is.
    connection: Option<PgConnection>,
    facts: Option<(Facts, Instant)>,
}

impl GuardedSession {
    /// Connects.
    ///
    /// # Errors
    /// [`PgError::Unreachable`].
    pub async fn open(database: &Database) -> Result<Self, PgError> {
        Ok(Self { database: database.clone(), connection: Some(database.target().connect().await?), facts: None })
    }

    /// The connection, for SQL of our own between the statements (`hypopg_create_index($1)`).
    ///
    /// # Errors
    /// [`PgError::Lost`] when an earlier statement left the connection in doubt.
    pub fn connection(&mut self) -> Result<&mut PgConnection, PgError> {
        self.connection.as_mut().ok_or_else(|| PgError::Lost("an interrupted statement ended this session".to_owned()))
    }

    /// Runs one statement that we did not write, as [`run_untrusted`] does.
    ///
    /// # Errors
    /// As [`run_untrusted`].
    pub async fn run(&mut self, cx: &CallCx, statement: Statement<'_>, limits: Limits) -> Result<Rows, ToolError> {
        if statement.sql().trim().is_empty() {
            return Err(ToolError::Arguments("the SQL text is empty".to_owned()));
        }
        if cx.cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
        // Taken out: whatever goes wrong from here on, only a clean end puts it back.
        let Some(mut connection) = self.connection.take() else {
            return Err(PgError::Lost("an interrupted statement ended this session".to_owned()).into());
        };
        let opened = tokio::select! {
            opened = within(OPEN_TIMEOUT, execute::open(&mut connection, limits)) => opened?,
            () = cx.cancel.cancelled() => return Err(ToolError::Cancelled),
        };
        let mut in_flight = InFlight::new(self.database.clone(), opened.pid);
        let plan = statement.plan();
        let judged = tokio::select! {
            judged = within(OPEN_TIMEOUT, self.judged(&mut connection, &statement, &plan)) => judged,
            () = cx.cancel.cancelled() => return Err(ToolError::Cancelled),
        };
        let started = Instant::now();
        match judged {
            Ok(None) => {}
            Ok(Some(refused)) => {
                in_flight.disarm();
                self.put_back(connection).await;
                return Err(refused);
            }
            Err(error) => {
                in_flight.disarm();
                if matches!(error, PgError::Server(_)) {
                    self.put_back(connection).await;
                }
                return Err(diagnose::explain(&self.database, &statement, &plan, limits, Duration::ZERO, error).await);
            }
        }
        let ended = {
            let mut work = pin!(execute::run(&mut connection, &plan, limits));
            tokio::select! {
                biased;
                ended = &mut work => Ended::ByItself(ended),
                () = cx.cancel.cancelled() => {
                    in_flight.cancel().await;
                    Ended::Stopped { error: PgError::Cancelled, answered: tokio::time::timeout(CANCEL_GRACE, work).await.is_ok() }
                }
                () = tokio::time::sleep(limits.timeout) => {
                    in_flight.cancel().await;
                    let error = PgError::Timeout(limits.timeout);
                    Ended::Stopped { error, answered: tokio::time::timeout(CANCEL_GRACE, work).await.is_ok() }
                }
            }
        };
        in_flight.disarm();
        match ended {
            Ended::ByItself(Ok(Taken { rows, drained: true })) => {
                if !within(OPEN_TIMEOUT, execute::still_guarded(&mut connection, &opened)).await? {
                    return Err(ToolError::Failed(
                        "the statement left its read-only transaction; the connection was closed".to_owned(),
                    ));
                }
                self.put_back(connection).await;
                Ok(rows)
            }
            // The rest of a large answer is on its way: closing is cheaper than reading it.
            Ended::ByItself(Ok(Taken { rows, drained: false })) => {
                abandon(connection).await;
                Ok(rows)
            }
            Ended::ByItself(Err(error)) => {
                if matches!(error, PgError::Server(_)) {
                    self.put_back(connection).await;
                }
                Err(diagnose::explain(&self.database, &statement, &plan, limits, started.elapsed(), error).await)
            }
            Ended::Stopped { error, answered } => {
                if answered {
                    self.put_back(connection).await;
                }
                Err(error.into())
            }
        }
    }

    /// What the policy says of a text, with the catalog of this database; the text is not run.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn rule(&mut self, sql: &str, mode: Mode) -> Result<Ruling, PgError> {
        let Some(mut connection) = self.connection.take() else {
            return Err(PgError::Lost("an interrupted statement ended this session".to_owned()));
        };
        within(OPEN_TIMEOUT, execute::open(&mut connection, Limits::default())).await?;
        let mut facts = self.facts(&mut connection).await?;
        let ruling = within(OPEN_TIMEOUT, judgement::ruling(&mut connection, sql, mode, &mut facts.0)).await?;
        self.facts = Some(facts);
        self.put_back(connection).await;
        Ok(self.database.rules().refine(Kind::Sql, sql, mode, ruling))
    }

    /// The policy's refusal of a statement that is about to run, if it has one.
    async fn judged(
        &mut self,
        connection: &mut PgConnection,
        statement: &Statement<'_>,
        plan: &Plan,
    ) -> Result<Option<ToolError>, PgError> {
        let text = statement.judged();
        let mut facts = self.facts(connection).await?;
        let ruling = judgement::ruling(connection, &text, Mode::Readonly, &mut facts.0).await?;
        self.facts = Some(facts);
        let ruling = self.database.rules().refine(Kind::Sql, &text, Mode::Readonly, ruling);
        if ruling.decision == Decision::Allow {
            return Ok(None);
        }
        if ruling.rule == "sql.syntax" {
            // The server's words are better: it names what it does not understand, and where.
            connection.prepare(sqlx::AssertSqlSafe(plan.text()).into_sql_str()).await?;
        }
        let rule = ruling.rule.strip_prefix("sql.").unwrap_or(&ruling.rule);
        Ok(Some(ToolError::Refused(format!("{rule}: {}", ruling.reason))))
    }

    async fn facts(&mut self, connection: &mut PgConnection) -> Result<(Facts, Instant), PgError> {
        match self.facts.take() {
            Some((facts, since)) if since.elapsed() < FACTS_AGE => Ok((facts, since)),
            _ => {
                let facts = self.database.rules().informed(judgement::facts(connection).await?);
                Ok((facts, Instant::now()))
            }
        }
    }

    /// Ends the transaction; keeps the connection only when the server confirms.
    async fn put_back(&mut self, mut connection: PgConnection) {
        match tokio::time::timeout(CANCEL_GRACE, execute::close(&mut connection)).await {
            Ok(Ok(())) => self.connection = Some(connection),
            Ok(Err(error)) => tracing::warn!(%error, "a guarded transaction did not end cleanly; connection closed"),
            Err(_) => tracing::warn!("a guarded transaction did not end in time; connection closed"),
        }
    }

    /// Says goodbye to the server.
    pub async fn close(self) {
        if let Some(connection) = self.connection {
            // The server ends the session with or without a goodbye.
            let _ = connection.close().await;
        }
    }
}

enum Ended {
    ByItself(Result<Taken, PgError>),
    Stopped { error: PgError, answered: bool },
}

/// A server or network that stands still must not hold the caller.
async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, PgError>>) -> Result<T, PgError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(PgError::Timeout(limit)))
}

/// Closes the socket without reading what is still coming.
async fn abandon(connection: PgConnection) {
    let _ = connection.close_hard().await;
}
