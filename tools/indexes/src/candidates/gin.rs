//! GIN: containment in jsonb and arrays, full text, and substrings by trigrams; GiST for ranges.

use super::wants::{Wants, column};
use crate::{Candidate, CandidateClass, Catalog, IndexKey, KeyExpression, Method, Predicate, PredicateKind, Table};

/// A trigram index cannot narrow a pattern with fewer literal characters in a row.
const SHORTEST_PATTERN: usize = 3;

/// Proposes inverted indexes for one relation.
pub(super) fn propose(wants: &Wants<'_>, catalog: &Catalog) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for predicate in &wants.all {
        let table = &wants.table.name;
        let gist = is_range(predicate, wants.table);
        if gist {
            let keys = vec![IndexKey::new(predicate.key.clone())];
            add(&mut found, Candidate::of(table.clone(), Method::Gist, keys, CandidateClass::Gist));
        }
        let Some(opclass) = opclass(predicate, wants.table, catalog) else { continue };
        let key = IndexKey { opclass, ..IndexKey::new(predicate.key.clone()) };
        add(&mut found, Candidate::of(table.clone(), Method::Gin, vec![key.clone()], CandidateClass::Gin));
        // One index for the tenant and the document, where scalars have an operator class for it.
        if catalog.extensions.contains("btree_gin")
            && let Some(scalar) = wants.equal.iter().find(|equal| is_scalar(equal, wants.table))
        {
            let keys = vec![IndexKey::new(scalar.key.clone()), key];
            add(&mut found, Candidate::of(table.clone(), Method::Gin, keys, CandidateClass::Gin));
        }
    }
    found
}

fn add(found: &mut Vec<Candidate>, candidate: Candidate) {
    if !found.contains(&candidate) {
        found.push(candidate);
    }
}

/// Whether a condition asks what a range contains or overlaps.
fn is_range(predicate: &Predicate, table: &Table) -> bool {
    matches!(predicate.kind, PredicateKind::Contains | PredicateKind::Overlaps)
        && column(table, &predicate.key)
            .is_some_and(|column| column.data_type.ends_with("range") && !column.data_type.ends_with("multirange"))
}

/// Whether a plain equality is on a type that btree_gin knows.
fn is_scalar(predicate: &Predicate, table: &Table) -> bool {
    predicate.kind == PredicateKind::Equal
        && column(table, &predicate.key).is_some_and(|column| {
            column.is_text()
                || matches!(
                    column.base_type(),
                    "smallint"
                        | "integer"
                        | "bigint"
                        | "uuid"
                        | "date"
                        | "timestamp with time zone"
                        | "timestamp without time zone"
                )
        })
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
