//! Does one index do another's work?

use crate::{Candidate, Catalog, Index, IndexColumn, KeyExpression, Method, Table, TableName, normal::normalise};

/// Whether an existing index already serves everything that the candidate would.
pub fn covers(index: &Index, candidate: &Candidate) -> bool {
    if !index.valid || index.method != candidate.method.as_str() || !same_predicate(index, candidate) {
        return false;
    }
    if index.keys.len() < candidate.keys.len() {
        return false;
    }
    let pairs: Vec<(&IndexColumn, &crate::IndexKey)> = index.keys.iter().zip(&candidate.keys).collect();
    let payload = |column: &String| {
        index.include.contains(column) || index.keys.iter().any(|key| !key.expression && key.key == *column)
    };
    pairs.iter().all(|(existing, wanted)| same_key(existing, wanted))
        && same_order(&pairs)
        && candidate.include.iter().all(payload)
}

/// Whether the candidate would do all the work of an existing index that enforces nothing: then
/// the existing one can go.
pub fn covered_by(index: &Index, candidate: &Candidate) -> bool {
    if index.unique || index.constraint || index.method != "btree" || candidate.method != Method::Btree {
        return false;
    }
    if !same_predicate(index, candidate) || index.keys.len() > candidate.keys.len() {
        return false;
    }
    let pairs: Vec<(&IndexColumn, &crate::IndexKey)> = index.keys.iter().zip(&candidate.keys).collect();
    let payload = |column: &String| {
        candidate.include.contains(column) || candidate.keys.iter().any(|key| key.expression.column() == Some(column))
    };
    pairs.iter().all(|(existing, wanted)| same_key(existing, wanted))
        && same_order(&pairs)
        && index.include.iter().all(payload)
}

/// An existing index whose work another existing one does too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redundant {
    /// Their table.
    pub table: TableName,
    /// The one that can go.
    pub index: String,
    /// The one that stays.
    pub served_by: String,
    /// Why, in words.
    pub why: String,
}

/// Existing indexes that enforce nothing and do nothing that another one does not: of twins the one
/// that is scanned less, never both; a prefix of a longer one. What stays is never itself on the
/// list. Partitions are judged with their parent.
pub fn redundant(catalog: &Catalog) -> Vec<Redundant> {
    let tables = catalog.tables.iter().filter(|table| table.bound.is_none() && table.kind.is_indexable());
    tables.flat_map(redundant_on).collect()
}

fn redundant_on(table: &Table) -> Vec<Redundant> {
    let mut gone: Vec<Redundant> = Vec::new();
    let mut order: Vec<&Index> =
        table.indexes.iter().filter(|index| index.valid && !index.unique && !index.constraint).collect();
    // The short and little used go first.
    order.sort_by(|a, b| {
        (a.keys.len(), a.include.len(), a.scans, &a.name).cmp(&(b.keys.len(), b.include.len(), b.scans, &b.name))
    });
    for index in order {
        let is_gone = |name: &str| gone.iter().any(|one| one.index == name);
        let server = table
            .indexes
            .iter()
            .filter(|other| other.name != index.name && other.valid && !is_gone(&other.name))
            .find(|other| serves(other, index));
        if let Some(server) = server {
            let same = server.keys.len() == index.keys.len() && server.include == index.include;
            gone.push(Redundant {
                table: table.name.clone(),
                index: index.name.clone(),
                served_by: server.name.clone(),
                why: if same {
                    format!("{} has the same keys", server.name)
                } else {
                    format!("{} begins with the same keys", server.name)
                },
            });
        }
    }
    gone
}

/// Whether `other` does all that `index` does.
fn serves(other: &Index, index: &Index) -> bool {
    let predicates = match (&other.predicate, &index.predicate) {
        (None, None) => true,
        (Some(a), Some(b)) => normalise(a) == normalise(b),
        (None, Some(_)) | (Some(_), None) => false,
    };
    // Only a b-tree answers from a prefix of its keys; for the others all must be the same.
    let keys = match index.method.as_str() {
        "btree" => other.keys.len() >= index.keys.len(),
        _ => other.keys.len() == index.keys.len(),
    };
    let payload = |column: &String| {
        other.include.contains(column) || other.keys.iter().any(|key| !key.expression && key.key == *column)
    };
    // A much wider index is slower to scan: such a pair is no plain redundancy.
    let narrow = other.keys.len() <= index.keys.len() + 2;
    predicates
        && keys
        && narrow
        && other.method == index.method
        && other.keys.iter().zip(&index.keys).all(|(a, b)| a == b)
        && index.include.iter().all(payload)
}

fn same_predicate(index: &Index, candidate: &Candidate) -> bool {
    match (&index.predicate, &candidate.predicate) {
        (None, None) => true,
        (Some(existing), Some(wanted)) => normalise(existing) == normalise(wanted),
        // A full index holds the rows of a partial one, but is larger: not the same work.
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn same_key(existing: &IndexColumn, wanted: &crate::IndexKey) -> bool {
    if existing.opclass != wanted.opclass {
        return false;
    }
    match &wanted.expression {
        KeyExpression::Column(name) => !existing.expression && existing.key == *name,
        KeyExpression::Expression { sql, .. } => existing.expression && normalise(&existing.key) == normalise(sql),
    }
}

/// An index reads both ways, so two orders serve the same sorts when one is the mirror of the
/// other.
fn same_order(pairs: &[(&IndexColumn, &crate::IndexKey)]) -> bool {
    let same = pairs.iter().all(|(existing, wanted)| {
        existing.descending == wanted.direction.descending && existing.nulls_first == wanted.direction.nulls_first
    });
    let mirrored = pairs.iter().all(|(existing, wanted)| {
        existing.descending != wanted.direction.descending && existing.nulls_first != wanted.direction.nulls_first
    });
    same || mirrored
}

#[cfg(test)]
#[path = "redundancy_tests.rs"]
mod tests;
