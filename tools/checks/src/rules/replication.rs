//! Slots, standbys and the archive.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_literal;

use crate::{Slot, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "inactive_replication_slot",
    group: "replication",
    severity: Severity::Medium,
    summary: "A slot that nobody reads keeps WAL until the disk is full",
};

pub(crate) const LAG: Rule = Rule {
    id: "replica_lag",
    group: "replication",
    severity: Severity::Medium,
    summary: "A standby is behind: its readers see old data and a failover loses it",
};

pub(crate) const ARCHIVE: Rule = Rule {
    id: "archive_failing",
    group: "replication",
    severity: Severity::High,
    summary: "WAL is not archived: no point-in-time recovery, and pg_wal grows",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    // 13+: -1 keeps WAL for a slot without any limit.
    let unlimited =
        facts.settings().and_then(|settings| settings.number("max_slot_wal_keep_size")).is_none_or(|size| size < 0.0);
    let mut found: Vec<(i64, Finding)> = facts
        .snapshot
        .slots
        .rows()
        .iter()
        .filter(|slot| !slot.active && !slot.temporary)
        .map(|slot| (slot.retained_bytes.unwrap_or_default(), inactive(facts, slot, unlimited)))
        .collect();
    found.sort_by_key(|(retained, _)| std::cmp::Reverse(*retained));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn inactive(facts: &Facts<'_>, slot: &Slot, unlimited: bool) -> Finding {
    let retained = slot.retained_bytes.unwrap_or_default();
    let lost = matches!(slot.wal_status.as_deref(), Some("lost"));
    let severity = if lost || retained >= facts.thresholds.slot_bytes {
        Severity::High
    } else if unlimited {
        RULE.severity
    } else {
        Severity::Low
    };
    let since = slot.inactive_age_s.map_or_else(String::new, |age| format!(" for {}", words::seconds(age)));
    let cost = if lost {
        "its WAL is already gone, so it can never continue".to_owned()
    } else if unlimited {
        format!("it keeps {} of WAL and there is no limit", words::bytes(retained))
    } else {
        format!("it keeps {} of WAL", words::bytes(retained))
    };
    let mut finding = Finding::new(
        &RULE,
        Object::new(ObjectKind::Slot, &slot.name),
        format!("{} slot {} has been inactive{since}: {cost}", slot.kind, slot.name),
    )
    .severity(severity)
    .why("A slot keeps WAL, and a logical one also the catalog's dead rows, for a receiver that may never come back.")
    .evidence(Evidence::new("pg_replication_slots", "active", false))
    .evidence(Evidence::new("pg_replication_slots", "retained_bytes", retained));
    if let Some(status) = &slot.wal_status {
        finding = finding.evidence(Evidence::new("pg_replication_slots", "wal_status", status.clone()));
    }
    finding.fix(
        Fix::sql(FixKind::None, [format!("SELECT pg_drop_replication_slot({})", quote_literal(&slot.name))]).notes(
            "Only when its receiver is gone for good: one that returns must start from a new copy. \
             max_slot_wal_keep_size bounds what any slot may keep.",
        ),
    )
}

pub(crate) fn check_lag(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .standbys
        .rows()
        .iter()
        .filter_map(|standby| {
            let lag = standby.lag_s.filter(|lag| *lag >= facts.thresholds.replica_lag_s)?;
            let behind = standby.lag_bytes.unwrap_or_default();
            Some(
                Finding::new(
                    &LAG,
                    Object::new(ObjectKind::Session, format!("standby {}", standby.application)),
                    format!(
                        "standby {} is {} and {} of WAL behind",
                        standby.application,
                        words::seconds(lag),
                        words::bytes(behind)
                    ),
                )
                .severity(if lag >= facts.thresholds.replica_lag_s * 10.0 { Severity::High } else { LAG.severity })
                .why("Replay is one process: a long query on the standby, a slow disk or a burst of writes holds it up.")
                .evidence(Evidence::new("pg_stat_replication", "replay_lag_s", lag.round()))
                .evidence(Evidence::new("pg_stat_replication", "lag_bytes", behind))
                .fix(Fix::advice(
                    FixKind::None,
                    "Look for conflicts and long queries on the standby, then at its disk and network.",
                )),
            )
        })
        .collect()
}

pub(crate) fn check_archive(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(archiver) = facts.snapshot.archiver.get() else { return Vec::new() };
    let Some(failed) = archiver.last_failed_age_s else { return Vec::new() };
    if archiver.last_archived_age_s.is_some_and(|succeeded| succeeded <= failed) {
        return Vec::new();
    }
    vec![
        Finding::new(
            &ARCHIVE,
            Object::new(ObjectKind::Setting, "archive_command"),
            format!(
                "archiving WAL fails, the last time {} ago ({} failures)",
                words::seconds(failed),
                words::count(archiver.failed)
            ),
        )
        .why("Segments that are not archived stay in pg_wal until the disk is full, and backups cannot be rolled forward.")
        .evidence(Evidence::new("pg_stat_archiver", "failed_count", archiver.failed))
        .evidence(Evidence::new("pg_stat_archiver", "last_failed_age_s", failed.round()))
        .fix(Fix::advice(FixKind::None, "The server log holds the error of archive_command or archive_library.")),
    ]
}

#[cfg(test)]
#[path = "replication_tests.rs"]
mod tests;
