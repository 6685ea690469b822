//! An enum value cannot be used in the transaction that adds it, and before PostgreSQL 12 not be added in one
//!
//! Fires on `BEGIN; ALTER TYPE mood ADD VALUE 'fine'; UPDATE t SET m = 'fine' WHERE a = 1; COMMIT`; safe: `ALTER TYPE mood ADD VALUE 'fine'; UPDATE t SET m = 'fine' WHERE a = 1`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_literal;

use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "enum_value_in_transaction",
        group: "migrations",
        severity: Severity::High,
        summary: "An enum value cannot be used in the transaction that adds it, and before PostgreSQL 12 not be added in one",
    },
    hazardous: &["BEGIN; ALTER TYPE mood ADD VALUE 'fine'; UPDATE t SET m = 'fine' WHERE a = 1; COMMIT"],
    safe: &[
        "ALTER TYPE mood ADD VALUE 'fine'; UPDATE t SET m = 'fine' WHERE a = 1",
        "BEGIN; ALTER TYPE mood ADD VALUE 'fine'; COMMIT",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    if let Operation::AddEnumValue { type_name, value } = site.operation {
        if !site.in_transaction() || !site.context.older_than(12) || site.state.enum_created(type_name) {
            return None;
        }
        let title = format!(
            "ALTER TYPE {type_name} ADD VALUE {} fails inside a transaction before PostgreSQL 12",
            quote_literal(value)
        );
        return Some(finding(site, title, site.statement.text));
    }
    let used = site.state.fresh_values().iter().find(|(type_name, value)| {
        !site.state.enum_created(type_name) && site.statement.text.contains(&quote_literal(value))
    });
    let (type_name, value) = used.filter(|_| !matches!(site.operation, Operation::RenameEnumValue { .. }))?;
    let title = format!(
        "{} is used in the transaction that adds it to {type_name}: the server refuses it (error 55P04)",
        quote_literal(value)
    );
    Some(finding(site, title, site.statement.text))
}

fn finding(site: &Site<'_>, title: String, statement: &str) -> Finding {
    let object = Object::new(ObjectKind::Migration, site.script.path.clone());
    site.finding(&RULE, object, title)
        .why("A new enum value becomes usable when the transaction that adds it has committed.")
        .fix(Fix::sql(FixKind::Migration, [statement]).notes("Put ALTER TYPE … ADD VALUE and its first use into two migrations; before PostgreSQL 12 the first one outside a transaction."))
}
