//! Hash: equality on keys so long that four bytes of each say enough.

use super::wants::{Wants, column};
use crate::{Candidate, CandidateClass, IndexKey, Method, PredicateKind};

/// Shorter keys take hardly more in a b-tree, which can do so much more.
const LEAST_WIDTH: f64 = 32.0;
/// Many rows of one value make long chains of pages, where a b-tree stores the value once.
const MOST_ROWS_PER_VALUE: f64 = 8.0;

/// Proposes one for each equality on a long, nearly unique column.
pub(super) fn propose(wants: &Wants<'_>) -> Vec<Candidate> {
    wants
        .equal
        .iter()
        .chain(&wants.joined)
        .filter(|predicate| matches!(predicate.kind, PredicateKind::Equal | PredicateKind::In(_)))
        .filter(|predicate| {
            column(wants.table, &predicate.key).is_some_and(|column| {
                let rows = wants.table.rows;
                column.avg_width.is_some_and(|width| width >= LEAST_WIDTH)
                    && rows / column.distinct_values(rows) <= MOST_ROWS_PER_VALUE
            })
        })
        .map(|predicate| {
            let keys = vec![IndexKey::new(predicate.key.clone())];
            Candidate::of(wants.table.name.clone(), Method::Hash, keys, CandidateClass::Hash)
        })
        .collect()
}
