//! Foreign keys: all referencing columns together, in the order of the constraint.

use super::wants::{Wants, plain_keys};
use crate::{Candidate, CandidateClass, KeyExpression};

/// Proposes an index on each foreign key of several columns whose columns are all asked for.
/// One-column keys are ordinary equalities and joins.
pub(super) fn propose(wants: &Wants<'_>) -> Vec<Candidate> {
    let asked = |column: &String| {
        wants.equal.iter().chain(&wants.joined).any(|predicate| predicate.key.column() == Some(column.as_str()))
    };
    wants
        .table
        .foreign_keys
        .iter()
        .filter(|key| key.columns.len() > 1 && key.columns.iter().all(asked))
        .map(|key| {
            let columns: Vec<KeyExpression> = key.columns.iter().cloned().map(KeyExpression::Column).collect();
            Candidate::btree(wants.table.name.clone(), plain_keys(&columns), CandidateClass::ForeignKey)
        })
        .collect()
}
