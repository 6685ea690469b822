//! The result: what to build, what it brings, what it costs, and what was left out.

use serde::{Deserialize, Serialize};

use crate::{Candidate, TableName, WritePrice};
use dbwright_finding::{Confidence, Measured};

/// How the advice was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// Built on a scratch copy and executed, before and after.
    Executed,
    /// Planned with hypothetical indexes, or with real ones on a copy, but not executed.
    Planned,
    /// Not checked by anything: candidates only.
    Unchecked,
}

impl Verified {
    /// The confidence that such a check gives.
    pub const fn confidence(self) -> Confidence {
        match self {
            Self::Executed => Confidence::Measured,
            Self::Planned => Confidence::Estimated,
            Self::Unchecked => Confidence::Rule,
        }
    }
}

/// What one index brings to one statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    /// Position of the statement in the input, from 0.
    pub statement: usize,
    /// The statement on one line, shortened.
    pub text: String,
    /// `pg_stat_statements.queryid`, where it came from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// Executions since the statistics were reset, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u64>,
    /// The statement with the sampled values that the figures hold for, where it has `$n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<String>,
    /// Without any new index, and with all advised ones.
    pub measured: Measured,
    /// Other advised indexes that the statement uses too: the gain is theirs as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together_with: Vec<String>,
    /// Fastest and slowest of the executions without the indexes, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_range_ms: Option<(f64, f64)>,
    /// The same with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_range_ms: Option<(f64, f64)>,
}

/// An existing index that the new one makes superfluous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Drops it; to be run after the new index is valid.
    pub statement: String,
    /// Builds it again.
    pub undo: String,
}

/// An index to build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdvisedIndex {
    /// What it is.
    pub candidate: Candidate,
    /// Its name.
    pub name: String,
    /// Builds it without blocking writes: the first of `statements`, mostly the only one.
    pub statement: String,
    /// All statements that build it, in order: several on a parent of partitions.
    #[serde(default)]
    pub statements: Vec<String>,
    /// Takes it away again.
    pub undo: String,
    /// Size on disk: measured where it was built on a full copy, else by our own model.
    pub bytes: u64,
    /// Whether `bytes` was measured.
    pub bytes_measured: bool,
    /// What it brings, best first. Empty only where nothing could be checked.
    pub gains: Vec<Gain>,
    /// How the advice was checked.
    pub verified: Verified,
    /// Seconds that building it took on the copy, as if the copy were whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_seconds: Option<f64>,
    /// What it costs the table's writes.
    pub write_note: String,
    /// The same in entries and cost units, for the time that the workload covers.
    #[serde(default)]
    pub write_price: WritePrice,
    /// What else is to be known before it is built: partitions, uniqueness, standbys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Indexes that can go once it is there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<Replaced>,
}

/// An existing index that does nothing which another one does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Droppable {
    /// Its table.
    pub table: TableName,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The index that does its work.
    pub served_by: String,
    /// Why it can go.
    pub why: String,
    /// Drops it without blocking writes.
    pub statement: String,
    /// Builds it again.
    pub undo: String,
    /// Statements of the workload that were executed without it and were no worse.
    pub executed: usize,
}

/// A statement written in another way, where no index can help the one that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rewrite {
    /// The statement on one line, shortened.
    pub text: String,
    /// The condition as it stands.
    pub from: String,
    /// The condition that an index can serve.
    pub to: String,
    /// Why it is the same, and when it is not.
    pub why: String,
}

/// A candidate that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The index as a statement.
    pub statement: String,
    /// Why not.
    pub why: String,
}

/// A statement that was not analysed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The statement on one line, shortened.
    pub text: String,
    /// Why not.
    pub why: String,
}

/// Index advice for a workload.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Advice {
    /// Indexes to build, most valuable first.
    pub indexes: Vec<AdvisedIndex>,
    /// Existing indexes that can go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub droppable: Vec<Droppable>,
    /// Conditions that hide their column from every index, and what to write instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewrites: Vec<Rewrite>,
    /// Candidates that were considered and left out.
    pub rejected: Vec<Rejected>,
    /// Statements that were passed over.
    pub skipped: Vec<Skipped>,
    /// Statements analysed.
    pub analysed: usize,
    /// Cost of all analysed statements, weighted: after by before, where planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_ratio: Option<f64>,
    /// Geometric mean of after by before over the analysed statements: not dominated by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_ratio: Option<f64>,
    /// How plans were obtained, in words: which oracle, which values for `$n`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What could not be checked, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
}
