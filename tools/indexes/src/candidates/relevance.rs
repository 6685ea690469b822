//! Which candidates can matter to which statement.

use crate::{Candidate, Catalog, KeyExpression, QueryShape, RelationUse};

/// Whether the statement reads the candidate's table, mentions its first key, and always meets
/// its predicate. Only such pairs are worth a question to the planner.
pub(super) fn is_relevant(candidate: &Candidate, shape: &QueryShape, catalog: &Catalog) -> bool {
    let Some(first) = candidate.keys.first() else { return false };
    let inherits =
        catalog.table(&candidate.table).filter(|table| table.bound.is_none()).and_then(|table| table.parent.as_ref());
    let reads = |relation: &&RelationUse| relation.table == candidate.table || inherits == Some(&relation.table);
    shape.relations.iter().filter(reads).any(|relation| {
        let mentions = |key: &KeyExpression| {
            relation.predicates.iter().any(|predicate| predicate.key == *key)
                || relation.sorts.iter().any(|sort| sort.iter().any(|sorted| sorted.key == *key))
        };
        let met = candidate.predicate.as_ref().is_none_or(|wanted| {
            relation.predicates.iter().any(|predicate| predicate.constant_sql.as_ref() == Some(wanted))
        });
        met && (mentions(&first.expression) || candidate.predicate.is_some())
    })
}
