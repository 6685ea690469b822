//! The tool itself.

use std::{borrow::Cow, time::Duration};

use dbwright_contract::{Assessment, CallCx, Effect, Tool, ToolError};
use dbwright_policy::sql::read_only_refusal;
use dbwright_sql::{StatementKind, brief, classify, restore_typed_placeholders};

use super::{TuneArgs, TuneOutput, work};
use crate::{Databases, until_cancelled};

/// Seconds for one statement, unless told.
const SECONDS: u32 = 20;
/// The most that can be asked for.
const MOST_SECONDS: u32 = 300;

/// Finds what makes one statement faster, and proves it.
#[derive(Debug, Clone)]
pub struct TuneStatement {
    databases: Databases,
    copies: bool,
}

impl TuneStatement {
    /// The tool over the configured databases.
    pub fn new(databases: Databases) -> Self {
        Self { databases, copies: true }
    }

    /// Whether rows may be copied to a throwaway server on this machine. Without that, indexes and
    /// statistics are not tried.
    #[must_use]
    pub fn copies(mut self, allowed: bool) -> Self {
        self.copies = allowed;
        self
    }
}

impl Tool for TuneStatement {
    const NAME: &'static str = "tune_statement";
    const DESCRIPTION: &'static str = "Makes ONE reading statement faster and proves it: rewrites (proven equal), settings, statistics, ANALYZE, \
        VACUUM and indexes, each measured before and after, read-only or on a scratch copy. Returns what helps, and what was tried in vain.";
    const SOURCE: &'static str = "database";
    type Args = TuneArgs;
    type Output = TuneOutput;

    fn assess(&self, args: &TuneArgs) -> Assessment {
        let assessment = Assessment::new(Effect::Rehearse, format!("tune {}", brief(&args.sql, 100)));
        match check(&args.sql) {
            Err(ToolError::Refused(reason)) => assessment.refuse(reason),
            Ok(()) | Err(_) => assessment,
        }
    }

    async fn call(&self, cx: &CallCx, mut args: TuneArgs) -> Result<TuneOutput, ToolError> {
        let database = self.databases.get(args.database.as_deref())?;
        if let Cow::Owned(whole) = restore_typed_placeholders(&args.sql) {
            args.sql = whole;
        }
        check(&args.sql)?;
        let seconds = args.seconds.unwrap_or(SECONDS).clamp(1, MOST_SECONDS);
        let time = Duration::from_secs(u64::from(seconds));
        until_cancelled(database, cx, work::tune(database, cx, &args, self.copies, time)).await
    }
}

/// Only what reads can be executed to be measured.
fn check(sql: &str) -> Result<(), ToolError> {
    match classify(sql) {
        Ok(class) if class.writes || class.locks_rows || class.kind != StatementKind::Select => {
            return Err(ToolError::Refused(
                "statement_kind: only a statement that reads can be executed over and over; explain it, or tune the SELECT inside it"
                    .to_owned(),
            ));
        }
        Ok(_) | Err(_) => {}
    }
    match read_only_refusal(sql) {
        Ok(Some(refusal)) => Err(ToolError::Refused(refusal.to_string())),
        Ok(None) | Err(_) => Ok(()),
    }
}
