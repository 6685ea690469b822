//! SET NOT NULL reads every row while all reads and writes wait, unless a valid CHECK proves it
//!
//! Fires on `ALTER TABLE t ALTER COLUMN a SET NOT NULL`; safe: `ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER COLUMN a SET NOT NULL`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::{Check, Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "set_not_null",
        group: "migrations",
        severity: Severity::High,
        summary: "SET NOT NULL reads every row while all reads and writes wait, unless a valid CHECK proves it",
    },
    hazardous: &[
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    ],
    safe: &[
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "CREATE TABLE t (a int); ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::SetNotNull { column } = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) || site.not_null(table, column) {
        return None;
    }
    let waiting = match proof(site, table, column) {
        Proof::Valid if !site.context.older_than(12) => return None,
        Proof::NotValid(name) => Some(name),
        Proof::Valid | Proof::None => None,
    };
    let mut statements = rewrite::set_not_null(table, column);
    if let Some(name) = &waiting {
        let quoted = quote_ident(name);
        statements = vec![
            LOCK_TIMEOUT.to_owned(),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {quoted}"),
            format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", quote_ident(column)),
            format!("ALTER TABLE {table} DROP CONSTRAINT {quoted}"),
        ];
    }
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([format!("ALTER TABLE {table} ALTER COLUMN {} DROP NOT NULL", quote_ident(column))])
        .lock(Lock::AccessExclusive.name())
        .notes("Every statement commits on its own; VALIDATE is the only long one and blocks neither reads nor writes. PostgreSQL 12 and newer then skip the scan of SET NOT NULL.");
    let unproven =
        waiting.map(|name| format!(" (the CHECK {name} proves nothing before it is validated)")).unwrap_or_default();
    let title = format!(
        "SET NOT NULL on {}.{column} reads every row of {} while all reads and writes wait{unproven}",
        table.name,
        site.sized(table)
    );
    let finding =
        site.blocking(&RULE, site.column_object(table, column), Lock::AccessExclusive, Work::Scan, table, title);
    Some(finding.why("The scan for NULLs runs under AccessExclusiveLock.").fix(fix))
}

enum Proof {
    Valid,
    NotValid(String),
    None,
}

/// Whether a CHECK of the chain or the catalog proves the column to be not null.
fn proof(site: &Site<'_>, table: &Name, column: &str) -> Proof {
    let mut best = Proof::None;
    let mut judge = |name: &str, check: &Check, valid: bool| {
        let proves = match check {
            Check::Expression { not_null, .. } => not_null.iter().any(|proven| proven == column),
            Check::NotNull { column: proven } => proven == column,
            _ => false,
        };
        match (proves, valid, &best) {
            (true, true, _) => best = Proof::Valid,
            (true, false, Proof::None) => best = Proof::NotValid(name.to_owned()),
            _ => {}
        }
    };
    for known in site.state.table(table).map(|known| known.constraints.as_slice()).unwrap_or_default() {
        judge(&known.name, &known.check, known.validated);
    }
    for facts in site.facts(table).map(|facts| facts.constraints.as_slice()).unwrap_or_default() {
        if !site.state.dropped(table, &facts.name)
            && let Some(check) = crate::state::catalog_check(facts)
        {
            judge(&facts.name, &check, facts.validated);
        }
    }
    best
}
