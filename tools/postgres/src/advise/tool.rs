//! The tool itself.

use std::time::Instant;

use dbwright_contract::{Assessment, CallCx, Effect, Tool, ToolError};
use dbwright_indexes::findings;
use dbwright_sql::brief;

use super::{AdviseArgs, AdviseOutput, AdviseSettings, Verify, live};
use crate::{Databases, until_cancelled};

/// Statements taken in one call.
const MOST_STATEMENTS: usize = 500;

/// Finds missing indexes and proves them.
#[derive(Debug, Clone)]
pub struct AdviseIndexes {
    databases: Databases,
    copies: bool,
    settings: AdviseSettings,
}

impl AdviseIndexes {
    /// The tool over the configured databases.
    pub fn new(databases: Databases) -> Self {
        Self { databases, copies: true, settings: AdviseSettings::default() }
    }

    /// Whether rows may be copied to a throwaway server on this machine. Without that, advice
    /// rests on hypothetical indexes alone.
    #[must_use]
    pub fn copies(mut self, allowed: bool) -> Self {
        self.copies = allowed;
        self
    }

    /// What one call may take.
    #[must_use]
    pub fn settings(mut self, settings: AdviseSettings) -> Self {
        self.settings = settings;
        self
    }
}

impl Tool for AdviseIndexes {
    const NAME: &'static str = "advise_indexes";
    const DESCRIPTION: &'static str = "Finds the indexes that statements (or the top of pg_stat_statements) lack, of every kind, and existing ones \
        that can go; tried hypothetically, then executed before and after on a scratch copy. Returns CREATE INDEX CONCURRENTLY with gains, \
        size, write cost, and what was rejected.";
    const SOURCE: &'static str = "database";
    type Args = AdviseArgs;
    type Output = AdviseOutput;

    fn assess(&self, args: &AdviseArgs) -> Assessment {
        let what = match args.statements.as_slice() {
            [] => "the top of pg_stat_statements".to_owned(),
            [only] => brief(only, 80),
            many => format!("{} statements", many.len()),
        };
        let effect = match args.verify {
            Verify::Hypothetical | Verify::None => Effect::Observe,
            Verify::Auto | Verify::Scratch => Effect::Rehearse,
        };
        Assessment::new(effect, format!("advise indexes for {what}"))
    }

    async fn call(&self, cx: &CallCx, mut args: AdviseArgs) -> Result<AdviseOutput, ToolError> {
        if args.statements.len() > MOST_STATEMENTS {
            return Err(ToolError::Arguments(format!("at most {MOST_STATEMENTS} statements in one call")));
        }
        match args.verify {
            Verify::Scratch if !self.copies => {
                return Err(ToolError::Refused(
                    "the settings forbid copies of rows (review.copy_rows): use verify=hypothetical".to_owned(),
                ));
            }
            Verify::Auto if !self.copies => args.verify = Verify::Hypothetical,
            _ => {}
        }
        let database = self.databases.get(args.database.as_deref())?;
        let started = Instant::now();
        let advice = until_cancelled(database, cx, live::advise(database, cx, &args, &self.settings)).await?;
        Ok(AdviseOutput {
            database: database.name().to_owned(),
            findings: findings(&advice),
            advice,
            elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}
