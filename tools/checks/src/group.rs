//! The sections of a check, and the parts of a snapshot that each of them reads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A section of rules: what `check --only` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Who waits for whom.
    Locks,
    /// Long and idle transactions, connections.
    Sessions,
    /// Dead rows, statistics, the xmin horizon, wraparound.
    Vacuum,
    /// Missing, unused, redundant and broken indexes.
    Indexes,
    /// How tables are read and stored.
    Tables,
    /// Keys, constraints, sequences, types, versions.
    Schema,
    /// Row level security, grants, functions.
    Security,
    /// Slots, standbys, archiving.
    Replication,
    /// What `pg_stat_statements` shows.
    Queries,
    /// Server settings.
    Settings,
}

impl Group {
    /// All groups in the order of a report.
    pub const ALL: [Self; 10] = [
        Self::Locks,
        Self::Sessions,
        Self::Vacuum,
        Self::Indexes,
        Self::Tables,
        Self::Schema,
        Self::Security,
        Self::Replication,
        Self::Queries,
        Self::Settings,
    ];

    /// The word on the command line and in [`dbwright_finding::Rule::group`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Locks => "locks",
            Self::Sessions => "sessions",
            Self::Vacuum => "vacuum",
            Self::Indexes => "indexes",
            Self::Tables => "tables",
            Self::Schema => "schema",
            Self::Security => "security",
            Self::Replication => "replication",
            Self::Queries => "queries",
            Self::Settings => "settings",
        }
    }

    /// The parts that its rules read.
    pub const fn parts(self) -> &'static [Part] {
        match self {
            Self::Locks | Self::Sessions => &[Part::Activity, Part::Server, Part::Databases],
            Self::Vacuum => {
                &[Part::Activity, Part::Server, Part::Replication, Part::Databases, Part::Tables, Part::Columns]
            }
            Self::Indexes => {
                &[Part::Server, Part::Replication, Part::Tables, Part::Indexes, Part::Constraints, Part::Columns]
            }
            Self::Tables => &[Part::Server, Part::Tables, Part::Indexes, Part::Columns, Part::Statements],
            Self::Schema => &[
                Part::Server,
                Part::Databases,
                Part::Tables,
                Part::Indexes,
                Part::Columns,
                Part::Constraints,
                Part::Sequences,
                Part::Extensions,
                Part::Statements,
            ],
            Self::Security => {
                &[Part::Activity, Part::Server, Part::Tables, Part::Indexes, Part::Columns, Part::Security]
            }
            Self::Replication => &[Part::Server, Part::Replication],
            Self::Queries => &[Part::Server, Part::Statements, Part::Constraints, Part::Extensions],
            Self::Settings => &[Part::Activity, Part::Server, Part::Databases, Part::Statements, Part::Replication],
        }
    }
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|group| group.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("unknown group `{text}`: use one of {known}")
        })
    }
}

/// A part of a snapshot: what an adapter reads in one probe or a few. Ordered as they must be
/// read: what is short-lived comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Sessions, locks, prepared transactions.
    Activity,
    /// Version, settings, checkpoints.
    Server,
    /// Slots, standbys, archiver.
    Replication,
    /// Databases of the server.
    Databases,
    /// Tables.
    Tables,
    /// Indexes.
    Indexes,
    /// Columns with statistics.
    Columns,
    /// Constraints.
    Constraints,
    /// Sequences.
    Sequences,
    /// Policies, definer functions, schema grants.
    Security,
    /// Extensions and collations.
    Extensions,
    /// `pg_stat_statements`.
    Statements,
}

impl Part {
    /// All parts, in reading order.
    pub const ALL: [Self; 12] = [
        Self::Activity,
        Self::Server,
        Self::Replication,
        Self::Databases,
        Self::Tables,
        Self::Indexes,
        Self::Columns,
        Self::Constraints,
        Self::Sequences,
        Self::Security,
        Self::Extensions,
        Self::Statements,
    ];
}
