//! A change of type that the stored bytes do not fit writes every row anew while all reads and writes wait
//!
//! Fires on `CREATE TABLE x (a int); ALTER TABLE t ALTER a TYPE bigint`; safe: `CREATE TABLE t (a int); ALTER TABLE t ALTER a TYPE bigint`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::ConstraintKind;
use crate::author::change_type::{TypeSwap, UNSEEN, swap_type};
use crate::lock::Lock;
use crate::name::Name;
use crate::operation::{Check, Operation, TableChange, Using};
use crate::rewrite::LOCK_TIMEOUT;
use crate::site::{HazardRule, Site};
use crate::size::Work;
use crate::types::{SqlType, TypeChange};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "alter_column_type",
        group: "migrations",
        severity: Severity::High,
        summary: "A change of type that the stored bytes do not fit writes every row anew while all reads and writes wait",
    },
    hazardous: &[
        "CREATE TABLE x (a int); ALTER TABLE t ALTER a TYPE bigint",
        "ALTER TABLE t ALTER COLUMN a TYPE int USING a::int",
    ],
    safe: &["CREATE TABLE t (a int); ALTER TABLE t ALTER a TYPE bigint"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let TableChange::AlterType { column, to, using } = &alter.change else { return None };
    let table = &alter.table;
    if !site.in_use(table) {
        return None;
    }
    let computed = matches!(using, Some(Using::Expression(_)));
    let old = site.old_type(table, column);
    let change = match &old {
        Some(old) if !computed => Some(old.change_to(to)),
        Some(_) => Some(TypeChange::Rewrite),
        None => None,
    };
    let checks = mentioned(site, table, column);
    let was = old.as_ref().map_or_else(|| "its present type".to_owned(), |old| old.sql.clone());
    let what = format!("Changing {}.{column} from {was} to {}", table.name, to.sql);
    let (work, title) = match change {
        Some(TypeChange::Free) if checks.is_none() => return None,
        Some(TypeChange::Free) => {
            let name = checks.unwrap_or_default();
            (
                Work::Scan,
                format!(
                    "{what} checks {name} against every row of {} while all reads and writes wait",
                    site.sized(table)
                ),
            )
        }
        Some(TypeChange::FreeUnderUtc) => {
            (Work::Rewrite, format!("{what} rewrites {} unless the session's TimeZone is UTC", site.sized(table)))
        }
        Some(TypeChange::Rewrite) => {
            (Work::Rewrite, format!("{what} rewrites {} while all reads and writes wait", site.sized(table)))
        }
        None => {
            (Work::Rewrite, format!("{what} rewrites {} unless the stored bytes fit both types", site.sized(table)))
        }
    };
    let finding = site.blocking(&RULE, site.column_object(table, column), Lock::AccessExclusive, work, table, title);
    let widening = !computed && to.modifiers.is_empty() && matches!(to.name.as_str(), "text" | "varchar");
    let severity = match change {
        // From varchar, the usual case, nothing is written; the old type would tell.
        None if widening => Severity::Low,
        None => Severity::Medium,
        Some(_) => finding.severity,
    };
    let finding = finding
        .severity(severity)
        .why("The rewrite also rebuilds every index of the table, under AccessExclusiveLock. Prepared statements of running applications fail once with `cached plan must not change result type`.");
    let fix = match change {
        Some(TypeChange::Free) => Fix::advice(
            FixKind::Migration,
            "Drop the CHECK, change the type, add the CHECK again NOT VALID and VALIDATE it in a later transaction.",
        ),
        Some(TypeChange::FreeUnderUtc) => Fix::sql(
            FixKind::Migration,
            [LOCK_TIMEOUT.to_owned(), "SET timezone = 'UTC'".to_owned(), site.statement.text.to_owned()],
        )
        .lock(Lock::AccessExclusive.name())
        .notes("PostgreSQL 12 and newer skip the rewrite under UTC; right only if the stored times are meant as UTC."),
        _ => expand_contract(site, table, column, to, using.as_ref()),
    };
    Some(finding.fix(fix))
}

/// New column, trigger, backfill, swap, with what the catalog knows to hang on the column.
fn expand_contract(site: &Site<'_>, table: &Name, column: &str, to: &SqlType, using: Option<&Using>) -> Fix {
    let (old, new) = (quote_ident(column), quote_ident(&format!("{column}_new")));
    let value = match using {
        Some(Using::Expression(expression)) => expression.clone(),
        _ => format!("{old}::{}", to.sql),
    };
    let facts = site.facts(table).and_then(|facts| facts.column(column));
    let present = facts.map_or("text", |facts| facts.type_name.as_str());
    let swap = TypeSwap { table, column, sql_type: &to.sql, value: &value, present };
    let (steps, _) = swap_type(&swap, site.context);
    let statements = steps.into_iter().map(|step| match step.up.as_slice() {
        [alone] => alone.clone(),
        together => format!("BEGIN; {}; COMMIT", together.join("; ")),
    });
    let seen = if facts.is_some() { "" } else { UNSEEN };
    Fix::sql(FixKind::Migration, std::iter::once(LOCK_TIMEOUT.to_owned()).chain(statements))
        .undo([format!("ALTER TABLE {table} DROP COLUMN IF EXISTS {new}")])
        .lock(Lock::AccessExclusive.name())
        .notes(format!("Every statement commits on its own; the swap also lets the old column take NULL, since nothing fills it any more. Drop it a release later. {seen}").trim_end())
}

/// A CHECK of the catalog or the chain that mentions the column: it is checked again.
fn mentioned(site: &Site<'_>, table: &Name, column: &str) -> Option<String> {
    let catalog = site.facts(table).and_then(|facts| {
        facts.constraints.iter().find(|constraint| {
            constraint.kind == ConstraintKind::Check
                && constraint.columns.iter().any(|mentioned| mentioned == column)
                && !site.state.dropped(table, &constraint.name)
        })
    });
    let chain = || {
        site.state.table(table)?.constraints.iter().find(|known| match &known.check {
            Check::Expression { columns, .. } => columns.iter().any(|mentioned| mentioned == column),
            _ => false,
        })
    };
    catalog.map(|constraint| constraint.name.clone()).or_else(|| chain().map(|known| known.name.clone()))
}
