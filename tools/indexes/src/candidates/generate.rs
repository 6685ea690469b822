//! Runs the generators over a workload and throws out what exists already.

use std::collections::BTreeSet;

use super::{
    btree::{self, Popularity},
    covering, foreign_key, gin, partial, pattern,
    relevance::is_relevant,
    wants::Wants,
};
use crate::{Candidate, Catalog, QueryShape, RelationUse, Table, TableName, Value, redundancy::covers};

/// Tables below this size are read faster whole than through any index.
const SMALLEST_TABLE_PAGES: u64 = 8;
/// Candidates for one occurrence of a table.
const MOST_PER_RELATION: usize = 40;

/// Candidates for a workload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proposals {
    /// Distinct candidates that no existing index covers.
    pub candidates: Vec<Candidate>,
    /// For each candidate with INCLUDE columns, the one without them.
    pub plain: Vec<Option<usize>>,
    /// For each statement, the candidates that can matter to it.
    pub relevant: Vec<Vec<usize>>,
}

/// Proposes indexes for the statements of a workload.
pub fn candidates(shapes: &[QueryShape], catalog: &Catalog) -> Proposals {
    let popularity = popularity(shapes);
    let updated = shapes.iter().flat_map(|shape| shape.sets.iter().cloned()).collect();
    let mut found: Vec<Candidate> = Vec::new();
    for relation in shapes.iter().flat_map(|shape| &shape.relations) {
        let Some(table) = catalog.table(&relation.table) else { continue };
        if !table.kind.is_indexable() || table.pages < SMALLEST_TABLE_PAGES {
            continue;
        }
        for candidate in for_relation(relation, table, catalog, &popularity, &updated) {
            let exists = table.indexes.iter().any(|index| covers(index, &candidate));
            if !exists && !found.iter().any(|known| known.is_same_index(&candidate)) {
                found.push(candidate);
            }
        }
    }
    let relevant = shapes
        .iter()
        .map(|shape| {
            let indexes = found.iter().enumerate();
            indexes.filter(|(_, candidate)| is_relevant(candidate, shape)).map(|(at, _)| at).collect()
        })
        .collect();
    let plain = found.iter().map(|candidate| plain_of(candidate, &found)).collect();
    Proposals { candidates: found, plain, relevant }
}

fn plain_of(candidate: &Candidate, all: &[Candidate]) -> Option<usize> {
    if candidate.include.is_empty() {
        return None;
    }
    let plain = Candidate { include: Vec::new(), ..candidate.clone() };
    all.iter().position(|other| other.is_same_index(&plain))
}

fn for_relation(
    relation: &RelationUse,
    table: &Table,
    catalog: &Catalog,
    popularity: &Popularity,
    updated: &BTreeSet<(TableName, String)>,
) -> Vec<Candidate> {
    let mut found = Vec::new();
    for wants in Wants::of(relation, table) {
        let btrees = btree::propose(&wants, popularity);
        // Special classes first: they are few, and nothing else can take their place.
        found.extend(gin::propose(&wants, catalog));
        found.extend(pattern::propose(&wants));
        found.extend(foreign_key::propose(&wants));
        found.extend(partial::propose(&wants, &btrees));
        found.extend(covering::propose(&wants, &btrees, updated));
        found.extend(btrees);
    }
    found.truncate(MOST_PER_RELATION);
    found
}

fn popularity(shapes: &[QueryShape]) -> Popularity {
    let mut counts = Popularity::new();
    for shape in shapes {
        for relation in &shape.relations {
            for predicate in relation.predicates.iter().filter(|p| p.kind.is_equality()) {
                if !matches!(predicate.value, Value::Column(_)) {
                    *counts.entry((relation.table.clone(), predicate.key.clone())).or_default() += 1;
                }
            }
        }
    }
    counts
}

#[cfg(test)]
#[path = "generate_tests.rs"]
mod tests;
