//! GIN: containment in jsonb and arrays, full text, and substrings by trigrams.

use super::wants::{Wants, column};
use crate::{Candidate, Catalog, IndexKey, KeyExpression, Predicate, PredicateKind, Table};

/// A trigram index cannot narrow a pattern with fewer literal characters in a row.
const SHORTEST_PATTERN: usize = 3;

/// Proposes inverted indexes for one relation.
pub(super) fn propose(wants: &Wants<'_>, catalog: &Catalog) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for predicate in &wants.all {
        let Some(opclass) = opclass(predicate, wants.table, catalog) else { continue };
        let key = IndexKey { opclass, ..IndexKey::new(predicate.key.clone()) };
        let candidate = Candidate::gin(wants.table.name.clone(), key);
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}

/// `Some(None)` is the type's default operator class; `None` means that no GIN index helps.
fn opclass(predicate: &Predicate, table: &Table, catalog: &Catalog) -> Option<Option<String>> {
    let known = column(table, &predicate.key);
    let data_type = match &predicate.key {
        KeyExpression::Column(_) => known.map(|column| column.data_type.as_str()),
        KeyExpression::Expression { data_type, .. } => data_type.as_deref(),
    }?;
    let is_array = data_type.ends_with("[]");
    match predicate.kind {
        // Smaller and faster than the default class, at the price of the `?` operators.
        PredicateKind::Contains if data_type == "jsonb" => Some(Some("jsonb_path_ops".to_owned())),
        PredicateKind::Contains | PredicateKind::Overlaps if is_array => Some(None),
        PredicateKind::HasKey if data_type == "jsonb" => Some(None),
        PredicateKind::TextSearch if data_type == "tsvector" => Some(None),
        PredicateKind::Pattern(longest)
            if longest.is_none_or(|longest| longest >= SHORTEST_PATTERN)
                && catalog.extensions.contains("pg_trgm")
                && (known.is_some_and(crate::Column::is_text) || data_type == "text") =>
        {
            Some(Some("gin_trgm_ops".to_owned()))
        }
        _ => None,
    }
}
