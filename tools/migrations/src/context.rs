//! What is known about the database that the migrations will meet. Everything is optional:
//! without it the linter judges the text alone.

use serde::{Deserialize, Serialize};

use crate::Convention;
use crate::name::Name;

/// The linter's surroundings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Context {
    /// Major version of the server; rules assume a supported one (13 or newer) when unknown.
    pub server_major: Option<u32>,
    /// Tables that exist before the first script runs.
    pub tables: Vec<TableFacts>,
    /// Functions whose volatility is known, for defaults.
    pub functions: Vec<FunctionFacts>,
    /// The migration tool's habits.
    pub convention: Option<Convention>,
}

/// A table as the catalog describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TableFacts {
    /// Schema.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Rows as the statistics estimate them.
    pub rows: Option<u64>,
    /// Heap, indexes and TOAST together, in bytes.
    pub bytes: Option<u64>,
    /// Columns in order.
    pub columns: Vec<ColumnFacts>,
    /// Indexes.
    pub indexes: Vec<IndexFacts>,
    /// Constraints.
    pub constraints: Vec<ConstraintFacts>,
    /// Whether it is a partitioned table (the parent, not a partition).
    pub partitioned: bool,
    /// Its default partition, where it has one.
    pub default_partition: Option<String>,
    /// Rows inserted since the statistics were reset.
    pub inserts: u64,
    /// Rows updated since the statistics were reset.
    pub updates: u64,
    /// Rows deleted since the statistics were reset.
    pub deletes: u64,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnFacts {
    /// Name.
    pub name: String,
    /// Type as `format_type` spells it: `character varying(20)`.
    pub type_name: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// Default expression.
    pub default: Option<String>,
    /// Whether it is `GENERATED … AS IDENTITY`.
    pub identity: bool,
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexFacts {
    /// Name, without schema.
    pub name: String,
    /// Key columns in order; expressions are left out.
    pub columns: Vec<String>,
    /// Whether it is unique.
    pub unique: bool,
    /// `pg_index.indisvalid`.
    pub valid: bool,
    /// The constraint it serves, where it serves one.
    pub constraint: Option<String>,
    /// `pg_get_indexdef`, for the way back after a drop.
    pub definition: Option<String>,
}

/// What a constraint is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `CHECK`.
    #[default]
    Check,
    /// `FOREIGN KEY`.
    ForeignKey,
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique,
    /// `EXCLUDE`.
    Exclusion,
    /// `NOT NULL` with a name (PostgreSQL 18).
    NotNull,
}

/// A constraint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConstraintFacts {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: ConstraintKind,
    /// Columns that it mentions.
    pub columns: Vec<String>,
    /// `pg_constraint.convalidated`.
    pub validated: bool,
    /// `pg_get_constraintdef`.
    pub definition: Option<String>,
}

/// A function's volatility.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FunctionFacts {
    /// Schema.
    pub schema: String,
    /// Name; overloads count as volatile when one of them is.
    pub name: String,
    /// Whether `provolatile` is `v`.
    pub volatile: bool,
}

impl Context {
    pub(crate) fn table(&self, name: &Name) -> Option<&TableFacts> {
        let matching = || self.tables.iter().filter(|table| table.is(name));
        matching().find(|table| table.schema == "public").or_else(|| matching().next())
    }

    /// The table that an index belongs to.
    pub(crate) fn index(&self, name: &Name) -> Option<(&TableFacts, &IndexFacts)> {
        self.tables
            .iter()
            .filter(|table| name.schema.as_deref().is_none_or(|schema| schema == table.schema))
            .find_map(|table| Some((table, table.indexes.iter().find(|index| index.name == name.name)?)))
    }

    /// Whether the server is known to be older than `major`.
    pub(crate) fn older_than(&self, major: u32) -> bool {
        self.server_major.is_some_and(|server| server < major)
    }

    /// Whether the server is known to be `major` or newer.
    pub(crate) fn at_least(&self, major: u32) -> bool {
        self.server_major.is_some_and(|server| server >= major)
    }
}

impl TableFacts {
    pub(crate) fn is(&self, name: &Name) -> bool {
        name.name == self.name && name.schema.as_deref().is_none_or(|schema| schema == self.schema)
    }

    pub(crate) fn column(&self, name: &str) -> Option<&ColumnFacts> {
        self.columns.iter().find(|column| column.name == name)
    }
}
