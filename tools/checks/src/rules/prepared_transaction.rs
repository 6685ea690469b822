//! A transaction prepared for two-phase commit was forgotten.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use dbwright_sql::quote_literal;

use crate::{facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "prepared_transaction_orphaned",
    group: "sessions",
    severity: Severity::High,
    summary: "A forgotten prepared transaction holds its locks and the xmin horizon for ever",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .prepared
        .rows()
        .iter()
        .filter(|prepared| facts.is_here(Some(&prepared.database)))
        .filter(|prepared| prepared.age_s >= facts.thresholds.prepared_age_s)
        .map(|prepared| {
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Session, format!("prepared transaction {}", prepared.gid)),
                format!(
                    "prepared transaction {} of {} in database {} waits for its second phase since {}",
                    quote_literal(&prepared.gid),
                    prepared.owner,
                    prepared.database,
                    words::seconds(prepared.age_s)
                ),
            )
            .why("It survives restarts, keeps its locks, and no row that died after it can be vacuumed.")
            .evidence(Evidence::new("pg_prepared_xacts", "age_s", prepared.age_s.round()))
            .evidence(Evidence::new("pg_prepared_xacts", "xid_age", prepared.xid_age))
            .fix(
                Fix::sql(
                    FixKind::TerminateSession,
                    [format!("ROLLBACK PREPARED {}", quote_literal(&prepared.gid))],
                )
                .notes(format!(
                    "Run it in database {}; ask the transaction manager first: it may be about to commit.",
                    prepared.database
                )),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "prepared_transaction_tests.rs"]
mod tests;
