//! An index that might be worth having.

use serde::{Deserialize, Serialize};

use crate::TableName;

/// What an index key is computed from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyExpression {
    /// A plain column, by its stored name.
    Column(String),
    /// An immutable expression over one table's columns.
    Expression {
        /// Its text with bare column names, without enclosing parentheses.
        sql: String,
        /// The columns in it.
        columns: Vec<String>,
        /// Its type where that is known.
        data_type: Option<String>,
    },
}

impl KeyExpression {
    /// The text to compare with: a quoted column name, or the expression.
    pub fn sql(&self) -> String {
        match self {
            Self::Column(name) => dbwright_sql::quote_ident(name),
            Self::Expression { sql, .. } => sql.clone(),
        }
    }

    /// The name of a plain column.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Column(name) => Some(name),
            Self::Expression { .. } => None,
        }
    }

    /// Every column that the key reads.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Self::Column(name) => vec![name],
            Self::Expression { columns, .. } => columns.iter().map(String::as_str).collect(),
        }
    }
}

/// Direction of a sorted key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Direction {
    /// Descending.
    pub descending: bool,
    /// NULLs before everything else.
    pub nulls_first: bool,
}

impl Direction {
    /// Ascending, NULLs last: what an index has when nothing is said.
    pub const ASCENDING: Self = Self { descending: false, nulls_first: false };

    /// The same order read backwards.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { descending: !self.descending, nulls_first: !self.nulls_first }
    }
}

/// One key of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndexKey {
    /// What it is computed from.
    pub expression: KeyExpression,
    /// Operator class where the default one does not serve.
    pub opclass: Option<String>,
    /// Sort direction.
    pub direction: Direction,
}

impl IndexKey {
    /// An ascending key with the default operator class.
    pub fn new(expression: KeyExpression) -> Self {
        Self { expression, opclass: None, direction: Direction::ASCENDING }
    }

    /// The same key with an operator class.
    #[must_use]
    pub fn opclass(mut self, opclass: impl Into<String>) -> Self {
        self.opclass = Some(opclass.into());
        self
    }

    /// The same key with a direction.
    #[must_use]
    pub const fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }
}

/// Access method of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// B-tree.
    Btree,
    /// Hash: equality on long keys, of which it stores four bytes.
    Hash,
    /// Block ranges: a few bytes for each megabyte of a table whose order follows the column.
    Brin,
    /// Inverted index.
    Gin,
    /// Generalised search tree: ranges that contain and overlap.
    Gist,
}

impl Method {
    /// As SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Btree => "btree",
            Self::Hash => "hash",
            Self::Brin => "brin",
            Self::Gin => "gin",
            Self::Gist => "gist",
        }
    }

    /// Whether hypopg can pretend to have such an index.
    pub const fn is_hypothetical(self) -> bool {
        matches!(self, Self::Btree | Self::Hash | Self::Brin)
    }

    /// What people call such an index.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Btree => "an index",
            Self::Hash => "a hash index",
            Self::Brin => "a BRIN index",
            Self::Gin => "a GIN index",
            Self::Gist => "a GiST index",
        }
    }
}

/// Which generator proposed a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateClass {
    /// Equality columns, then one range or the sort order.
    Btree,
    /// With INCLUDE columns, for index-only scans.
    Covering,
    /// Over the rows that a constant predicate selects.
    Partial,
    /// `text_pattern_ops` for prefix LIKE.
    Pattern,
    /// Referencing columns of a foreign key.
    ForeignKey,
    /// Inverted index for containment, full text and substrings.
    Gin,
    /// Search tree for ranges.
    Gist,
    /// Block ranges of a column that follows the order of the rows.
    Brin,
    /// Hash of a long key.
    Hash,
    /// An existing index made wider, or several made one.
    Consolidation,
}

/// A possible index with the statements that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Candidate {
    /// The table.
    pub table: TableName,
    /// Access method.
    pub method: Method,
    /// Keys in order.
    pub keys: Vec<IndexKey>,
    /// INCLUDE columns.
    pub include: Vec<String>,
    /// Predicate of a partial index, with bare column names.
    pub predicate: Option<String>,
    /// Which generator proposed it first.
    pub class: CandidateClass,
}

impl Candidate {
    /// A b-tree on `keys`.
    pub const fn btree(table: TableName, keys: Vec<IndexKey>, class: CandidateClass) -> Self {
        Self { table, method: Method::Btree, keys, include: Vec::new(), predicate: None, class }
    }

    /// An index of another method.
    pub const fn of(table: TableName, method: Method, keys: Vec<IndexKey>, class: CandidateClass) -> Self {
        Self { table, method, keys, include: Vec::new(), predicate: None, class }
    }

    /// Columns and expressions of the keys, for reports.
    pub fn key_texts(&self) -> Vec<String> {
        self.keys
            .iter()
            .map(|key| match &key.expression {
                KeyExpression::Column(name) => name.clone(),
                KeyExpression::Expression { sql, .. } => sql.clone(),
            })
            .collect()
    }

    /// Whether both describe the same index, whoever proposed them.
    pub fn is_same_index(&self, other: &Self) -> bool {
        self.table == other.table
            && self.method == other.method
            && self.keys == other.keys
            && self.include == other.include
            && self.predicate == other.predicate
    }
}
