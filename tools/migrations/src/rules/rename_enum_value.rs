//! Renaming an enum value breaks running code that writes or compares the old one
//!
//! Fires on `ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'`; safe: `ALTER TYPE mood ADD VALUE 'blue'`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_literal;

use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "rename_enum_value",
        group: "migrations",
        severity: Severity::Medium,
        summary: "Renaming an enum value breaks running code that writes or compares the old one",
    },
    hazardous: &["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"],
    safe: &[
        "ALTER TYPE mood ADD VALUE 'blue'",
        "CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::RenameEnumValue { type_name, value, to } = site.operation else { return None };
    if site.state.enum_created(type_name) {
        return None;
    }
    let fix = Fix::sql(FixKind::Migration, [format!("ALTER TYPE {type_name} ADD VALUE IF NOT EXISTS {}", quote_literal(to))])
        .notes("Add the new value, deploy code that understands both and writes the new one, move the rows in batches; the old value stays unused.");
    let title =
        format!("Enum value {} of {type_name} is renamed: running code that names it fails", quote_literal(value));
    Some(site.finding(&RULE, Object::new(ObjectKind::Migration, type_name.sql()), title).fix(fix))
}
