//! Partial indexes: over the few rows that a constant condition selects.

use super::wants::{Wants, column, is_sortable, plain_keys, share};
use crate::{Candidate, CandidateClass, Column, Predicate, PredicateKind, Value};

/// Conditions that let more rows through than this give an index about as large as a full one.
const LARGEST_SHARE: f64 = 0.2;
/// A column whose commonest value holds this share of the rows has a normal state and rare ones.
const NORMAL_STATE: f64 = 0.5;
/// Statistics that cover this share of the rows list every value.
const ALL_LISTED: f64 = 0.999;
/// Variants for one relation.
const MOST_VARIANTS: usize = 8;

/// Proposes partial variants of the b-trees that were found for the same relation.
pub(super) fn propose(wants: &Wants<'_>, btrees: &[Candidate]) -> Vec<Candidate> {
    let mut variants: Vec<Candidate> = Vec::new();
    for predicate in &wants.all {
        let Some(sql) = &predicate.constant_sql else { continue };
        if share(predicate, wants.table) > LARGEST_SHARE || !is_state(wants, predicate) {
            continue;
        }
        // Deepest keys first: behind a rare condition the rest of the filter and the order count.
        let mut bases: Vec<&Candidate> = btrees.iter().collect();
        bases.sort_by_key(|base| std::cmp::Reverse(base.keys.len()));
        let mut of_this: Vec<Candidate> = Vec::new();
        for candidate in
            bases.into_iter().filter_map(|base| variant(base, predicate, sql)).chain(alone(wants, predicate, sql))
        {
            if !of_this.iter().any(|known| known.is_same_index(&candidate)) {
                of_this.push(candidate);
            }
        }
        of_this.truncate(MOST_VARIANTS / 2);
        variants.extend(of_this);
    }
    variants.truncate(MOST_VARIANTS);
    variants
}

/// Whether the constant names a rare state. `status = 'failed'` does, where nearly all rows are
/// done; `tenant_id = 7` is one key among many, and an index for it alone would serve nobody else.
/// A value that no row has is no state either: the question was asked with an example.
fn is_state(wants: &Wants<'_>, predicate: &Predicate) -> bool {
    if !matches!(predicate.kind, PredicateKind::Equal | PredicateKind::In(_)) {
        return true;
    }
    let Some(column) = column(wants.table, &predicate.key) else { return false };
    let has_normal_state = column.common.first().is_some_and(|commonest| commonest.frequency >= NORMAL_STATE);
    has_normal_state && !is_absent(column, predicate)
}

/// Whether the statistics list every value, and this one is not among them.
fn is_absent(column: &Column, predicate: &Predicate) -> bool {
    let Value::Literal { text, .. } = &predicate.value else { return false };
    let listed: f64 = column.common.iter().map(|common| common.frequency).sum();
    listed + column.null_frac.unwrap_or_default() >= ALL_LISTED
        && !column.common.iter().any(|common| common.value == *text)
}

/// The base without the key that the condition fixes.
fn variant(base: &Candidate, predicate: &Predicate, sql: &str) -> Option<Candidate> {
    let keys: Vec<_> = base.keys.iter().filter(|key| key.expression != predicate.key).cloned().collect();
    if keys.is_empty() {
        return None;
    }
    Some(Candidate { keys, predicate: Some(sql.to_owned()), class: CandidateClass::Partial, ..base.clone() })
}

/// Nothing else to sort by: the condition's own key, so that the index at least lists the rows.
fn alone(wants: &Wants<'_>, predicate: &Predicate, sql: &str) -> Option<Candidate> {
    is_sortable(wants.table, &predicate.key).then(|| Candidate {
        predicate: Some(sql.to_owned()),
        ..Candidate::btree(wants.table.name.clone(), plain_keys([&predicate.key]), CandidateClass::Partial)
    })
}
