//! The shape itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Direction, KeyExpression, TableName};

/// What a key is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// The same constant in every execution.
    Literal {
        /// Its text, as in the statistics.
        text: String,
        /// As SQL, with its cast.
        sql: String,
    },
    /// `$n`.
    Parameter(i32),
    /// A column of another relation: a join, by its position in [`QueryShape::relations`].
    Column(usize),
    /// Anything else that is fixed while the relation is scanned: `now()`, a scalar subquery.
    Other,
}

/// The class of a predicate: what kind of index can serve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredicateKind {
    /// `key = value`.
    Equal,
    /// `key <> value` or `key NOT IN (…)`: no index finds it, but a partial one may be built of it.
    NotEqual,
    /// `key IN (…)` or `key = ANY (…)`, with the number of values where it is known.
    In(Option<usize>),
    /// `<`, `<=`, `>`, `>=`, BETWEEN.
    Range,
    /// LIKE with a constant prefix, `starts_with`, `^@`.
    Prefix,
    /// LIKE, ILIKE, regular expressions and similarity that start anywhere, with the longest run
    /// of literal characters in the pattern (`None` where the pattern is not constant).
    Pattern(Option<usize>),
    /// `IS NULL`.
    IsNull,
    /// `IS NOT NULL`.
    IsNotNull,
    /// A boolean column that must be true.
    IsTrue,
    /// A boolean column that must be false.
    IsFalse,
    /// `jsonb @> …` or `array @> …`.
    Contains,
    /// `array && …`.
    Overlaps,
    /// `jsonb ? …`, `?|`, `?&`.
    HasKey,
    /// `tsvector @@ tsquery`.
    TextSearch,
}

impl PredicateKind {
    /// Whether a b-tree can jump to one value: keys behind it stay sorted.
    pub const fn is_equality(&self) -> bool {
        matches!(self, Self::Equal | Self::In(_) | Self::IsNull | Self::IsTrue | Self::IsFalse)
    }
}

/// One condition on one relation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    /// The column or expression.
    pub key: KeyExpression,
    /// What is asked of it.
    pub kind: PredicateKind,
    /// What it is compared with.
    pub value: Value,
    /// 0 where the condition must hold; otherwise the arm of an OR that it belongs to.
    pub branch: usize,
    /// The condition as SQL with bare column names, where it is the same in every execution:
    /// what a partial index may use.
    pub constant_sql: Option<String>,
}

/// One key of a wanted order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    /// The column or expression.
    pub key: KeyExpression,
    /// Its direction.
    pub direction: Direction,
}

/// One occurrence of a table in a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelationUse {
    /// The table.
    pub table: TableName,
    /// The name that the statement gives it.
    pub alias: String,
    /// Conditions on it.
    pub predicates: Vec<Predicate>,
    /// Orders that would help: ORDER BY, GROUP BY, DISTINCT, windows, min and max.
    pub sorts: Vec<Vec<SortKey>>,
    /// Columns read anywhere in the statement.
    pub reads: BTreeSet<String>,
    /// Whole rows are read (or written): no index can answer alone.
    pub whole_row: bool,
    /// The block that reads it has a LIMIT, so that a matching order ends the scan early.
    pub limited: bool,
}

/// What a `$n` is for: how a value like those that the application sends can be found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterUse {
    /// Compared with a key of a table.
    Compared {
        /// Position in [`QueryShape::relations`].
        relation: usize,
        /// The key.
        key: KeyExpression,
        /// The operator as the key's left side would have it: `=`, `<`, `any`, `~~`, `~~*`.
        operator: String,
    },
    /// The count of LIMIT.
    Limit,
    /// The count of OFFSET.
    Offset,
}

/// What a statement asks of its tables.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueryShape {
    /// Every occurrence of a table, in the order of the walk.
    pub relations: Vec<RelationUse>,
    /// Tables whose rows it deletes or whose keys it may change.
    pub deletes_from: Option<TableName>,
    /// The table that it inserts into.
    pub inserts_into: Option<TableName>,
    /// Columns that an UPDATE of these tables sets: an index on them ends heap-only updates.
    pub sets: BTreeSet<(TableName, String)>,
    /// What each `$n` is for, where that is plain to see.
    pub bindings: BTreeMap<i32, ParameterUse>,
    /// Highest `$n`.
    pub parameters: u32,
    /// Whether it only reads.
    pub reads_only: bool,
    /// What was passed over, for people.
    pub notes: Vec<String>,
}

impl QueryShape {
    /// The tables read, each once.
    pub fn tables(&self) -> BTreeSet<&TableName> {
        self.relations.iter().map(|relation| &relation.table).collect()
    }
}
