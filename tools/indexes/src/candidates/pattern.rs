//! Prefix LIKE in a collation that does not sort by bytes: a b-tree with a pattern class.

use super::wants::{Wants, column, plain_keys};
use crate::{Candidate, CandidateClass, IndexKey, KeyExpression, PredicateKind};

/// Proposes pattern b-trees, alone and behind the equality columns.
pub(super) fn propose(wants: &Wants<'_>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for predicate in wants.all.iter().filter(|predicate| predicate.kind == PredicateKind::Prefix) {
        let opclass = match &predicate.key {
            KeyExpression::Column(_) => match column(wants.table, &predicate.key) {
                Some(column) if column.byte_order => continue,
                Some(column) => match column.base_type() {
                    "text" | "name" => "text_pattern_ops",
                    "character varying" => "varchar_pattern_ops",
                    "character" => "bpchar_pattern_ops",
                    _ => continue,
                },
                None => continue,
            },
            KeyExpression::Expression { data_type, .. } if data_type.as_deref() == Some("text") => "text_pattern_ops",
            KeyExpression::Expression { .. } => continue,
        };
        let key = IndexKey::new(predicate.key.clone()).opclass(opclass);
        let mut sets = vec![vec![key.clone()]];
        if !wants.equal.is_empty() {
            let mut keys = plain_keys(wants.equal.iter().take(3).map(|predicate| &predicate.key));
            keys.push(key);
            sets.push(keys);
        }
        let table = &wants.table.name;
        found.extend(sets.into_iter().map(|keys| Candidate::btree(table.clone(), keys, CandidateClass::Pattern)));
    }
    found
}
