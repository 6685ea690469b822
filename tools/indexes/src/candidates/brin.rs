//! BRIN: ranges over a column that follows the order of the rows.

use super::wants::{Wants, column};
use crate::{Candidate, CandidateClass, IndexKey, Method};

/// Below this correlation a block range holds values from all over.
const LEAST_CORRELATION: f64 = 0.9;
/// Smaller tables fit a few block ranges: a b-tree costs next to nothing there.
const LEAST_PAGES: u64 = 1_024;

/// Proposes one for each range.
pub(super) fn propose(wants: &Wants<'_>) -> Vec<Candidate> {
    let follows = |correlation: f64| correlation.abs() >= LEAST_CORRELATION;
    wants
        .ranges
        .iter()
        .filter(|_| wants.table.pages >= LEAST_PAGES)
        .filter(|range| {
            column(wants.table, &range.key).is_some_and(|column| {
                // Text has summaries too, but prefixes make ranges of patterns, which BRIN does not serve.
                !column.is_text() && column.correlation.is_some_and(follows)
            })
        })
        .map(|range| {
            let keys = vec![IndexKey::new(range.key.clone())];
            Candidate::of(wants.table.name.clone(), Method::Brin, keys, CandidateClass::Brin)
        })
        .collect()
}
