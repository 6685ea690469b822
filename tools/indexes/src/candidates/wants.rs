//! What one occurrence of a table wants, sorted by how an index can serve it.

use crate::{Column, IndexKey, KeyExpression, Predicate, PredicateKind, RelationUse, Table, Value, shape::SortKey};

/// The longest average key that is worth indexing: three keys must fit a page, and long before
/// that the index costs more than it saves.
const WIDEST_KEY: f64 = 400.0;

/// The conditions of one relation, in one arm of its ORs.
pub(super) struct Wants<'a> {
    pub(super) table: &'a Table,
    pub(super) relation: &'a RelationUse,
    /// Compared for equality with a value, most selective first.
    pub(super) equal: Vec<&'a Predicate>,
    /// Compared for equality with a column of another relation.
    pub(super) joined: Vec<&'a Predicate>,
    /// Compared with a range.
    pub(super) ranges: Vec<&'a Predicate>,
    /// Everything in force, whatever its kind.
    pub(super) all: Vec<&'a Predicate>,
    /// Orders that would help.
    pub(super) sorts: &'a [Vec<SortKey>],
}

impl<'a> Wants<'a> {
    /// One value for the conjunction, one more for each arm of an OR.
    pub(super) fn of(relation: &'a RelationUse, table: &'a Table) -> Vec<Self> {
        let mut branches: Vec<usize> = relation.predicates.iter().map(|predicate| predicate.branch).collect();
        branches.push(0);
        branches.sort_unstable();
        branches.dedup();
        branches.into_iter().map(|branch| Self::in_branch(relation, table, branch)).collect()
    }

    fn in_branch(relation: &'a RelationUse, table: &'a Table, branch: usize) -> Self {
        let all: Vec<&Predicate> = relation
            .predicates
            .iter()
            .filter(|predicate| predicate.branch == 0 || predicate.branch == branch)
            .filter(|predicate| predicate.key.columns().iter().all(|column| table.column(column).is_some()))
            .collect();
        let sortable = |predicate: &&&Predicate| is_sortable(table, &predicate.key);
        let is_join = |predicate: &Predicate| matches!(predicate.value, Value::Column(_));
        let mut equal: Vec<&Predicate> = Vec::new();
        for predicate in all.iter().filter(|p| p.kind.is_equality() && !is_join(p)).filter(sortable) {
            if !equal.iter().any(|known| known.key == predicate.key) {
                equal.push(predicate);
            }
        }
        equal.sort_by(|a, b| share(a, table).total_cmp(&share(b, table)));
        let mut joined: Vec<&Predicate> = Vec::new();
        for predicate in all.iter().filter(|p| p.kind.is_equality() && is_join(p)).filter(sortable) {
            if !joined.iter().chain(&equal).any(|known| known.key == predicate.key) {
                joined.push(predicate);
            }
        }
        let mut ranges: Vec<&Predicate> = Vec::new();
        for predicate in all.iter().filter(|p| serves_as_range(p, table)).filter(sortable) {
            if !ranges.iter().chain(&equal).any(|known| known.key == predicate.key) {
                ranges.push(predicate);
            }
        }
        Self { table, relation, equal, joined, ranges, all, sorts: if branch == 0 { &relation.sorts } else { &[] } }
    }
}

/// Prefix LIKE is a range for an ordinary b-tree where the column sorts in byte order.
fn serves_as_range(predicate: &Predicate, table: &Table) -> bool {
    match predicate.kind {
        PredicateKind::Range => true,
        PredicateKind::Prefix => column(table, &predicate.key).is_some_and(|column| column.byte_order),
        _ => false,
    }
}

/// The column of a plain key.
pub(super) fn column<'a>(table: &'a Table, key: &KeyExpression) -> Option<&'a Column> {
    key.column().and_then(|name| table.column(name))
}

/// Whether a b-tree can hold the key.
pub(super) fn is_sortable(table: &Table, key: &KeyExpression) -> bool {
    match key {
        KeyExpression::Column(name) => {
            table.column(name).is_some_and(|column| column.is_sortable() && column.width() <= WIDEST_KEY)
        }
        KeyExpression::Expression { data_type, .. } => data_type.as_deref() != Some("tsvector"),
    }
}

/// Share of the table's rows that a predicate lets through, from the statistics; the planner's
/// defaults where there are none.
pub(super) fn share(predicate: &Predicate, table: &Table) -> f64 {
    let Some(column) = column(table, &predicate.key) else { return 0.005 };
    let nulls = column.null_frac.unwrap_or(if predicate.kind == PredicateKind::IsNull { 0.005 } else { 0.0 });
    let literal = match &predicate.value {
        Value::Literal { text, .. } => Some(text.as_str()),
        Value::Parameter(_) | Value::Column(_) | Value::Other => None,
    };
    let boolean =
        |text: &str| column.common.iter().find(|common| common.value == text).map_or(0.5, |found| found.frequency);
    #[expect(clippy::cast_precision_loss, reason = "lists of values are short")]
    match &predicate.kind {
        PredicateKind::Equal => column.equality_share(literal, table.rows),
        PredicateKind::In(count) => (column.equality_share(None, table.rows) * count.unwrap_or(10) as f64).min(1.0),
        PredicateKind::NotEqual if literal.is_some() => {
            (1.0 - nulls - column.equality_share(literal, table.rows)).max(0.0)
        }
        PredicateKind::NotEqual => 1.0 - nulls,
        PredicateKind::IsNull => nulls,
        PredicateKind::IsNotNull => 1.0 - nulls,
        PredicateKind::IsTrue => boolean("t"),
        PredicateKind::IsFalse => boolean("f"),
        PredicateKind::Range => 1.0 / 3.0,
        PredicateKind::Prefix
        | PredicateKind::Pattern(_)
        | PredicateKind::Contains
        | PredicateKind::Overlaps
        | PredicateKind::HasKey
        | PredicateKind::TextSearch => 0.01,
    }
}

/// Ascending keys with default operator classes.
pub(super) fn plain_keys<'a>(keys: impl IntoIterator<Item = &'a KeyExpression>) -> Vec<IndexKey> {
    keys.into_iter().cloned().map(IndexKey::new).collect()
}
