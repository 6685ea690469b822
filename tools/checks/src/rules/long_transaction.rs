//! Transactions and statements that run for very long.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Session, facts::Facts, rules::describe_session, words};

pub(crate) const RULE: Rule = Rule {
    id: "long_transaction",
    group: "sessions",
    severity: Severity::Medium,
    summary: "A long transaction keeps dead rows in every table of its database",
};

pub(crate) const QUERY: Rule = Rule {
    id: "long_query",
    group: "sessions",
    severity: Severity::Low,
    summary: "A statement has been running for minutes",
};

/// One hour: by then autovacuum has passed busy tables many times in vain.
const HIGH_S: f64 = 3_600.0;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    clients(facts)
        .filter(|(_, transaction, _)| *transaction >= facts.thresholds.long_transaction_s)
        .map(|(session, transaction, _)| {
            let severity = if transaction >= HIGH_S { Severity::High } else { RULE.severity };
            let mut finding = Finding::new(
                &RULE,
                Object::new(ObjectKind::Session, format!("session {}", session.pid)),
                format!(
                    "{} is in a transaction since {}: no row that died meanwhile can be removed",
                    describe_session(session),
                    words::seconds(transaction)
                ),
            )
            .severity(severity)
            .why("VACUUM keeps every row version that the oldest snapshot might still see.")
            .evidence(Evidence::new("pg_stat_activity", "transaction_age_s", transaction.round()))
            .evidence(Evidence::new("pg_stat_activity", "query", words::brief(&session.query, 200)));
            if let Some(xmin) = session.xmin_age {
                finding = finding.evidence(Evidence::new("pg_stat_activity", "xmin_age", xmin));
            }
            finding.fix(cancel(session))
        })
        .collect()
}

pub(crate) fn check_query(facts: &Facts<'_>) -> Vec<Finding> {
    clients(facts)
        .filter(|(session, transaction, statement)| {
            *transaction < facts.thresholds.long_transaction_s
                && *statement >= facts.thresholds.long_query_s
                && session.state.as_deref() == Some("active")
        })
        .map(|(session, _, statement)| {
            Finding::new(
                &QUERY,
                Object::new(ObjectKind::Session, format!("session {}", session.pid)),
                format!("{} runs one statement since {}", describe_session(session), words::seconds(statement)),
            )
            .evidence(Evidence::new("pg_stat_activity", "query_age_s", statement.round()))
            .evidence(Evidence::new("pg_stat_activity", "query", words::brief(&session.query, 200)))
            .fix(cancel(session))
        })
        .collect()
}

fn cancel(session: &Session) -> Fix {
    Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_cancel_backend({})", session.pid)])
        .notes("Only if nobody needs its result: the work done so far is lost.")
}

/// Clients that do something, with the ages of transaction and statement. Idle ones have a rule
/// of their own.
fn clients<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (&'a Session, f64, f64)> {
    facts
        .sessions()
        .iter()
        .copied()
        .filter(|session| session.is_client())
        .filter(|session| !session.state.as_deref().is_some_and(|state| state.starts_with("idle")))
        .filter_map(|session| Some((session, session.xact_age_s?, session.query_age_s.unwrap_or_default())))
}

#[cfg(test)]
#[path = "long_transaction_tests.rs"]
mod tests;
