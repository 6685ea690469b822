//! Something keeps old row versions alive: the one thing to remove before any VACUUM helps.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_literal;

use crate::{
    facts::Facts,
    rules::{dead_tuples, describe_session},
    words,
};

pub(crate) const RULE: Rule = Rule {
    id: "xmin_horizon",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "An old snapshot keeps VACUUM from removing dead rows",
};

/// Whoever holds the oldest snapshot.
pub(crate) struct Holder {
    object: Object,
    pub(crate) description: String,
    source: &'static str,
    /// Transactions that it is behind.
    pub(crate) age: i64,
    fix: Fix,
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let limits = facts.thresholds;
    let overdue = facts.snapshot.tables.rows().iter().filter(|table| dead_tuples::is_overdue(facts, table)).count();
    let Some(holder) = oldest(facts) else { return Vec::new() };
    // A hundredth of the limit is enough where dead rows already wait for it.
    if holder.age < limits.horizon_xids && !(overdue > 0 && holder.age >= limits.horizon_xids / 100) {
        return Vec::new();
    }
    let severity = if holder.age >= limits.horizon_xids.saturating_mul(10) || overdue > 0 {
        Severity::High
    } else {
        RULE.severity
    };
    let waiting = match overdue {
        0 => "rows that died since cannot be removed".to_owned(),
        overdue => format!("{} with dead rows wait for it", words::plural(overdue, "table", "tables")),
    };
    vec![
        Finding::new(
            &RULE,
            holder.object,
            format!(
                "{} holds the xmin horizon {} transactions back: {waiting}",
                holder.description,
                words::count(holder.age)
            ),
        )
        .severity(severity)
        .why("VACUUM keeps every row version that the oldest snapshot, slot or prepared transaction may still need.")
        .evidence(Evidence::new(holder.source, "xmin_age", holder.age))
        .evidence(Evidence::new("pg_stat_user_tables", "tables_waiting_for_vacuum", overdue))
        .fix(holder.fix),
    ]
}

/// The oldest holder of all four kinds.
pub(crate) fn oldest(facts: &Facts<'_>) -> Option<Holder> {
    let snapshot = facts.snapshot;
    let sessions = facts.sessions().iter().filter(|session| session.is_client()).filter_map(|session| {
        Some(Holder {
            object: Object::new(ObjectKind::Session, format!("session {}", session.pid)),
            description: describe_session(session),
            source: "pg_stat_activity",
            age: session.xmin_age.max(session.xid_age)?,
            fix: Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_terminate_backend({})", session.pid)])
                .notes("Its transaction rolls back."),
        })
    });
    let prepared = snapshot.prepared.rows().iter().filter(|prepared| facts.is_here(Some(&prepared.database)));
    let prepared = prepared.map(|prepared| Holder {
        object: Object::new(ObjectKind::Session, format!("prepared transaction {}", prepared.gid)),
        description: format!("prepared transaction {}", prepared.gid),
        source: "pg_prepared_xacts",
        age: prepared.xid_age,
        fix: Fix::sql(FixKind::TerminateSession, [format!("ROLLBACK PREPARED {}", quote_literal(&prepared.gid))])
            .notes(format!("Run it in database {}.", prepared.database)),
    });
    let slots = snapshot.slots.rows().iter().filter_map(|slot| {
        Some(Holder {
            object: Object::new(ObjectKind::Slot, &slot.name),
            description: format!("replication slot {}{}", slot.name, if slot.active { "" } else { " (inactive)" }),
            source: "pg_replication_slots",
            age: slot.xmin_age.max(slot.catalog_xmin_age)?,
            fix: Fix::sql(FixKind::None, [format!("SELECT pg_drop_replication_slot({})", quote_literal(&slot.name))])
                .notes("Only when its receiver will not come back: it must then start from a new copy."),
        })
    });
    let standbys = snapshot.standbys.rows().iter().filter_map(|standby| {
        Some(Holder {
            object: Object::new(ObjectKind::Session, format!("standby {}", standby.application)),
            description: format!("standby {} (hot_standby_feedback)", standby.application),
            source: "pg_stat_replication",
            age: standby.xmin_age?,
            fix: Fix::advice(FixKind::TerminateSession, "End the long query on the standby."),
        })
    });
    sessions.chain(prepared).chain(slots).chain(standbys).max_by_key(|holder| holder.age)
}

#[cfg(test)]
#[path = "xmin_horizon_tests.rs"]
mod tests;
