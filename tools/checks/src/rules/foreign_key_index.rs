//! A foreign key whose columns no index starts with: each delete in the parent scans the child.

use std::collections::BTreeSet;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Constraint, Index, Reference, Table, TableKind, facts::Facts, name::column_list, words};

pub(crate) const RULE: Rule = Rule {
    id: "foreign_key_without_index",
    group: "indexes",
    severity: Severity::Medium,
    summary: "Deletes and key updates in the parent scan the whole child table",
};

/// A child of this many rows makes each delete of a parent row take about a second.
const HIGH_ROWS: f64 = 1_000_000.0;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<(f64, Finding)> = facts
        .foreign_keys()
        .filter(|constraint| !facts.indexes(constraint.table).iter().any(|index| supports(index, &constraint.columns)))
        .filter_map(|constraint| {
            let reference = constraint.references.as_ref()?;
            let rows = facts.total_rows(constraint.table);
            let deletes = facts.table(reference.table).map_or(0, |parent| parent.activity.deleted);
            let enough = facts.thresholds.foreign_key_rows;
            // A small child is scanned in no time, unless its parent is deleted from all the time.
            (rows >= enough || (deletes > 0 && rows >= enough / 10.0))
                .then(|| (rows, finding(facts, constraint, reference, rows, deletes)))
        })
        .collect();
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn finding(facts: &Facts<'_>, constraint: &Constraint, reference: &Reference, rows: f64, deletes: i64) -> Finding {
    let child = constraint.relation.to_string();
    let columns = column_list(&constraint.columns);
    let partitioned =
        facts.table(constraint.table).is_some_and(|table: &Table| table.kind == TableKind::Partitioned);
    let index = index_name(constraint);
    let create = if partitioned {
        Fix::sql(FixKind::CreateIndex, [format!("CREATE INDEX {} ON {child} ({columns})", quote_ident(&index))])
            .undo([format!("DROP INDEX {}.{}", quote_ident(&constraint.relation.schema), quote_ident(&index))])
            .lock("ShareLock")
            .transactional()
            .notes(
                "The table is partitioned: to keep writes going, create the index CONCURRENTLY on each partition, \
                 then ON ONLY the parent, then ATTACH.",
            )
    } else {
        Fix::sql(
            FixKind::CreateIndex,
            [format!("CREATE INDEX CONCURRENTLY {} ON {child} ({columns})", quote_ident(&index))],
        )
        .undo([format!("DROP INDEX CONCURRENTLY {}.{}", quote_ident(&constraint.relation.schema), quote_ident(&index))])
        .lock("ShareUpdateExclusiveLock")
    };
    let severity = if deletes > 0 && rows >= HIGH_ROWS { Severity::High } else { RULE.severity };
    Finding::new(
        &RULE,
        Object::new(ObjectKind::Table, &child).columns(&constraint.columns),
        format!(
            "{child} ({columns}) references {} without an index: each delete there scans {} rows",
            reference.relation,
            words::rows(rows)
        ),
    )
    .severity(severity)
    .why("The server looks for referring rows on every delete or key update of the parent; joins need it as well.")
    .evidence(Evidence::new("pg_constraint", "constraint", constraint.name.clone()))
    .evidence(Evidence::new("pg_constraint", "on_delete", reference.on_delete.clone()))
    .evidence(Evidence::new("pg_class", "child_rows", rows.round()))
    .evidence(Evidence::new("pg_stat_user_tables", "parent_n_tup_del", deletes))
    .fix(create)
}

/// Whether the index finds the rows of one key: its first columns are those of the key, in any
/// order, and it leaves no row out.
pub(crate) fn supports(index: &Index, columns: &[String]) -> bool {
    let complete = match index.predicate.as_deref() {
        None => true,
        // Locked by somebody: no finding rather than a false one.
        Some(_) if index.incomplete => true,
        // NULLs never refer to anything.
        Some(predicate) => columns.len() == 1 && columns.iter().all(|column| {
            predicate == format!("({} IS NOT NULL)", quote_ident(column))
        }),
    };
    let leading: Option<BTreeSet<&str>> =
        index.keys.get(..columns.len()).and_then(|keys| keys.iter().map(|key| key.column.as_deref()).collect());
    complete
        && index.valid
        && matches!(index.method.as_str(), "btree" | "hash")
        && leading == Some(columns.iter().map(String::as_str).collect())
}

/// Whether a foreign key of its table would be without an index if this one went.
pub(crate) fn is_needed_by_foreign_key(facts: &Facts<'_>, index: &Index) -> bool {
    facts.foreign_keys().filter(|constraint| constraint.table == index.table).any(|constraint| {
        supports(index, &constraint.columns)
            && !facts
                .indexes(index.table)
                .iter()
                .any(|other| other.oid != index.oid && supports(other, &constraint.columns))
    })
}

/// The name that the server would choose, within its 63 bytes.
fn index_name(constraint: &Constraint) -> String {
    let mut name = format!("{}_{}", constraint.relation.name, constraint.columns.join("_"));
    name.truncate(name.floor_char_boundary(59));
    name + "_idx"
}

#[cfg(test)]
#[path = "foreign_key_index_tests.rs"]
mod tests;
