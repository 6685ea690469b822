//! Names in force at a point of a statement.

use crate::KeyExpression;

/// A key of one relation: what a column of a subquery stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// Position in the shape's relations.
    pub(super) relation: usize,
    /// The column or expression of that relation.
    pub(super) key: KeyExpression,
}

/// A column of a subquery, CTE or join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutputColumn {
    /// Its name.
    pub(super) name: String,
    /// What it is, where it is a key of one relation.
    pub(super) origin: Option<Located>,
}

/// Where an item of FROM gets its columns.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// A table; `renamed` are the names of a column alias list, in column order.
    Relation { relation: usize, renamed: Vec<String> },
    /// A subquery, a CTE, VALUES.
    Derived(Vec<OutputColumn>),
    /// A view or a function: anything may be in it.
    Opaque,
}

/// An item of FROM under its name.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) source: Source,
}

/// One query block's names.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) items: Vec<Item>,
    pub(super) ctes: Vec<(String, Vec<OutputColumn>)>,
    /// Relations that this block itself reads.
    pub(super) relations: Vec<usize>,
}

/// What a column name turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A key of a relation.
    Located(Located),
    /// A column that exists but has no index-able origin: an aggregate, a function's column.
    Computed,
    /// Nothing in scope has it.
    Unknown,
}
