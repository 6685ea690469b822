//! Does one index do another's work?

use crate::{Candidate, Index, IndexColumn, KeyExpression, Method, normal::normalise};

/// Whether an existing index already serves everything that the candidate would.
pub fn covers(index: &Index, candidate: &Candidate) -> bool {
    if !index.valid || index.method != candidate.method.as_str() || !same_predicate(index, candidate) {
        return false;
    }
    if index.keys.len() < candidate.keys.len() {
        return false;
    }
    let pairs: Vec<(&IndexColumn, &crate::IndexKey)> = index.keys.iter().zip(&candidate.keys).collect();
    let payload = |column: &String| {
        index.include.contains(column) || index.keys.iter().any(|key| !key.expression && key.key == *column)
    };
    pairs.iter().all(|(existing, wanted)| same_key(existing, wanted))
        && same_order(&pairs)
        && candidate.include.iter().all(payload)
}

/// Whether the candidate would do all the work of an existing index that enforces nothing: then
/// the existing one can go.
pub fn covered_by(index: &Index, candidate: &Candidate) -> bool {
    if index.unique || index.constraint || index.method != "btree" || candidate.method != Method::Btree {
        return false;
    }
    if !same_predicate(index, candidate) || index.keys.len() > candidate.keys.len() {
        return false;
    }
    let pairs: Vec<(&IndexColumn, &crate::IndexKey)> = index.keys.iter().zip(&candidate.keys).collect();
    let payload = |column: &String| {
        candidate.include.contains(column) || candidate.keys.iter().any(|key| key.expression.column() == Some(column))
    };
    pairs.iter().all(|(existing, wanted)| same_key(existing, wanted))
        && same_order(&pairs)
        && index.include.iter().all(payload)
}

fn same_predicate(index: &Index, candidate: &Candidate) -> bool {
    match (&index.predicate, &candidate.predicate) {
        (None, None) => true,
        (Some(existing), Some(wanted)) => normalise(existing) == normalise(wanted),
        // A full index holds the rows of a partial one, but is larger: not the same work.
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn same_key(existing: &IndexColumn, wanted: &crate::IndexKey) -> bool {
    if existing.opclass != wanted.opclass {
        return false;
    }
    match &wanted.expression {
        KeyExpression::Column(name) => !existing.expression && existing.key == *name,
        KeyExpression::Expression { sql, .. } => existing.expression && normalise(&existing.key) == normalise(sql),
    }
}

/// An index reads both ways, so two orders serve the same sorts when one is the mirror of the
/// other.
fn same_order(pairs: &[(&IndexColumn, &crate::IndexKey)]) -> bool {
    let same = pairs.iter().all(|(existing, wanted)| {
        existing.descending == wanted.direction.descending && existing.nulls_first == wanted.direction.nulls_first
    });
    let mirrored = pairs.iter().all(|(existing, wanted)| {
        existing.descending != wanted.direction.descending && existing.nulls_first != wanted.direction.nulls_first
    });
    same || mirrored
}

#[cfg(test)]
#[path = "redundancy_tests.rs"]
mod tests;
