//! A foreign key without an index on its columns makes every delete on the parent scan the child
//!
//! Fires on `CREATE TABLE t (a int REFERENCES p)`; safe: `CREATE TABLE t (a int REFERENCES p, UNIQUE (a))`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::{Name, derived};
use crate::operation::{Check, Constraint, Operation, TableChange};
use crate::rewrite;
use crate::site::{HazardRule, Site};
use crate::size::{Work, scaled};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "foreign_key_without_index",
        group: "migrations",
        severity: Severity::Medium,
        summary: "A foreign key without an index on its columns makes every delete on the parent scan the child",
    },
    hazardous: &["CREATE TABLE t (a int REFERENCES p)"],
    safe: &["CREATE TABLE t (a int REFERENCES p, UNIQUE (a))"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let (table, columns) = foreign_key(site)?;
    let indexed = site.state.has_index_on(&table, &columns)
        || site.facts(&table).is_some_and(|facts| {
            facts.indexes.iter().any(|index| index.valid && crate::state::leads_with(&index.columns, &columns))
        })
        || indexed_later(site, &table, &columns);
    let known = site.state.created(&table) || site.facts(&table).is_some() || created_here(site, &table);
    if indexed || !known {
        return None;
    }
    let name = derived(&table.name, &columns, "idx");
    let listed = columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ");
    let fix = Fix::sql(
        FixKind::CreateIndex,
        [format!("CREATE INDEX CONCURRENTLY {} ON {table} ({listed})", quote_ident(&name))],
    )
    .undo([rewrite::drop_concurrently(&table, &name)])
    .lock(Lock::ShareUpdateExclusive.name());
    let title = format!(
        "Foreign key on {table} ({listed}) has no index: every delete or key update on the parent scans {}",
        site.sized(&table)
    );
    Some(
        site.finding(&RULE, site.table_object(&table).columns(columns), title)
            .severity(scaled(Severity::Medium, Work::Scan, site.facts(&table)))
            .fix(fix),
    )
}

/// The first foreign key that the statement adds.
fn foreign_key(site: &Site<'_>) -> Option<(Name, Vec<String>)> {
    let of = |constraint: &Constraint| match &constraint.kind {
        Check::ForeignKey { columns, .. } => Some(columns.clone()),
        _ => None,
    };
    match site.operation {
        Operation::CreateTable(created) => {
            let inline = created.columns.iter().flat_map(|column| &column.constraints);
            let all: Vec<&Constraint> = inline.chain(&created.constraints).collect();
            let covered = |columns: &[String]| {
                all.iter().any(|constraint| match &constraint.kind {
                    Check::PrimaryKey { columns: key, .. } | Check::Unique { columns: key, .. } => {
                        crate::state::leads_with(key, columns)
                    }
                    _ => false,
                })
            };
            let found = all
                .iter()
                .filter_map(|constraint| of(constraint))
                .find(|columns| !covered(columns) && !indexed_later(site, &created.table, columns))?;
            Some((created.table.clone(), found))
        }
        Operation::AlterTable(alter) => match &alter.change {
            TableChange::AddConstraint(constraint) => Some((alter.table.clone(), of(constraint)?)),
            TableChange::AddColumn(column) => Some((alter.table.clone(), column.constraints.iter().find_map(of)?)),
            _ => None,
        },
        _ => None,
    }
}

fn created_here(site: &Site<'_>, table: &Name) -> bool {
    matches!(site.operation, Operation::CreateTable(created) if created.table == *table)
}

/// Whether a later statement of the chain's current script makes the index.
fn indexed_later(site: &Site<'_>, table: &Name, columns: &[String]) -> bool {
    site.later.iter().any(|operation| match operation {
        Operation::CreateIndex(index) => index.table.same(table) && crate::state::leads_with(&index.columns, columns),
        _ => false,
    })
}
