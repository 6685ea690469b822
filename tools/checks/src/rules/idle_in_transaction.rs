//! A client keeps a transaction open without using it.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{facts::Facts, rules::describe_session, words};

pub(crate) const RULE: Rule = Rule {
    id: "idle_in_transaction",
    group: "sessions",
    severity: Severity::Medium,
    summary: "An idle transaction holds locks and keeps dead rows from being removed",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let sessions = facts.sessions();
    let mut found = Vec::new();
    for session in sessions {
        // `idle in transaction (aborted)` holds its locks all the same.
        if !session.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction")) {
            continue;
        }
        let idle = session.state_age_s.unwrap_or_default();
        let blocked = sessions.iter().filter(|other| other.blocked_by.contains(&session.pid)).count();
        if idle < facts.thresholds.idle_in_transaction_s {
            continue;
        }
        let severity = if blocked > 0 || idle >= facts.thresholds.long_transaction_s {
            Severity::High
        } else {
            RULE.severity
        };
        let cost = match blocked {
            0 => "its locks and its snapshot stay".to_owned(),
            1 => "1 session waits for it".to_owned(),
            blocked => format!("{blocked} sessions wait for it"),
        };
        let mut finding = Finding::new(
            &RULE,
            Object::new(ObjectKind::Session, format!("session {}", session.pid)),
            format!("{} does nothing: {cost}", describe_session(session)),
        )
        .severity(severity)
        .why("Row versions that die after its snapshot cannot be vacuumed, and its row and table locks block others.")
        .evidence(Evidence::new("pg_stat_activity", "idle_s", idle.round()))
        .evidence(Evidence::new("pg_stat_activity", "last_query", words::brief(&session.query, 200)));
        if let Some(age) = session.xact_age_s {
            finding = finding.evidence(Evidence::new("pg_stat_activity", "transaction_age_s", age.round()));
        }
        found.push(
            finding.fix(
                Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_terminate_backend({})", session.pid)]).notes(
                    "Then make the application commit before it waits for anything, and set \
                     idle_in_transaction_session_timeout for its role.",
                ),
            ),
        );
    }
    found
}

#[cfg(test)]
#[path = "idle_in_transaction_tests.rs"]
mod tests;
