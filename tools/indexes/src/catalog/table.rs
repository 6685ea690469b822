//! A table: columns, indexes, size, and how it is written.

use serde::{Deserialize, Serialize};

use super::{Column, Index};

/// A schema-qualified name, neither part quoted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableName {
    /// Schema.
    pub schema: String,
    /// Relation.
    pub name: String,
}

impl TableName {
    /// A qualified name.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }

    /// As SQL, quoted where needed.
    pub fn quoted(&self) -> String {
        dbwright_sql::quote_qualified(Some(&self.schema), &self.name)
    }
}

impl std::fmt::Display for TableName {
    /// As people say it: `public.orders`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// What kind of relation it is: decides whether an index can be advised on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table.
    Table,
    /// A materialized view.
    MaterializedView,
    /// The parent of partitions: it has no storage, and no concurrent index build.
    Partitioned,
    /// A view.
    View,
    /// A foreign table.
    Foreign,
}

impl TableKind {
    /// Whether an index can be advised on it: on a parent of partitions by the recipe that builds
    /// one on each partition and attaches it.
    pub const fn is_indexable(self) -> bool {
        matches!(self, Self::Table | Self::MaterializedView | Self::Partitioned)
    }

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::MaterializedView => "materialized view",
            Self::Partitioned => "partitioned table",
            Self::View => "view",
            Self::Foreign => "foreign table",
        }
    }
}

/// Row changes since the statistics were reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WriteCounters {
    /// Rows inserted.
    pub inserts: u64,
    /// Rows updated.
    pub updates: u64,
    /// Updates that touched no index (heap-only tuples).
    pub hot_updates: u64,
    /// Rows deleted.
    pub deletes: u64,
}

/// A foreign key of the table that it is listed under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: String,
    /// Referencing columns.
    pub columns: Vec<String>,
    /// The table referred to.
    pub references: TableName,
    /// The columns referred to, in the same order.
    pub referenced_columns: Vec<String>,
}

/// A relation that statements may read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// What it is.
    pub kind: TableKind,
    /// Live rows as the planner believes.
    pub rows: f64,
    /// Heap pages of 8 kB.
    pub pages: u64,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Existing indexes.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// Foreign keys to other tables.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// How it is written.
    #[serde(default)]
    pub writes: WriteCounters,
    /// The query behind a view.
    #[serde(default)]
    pub definition: Option<String>,
    /// What follows PARTITION BY, where it is a parent of partitions.
    #[serde(default)]
    pub partition_key: Option<String>,
    /// The parent that it is a partition of, or inherits from.
    #[serde(default)]
    pub parent: Option<TableName>,
    /// What follows PARTITION OF its parent: `FOR VALUES …` or `DEFAULT`.
    #[serde(default)]
    pub bound: Option<String>,
    /// Share of a page that new rows fill, in per cent.
    #[serde(default)]
    pub fillfactor: Option<u32>,
}

impl Table {
    /// An empty ordinary table.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            name: TableName::new(schema, name),
            kind: TableKind::Table,
            rows: 0.0,
            pages: 0,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            writes: WriteCounters::default(),
            definition: None,
            partition_key: None,
            parent: None,
            bound: None,
            fillfactor: None,
        }
    }

    /// The column called `name`, exactly.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
