//! Maintenance that runs or is stuck, forgotten advisory locks, subscriptions that stand still.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Progress, facts::Facts, rules::describe_session, words};

pub(crate) const RULE: Rule = Rule {
    id: "maintenance_running",
    group: "sessions",
    severity: Severity::Info,
    summary: "A maintenance command runs: what it slows down is temporary",
};

pub(crate) const ADVISORY: Rule = Rule {
    id: "advisory_locks_held",
    group: "locks",
    severity: Severity::Low,
    summary: "An idle session holds many advisory locks: somebody forgets to unlock",
};

pub(crate) const SUBSCRIPTION: Rule = Rule {
    id: "subscription_down",
    group: "replication",
    severity: Severity::High,
    summary: "A subscription is enabled, but nothing applies its changes; the publisher keeps WAL for it",
};

pub(crate) const COPY: Rule = Rule {
    id: "subscription_copy_unfinished",
    group: "replication",
    severity: Severity::Low,
    summary: "Tables of a subscription are still being copied: they lack rows",
};

/// Share of the shared lock table that one session may fill before others run out of it.
const LOCK_TABLE_SHARE: f64 = 0.5;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    // Autovacuum at work is how a healthy server looks.
    let told = |progress: &&Progress| {
        let age = facts.all_sessions().iter().find(|session| session.pid == progress.pid).and_then(|s| s.xact_age_s);
        let routine = matches!(progress.command.as_str(), "VACUUM" | "ANALYZE");
        progress.waits_for.is_some() || !routine || age.is_some_and(|age| age >= facts.thresholds.long_query_s)
    };
    facts.snapshot.progress.rows().iter().filter(told).map(|progress| running(facts, progress)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
fn running(facts: &Facts<'_>, progress: &Progress) -> Finding {
    let session = facts.all_sessions().iter().find(|session| session.pid == progress.pid);
    let on = progress.relation.as_ref().map(|relation| format!(" on {relation}")).unwrap_or_default();
    let share = if progress.total > 0 {
        format!(", {} of it done", words::percent(progress.done as f64 / progress.total as f64))
    } else {
        String::new()
    };
    let since = session
        .and_then(|session| session.xact_age_s)
        .map(|age| format!(", running for {}", words::seconds(age)))
        .unwrap_or_default();
    let mut finding = Finding::new(
        &RULE,
        Object::new(ObjectKind::Session, format!("session {}", progress.pid)),
        format!("{}{on} is in the phase {}{share}{since}", progress.command, progress.phase),
    )
    .confidence(Confidence::Measured)
    .evidence(Evidence::new("pg_stat_progress", "phase", progress.phase.clone()))
    .evidence(Evidence::new("pg_stat_progress", "done", progress.done))
    .evidence(Evidence::new("pg_stat_progress", "total", progress.total));
    // `waiting for ...` phases last as long as somebody else's transaction.
    if let Some(pid) = progress.waits_for.filter(|pid| *pid != 0) {
        let other = facts.all_sessions().iter().find(|session| session.pid == pid);
        let who = other.map_or_else(|| format!("session {pid}"), describe_session);
        finding.title = format!("{}; it waits for {who}", finding.title);
        finding = finding
            .severity(Severity::Low)
            .why(
                "CREATE INDEX CONCURRENTLY waits for every older transaction that could still write or read the table.",
            )
            .evidence(Evidence::new("pg_stat_progress", "waits_for_pid", pid))
            .fix(Fix::advice(FixKind::TerminateSession, format!("It goes on when {who} ends its transaction.")));
    }
    finding
}

#[expect(clippy::cast_precision_loss, reason = "lock counts are small")]
pub(crate) fn check_advisory(facts: &Facts<'_>) -> Vec<Finding> {
    let room = facts
        .settings()
        .and_then(|settings| Some(settings.number("max_locks_per_transaction")? * settings.number("max_connections")?));
    facts
        .sessions()
        .iter()
        .filter(|session| {
            session.is_client()
                && session.state.as_deref() == Some("idle")
                && session.advisory_locks >= facts.thresholds.advisory_locks
        })
        .map(|session| {
            let count = session.advisory_locks;
            let full = room.is_some_and(|room| count as f64 >= room * LOCK_TABLE_SHARE);
            Finding::new(
                &ADVISORY,
                Object::new(ObjectKind::Session, format!("session {}", session.pid)),
                format!("{} holds {} advisory locks", describe_session(session), words::count(count)),
            )
            .severity(if full { Severity::High } else { ADVISORY.severity })
            .why(
                "Locks taken with pg_advisory_lock stay until they are released or the session ends; behind a pooler \
                 the session outlives the request. The lock table is shared: when it is full every statement fails.",
            )
            .evidence(Evidence::new("pg_locks", "advisory_locks", count))
            .evidence(Evidence::new("pg_settings", "lock_table_entries", room))
            .fix(
                Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_terminate_backend({})", session.pid)]).notes(
                    "Frees them at once. To last: pg_advisory_xact_lock, which the end of the transaction releases.",
                ),
            )
        })
        .collect()
}

pub(crate) fn check_subscription(facts: &Facts<'_>) -> Vec<Finding> {
    // A standby holds the subscriptions of its primary, which runs them.
    if facts.server().is_none_or(|server| server.in_recovery) {
        return Vec::new();
    }
    facts
        .snapshot
        .subscriptions
        .rows()
        .iter()
        .filter(|subscription| subscription.enabled && !subscription.running)
        .map(|subscription| {
            let name = quote_ident(&subscription.name);
            let errors = subscription
                .apply_errors
                .filter(|errors| *errors > 0)
                .map(|errors| format!(" after {} errors", words::count(errors)))
                .unwrap_or_default();
            Finding::new(
                &SUBSCRIPTION,
                Object::new(ObjectKind::Setting, format!("subscription {}", subscription.name)),
                format!("subscription {name} is enabled but no worker applies its changes{errors}"),
            )
            .why("The worker starts again and again and fails, or max_logical_replication_workers is used up.")
            .evidence(Evidence::new("pg_stat_subscription", "running", false))
            .evidence(Evidence::new("pg_stat_subscription_stats", "apply_error_count", subscription.apply_errors))
            .fix(
                Fix::sql(FixKind::SetOption, [format!("ALTER SUBSCRIPTION {name} DISABLE")])
                    .undo([format!("ALTER SUBSCRIPTION {name} ENABLE")])
                    .transactional()
                    .notes(
                        "The server's log has the reason: a missing row, a duplicate key, a column that only one side \
                         has, a lost publisher. Disable it while you repair that, and watch the publisher's slot.",
                    ),
            )
        })
        .collect()
}

pub(crate) fn check_copy(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .subscriptions
        .rows()
        .iter()
        .filter(|subscription| subscription.running && subscription.tables_not_ready > 0)
        .map(|subscription| {
            let name = quote_ident(&subscription.name);
            Finding::new(
                &COPY,
                Object::new(ObjectKind::Setting, format!("subscription {}", subscription.name)),
                format!("{} tables of subscription {name} are not in sync yet", subscription.tables_not_ready),
            )
            .why("Until their first copy is done they lack rows that the publisher has.")
            .evidence(Evidence::new("pg_subscription_rel", "tables_not_ready", subscription.tables_not_ready))
            .fix(Fix::advice(
                FixKind::None,
                "It goes on by itself while workers are free: max_sync_workers_per_subscription decides how many.",
            ))
        })
        .collect()
}

#[cfg(test)]
#[path = "maintenance_tests.rs"]
mod tests;
