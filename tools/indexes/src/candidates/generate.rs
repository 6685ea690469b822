//! Runs the generators over a workload and throws out what exists already.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    brin,
    btree::{self, Popularity},
    covering, foreign_key, gin, hash, partial, pattern,
    relevance::is_relevant,
    wants::Wants,
};
use crate::{
    Candidate, Catalog, IndexKey, Method, QueryShape, RelationUse, Table, TableKind, TableName, Value,
    redundancy::covers,
};

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
    let mut known: BTreeSet<Identity> = BTreeSet::new();
    for relation in shapes.iter().flat_map(|shape| &shape.relations) {
        for table in scanned(relation, catalog) {
            for candidate in for_relation(relation, table, catalog, &popularity, &updated) {
                let exists = table.indexes.iter().any(|index| covers(index, &candidate));
                if !exists && known.insert(identity(&candidate)) {
                    found.push(candidate);
                }
            }
        }
    }
    let by_table = by_table(&found);
    let relevant = shapes
        .iter()
        .map(|shape| {
            let tables: BTreeSet<&TableName> = shape
                .relations
                .iter()
                .flat_map(|relation| scanned(relation, catalog).map(|table| &table.name))
                .collect();
            let mut relevant: Vec<usize> = tables
                .into_iter()
                .filter_map(|table| by_table.get(table))
                .flatten()
                .copied()
                .filter(|&at| found.get(at).is_some_and(|candidate| is_relevant(candidate, shape, catalog)))
                .collect();
            relevant.sort_unstable();
            relevant
        })
        .collect();
    let positions: BTreeMap<Identity, usize> =
        found.iter().enumerate().map(|(at, candidate)| (identity(candidate), at)).collect();
    let plain = found.iter().map(|candidate| plain_of(candidate, &positions)).collect();
    Proposals { candidates: found, plain, relevant }
}

/// What makes two candidates the same index.
type Identity = (TableName, Method, Vec<IndexKey>, Vec<String>, Option<String>);

fn identity(candidate: &Candidate) -> Identity {
    (
        candidate.table.clone(),
        candidate.method,
        candidate.keys.clone(),
        candidate.include.clone(),
        candidate.predicate.clone(),
    )
}

fn by_table(candidates: &[Candidate]) -> BTreeMap<&TableName, Vec<usize>> {
    let mut found: BTreeMap<&TableName, Vec<usize>> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        found.entry(&candidate.table).or_default().push(at);
    }
    found
}

/// The tables that an occurrence of a table in a statement reads and that are worth an index: the
/// table, and those that inherit from it. Partitions are reached through their parent.
fn scanned<'a>(relation: &'a RelationUse, catalog: &'a Catalog) -> impl Iterator<Item = &'a Table> {
    let own = catalog.table(&relation.table);
    let heirs = own
        .filter(|table| table.kind == TableKind::Table)
        .into_iter()
        .flat_map(|table| catalog.children(&table.name).filter(|child| child.bound.is_none()));
    own.into_iter().chain(heirs).filter(|table| table.kind.is_indexable() && table.pages >= SMALLEST_TABLE_PAGES)
}

fn plain_of(candidate: &Candidate, positions: &BTreeMap<Identity, usize>) -> Option<usize> {
    if candidate.include.is_empty() {
        return None;
    }
    let plain = Candidate { include: Vec::new(), ..candidate.clone() };
    positions.get(&identity(&plain)).copied()
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
        found.extend(brin::propose(&wants));
        found.extend(hash::propose(&wants));
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
