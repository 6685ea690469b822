//! A volatile default in ADD COLUMN writes every row anew while all reads and writes wait
//!
//! Fires on `ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()`; safe: `ALTER TABLE t ADD COLUMN a timestamptz DEFAULT now()`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::expression::{Volatility, volatility};
use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::rewrite;
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "add_column_volatile_default",
        group: "migrations",
        severity: Severity::High,
        summary: "A volatile default in ADD COLUMN writes every row anew while all reads and writes wait",
    },
    hazardous: &[
        "ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE t ADD COLUMN a int DEFAULT my_function()",
    ],
    safe: &[
        "ALTER TABLE t ADD COLUMN a timestamptz DEFAULT now()",
        "ALTER TABLE t ADD COLUMN a date DEFAULT CURRENT_DATE",
        "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 1",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AddColumn(column) = &alter.change else { return None };
    let table = &alter.table;
    let default = column.default.as_ref().filter(|_| site.in_use(table))?;
    let judged = volatility(default, site.context);
    if judged == Volatility::Stable && !site.context.older_than(11) {
        return None;
    }
    let name = quote_ident(&column.name);
    let expression = column.default_sql().unwrap_or_default();
    let mut statements = vec![
        LOCK_TIMEOUT.to_owned(),
        rewrite::bare_column(alter, None),
        format!("ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {expression}"),
        rewrite::backfill(table, &format!("{name} = DEFAULT"), &format!("{name} IS NULL")),
    ];
    if column.not_null {
        statements.extend(rewrite::set_not_null(table, &column.name).into_iter().skip(1));
    }
    let fix = Fix::sql(FixKind::Migration, statements)
        .undo([format!("ALTER TABLE {table} DROP COLUMN {name}")])
        .lock(Lock::AccessExclusive.name())
        .notes("Every statement commits on its own; the backfill runs in batches outside a transaction.");
    let sure = judged != Volatility::Unknown;
    let condition = if sure { "" } else { ", if its function is volatile" };
    let title = format!(
        "ADD COLUMN {} DEFAULT {expression} rewrites {} while all reads and writes wait{condition}",
        column.name,
        site.sized(table)
    );
    let finding = site.blocking(
        &RULE,
        site.column_object(table, &column.name),
        Lock::AccessExclusive,
        Work::Rewrite,
        table,
        title,
    );
    let severity = if sure { finding.severity } else { finding.severity.min(Severity::Medium) };
    Some(finding.severity(severity).why("Only a default that has one value for the whole statement is stored in the catalog (PostgreSQL 11 and newer); a volatile one is computed for every row.").fix(fix))
}
