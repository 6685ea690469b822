//! Row level security without a policy hides every row from everybody but the owner
//!
//! Fires on `ALTER TABLE t ENABLE ROW LEVEL SECURITY`; safe: `CREATE POLICY p ON t USING (true); ALTER TABLE t ENABLE ROW LEVEL SECURITY`.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::lock::Lock;
use crate::operation::{Operation, TableChange};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "row_security_without_policy",
        group: "migrations",
        severity: Severity::High,
        summary: "Row level security without a policy hides every row from everybody but the owner",
    },
    hazardous: &["ALTER TABLE t ENABLE ROW LEVEL SECURITY"],
    safe: &[
        "CREATE POLICY p ON t USING (true); ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "BEGIN; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true); COMMIT",
    ],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::AlterTable(alter) = site.operation else { return None };
    let table = &alter.table;
    let follows =
        || site.later.iter().any(|later| matches!(later, Operation::CreatePolicy { table: on } if on.same(table)));
    let enables = matches!(alter.change, TableChange::EnableRowSecurity);
    if !enables || site.state.has_policy(table) || (site.in_transaction() && follows()) || !site.in_use(table) {
        return None;
    }
    let fix = Fix::sql(
        FixKind::Migration,
        [
            "BEGIN".to_owned(),
            format!("CREATE POLICY all_rows ON {table} USING (true) WITH CHECK (true)"),
            format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
            "COMMIT".to_owned(),
        ],
    )
    .undo([format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"), format!("DROP POLICY all_rows ON {table}")])
    .lock(Lock::AccessExclusive.name())
    .notes("Put the real condition in place of `true`; the policy and the switch belong in one transaction.");
    let title = format!("ENABLE ROW LEVEL SECURITY on {table} without a policy: every role but the owner reads no row");
    let finding = site.blocking(&RULE, site.table_object(table), Lock::AccessExclusive, Work::Catalog, table, title);
    Some(
        finding
            .why("Without a policy the default is to deny, silently: queries return nothing instead of failing.")
            .fix(fix),
    )
}
