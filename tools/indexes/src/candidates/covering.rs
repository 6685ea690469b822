//! INCLUDE: answers from the index alone, where the missing columns are few and narrow.

use std::collections::BTreeSet;

use super::wants::Wants;
use crate::{Candidate, CandidateClass, TableName};

/// Payload columns in one index.
const MOST_COLUMNS: usize = 4;
/// Payload bytes in one entry: more makes the index rival the table.
const MOST_BYTES: f64 = 64.0;
/// Variants for one relation.
const MOST_VARIANTS: usize = 6;

/// Proposes covering variants of the b-trees that were found for the same relation.
/// None carries a column that the workload updates: each such update would have to write the
/// index too, where it now stays heap-only.
pub(super) fn propose(
    wants: &Wants<'_>,
    btrees: &[Candidate],
    updated: &BTreeSet<(TableName, String)>,
) -> Vec<Candidate> {
    if wants.relation.whole_row {
        return Vec::new();
    }
    let mut variants: Vec<Candidate> = btrees.iter().filter_map(|base| variant(wants, base)).collect();
    variants.retain(|candidate| {
        !candidate.include.iter().any(|column| updated.contains(&(candidate.table.clone(), column.clone())))
    });
    // The widest keys first: they filter most, and the rest of the row is smallest.
    variants.sort_by_key(|candidate| (candidate.include.len(), std::cmp::Reverse(candidate.keys.len())));
    variants.truncate(MOST_VARIANTS);
    variants
}

fn variant(wants: &Wants<'_>, base: &Candidate) -> Option<Candidate> {
    // PostgreSQL can only return plain columns from an index: an expression's inputs are not in it.
    let keys: Option<Vec<&str>> = base.keys.iter().map(|key| key.expression.column()).collect();
    let keys = keys?;
    let include: Vec<String> =
        wants.relation.reads.iter().filter(|column| !keys.contains(&column.as_str())).cloned().collect();
    let bytes: f64 = include.iter().filter_map(|name| wants.table.column(name)).map(crate::Column::width).sum();
    if include.is_empty() || include.len() > MOST_COLUMNS || bytes > MOST_BYTES {
        return None;
    }
    Some(Candidate { include, class: CandidateClass::Covering, ..base.clone() })
}
