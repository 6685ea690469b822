//! Sessions queue behind one root blocker.
//!
//! Bad: an `ALTER TABLE` waits for an idle transaction and every query waits for the `ALTER TABLE`.
//! Good: a wait of a few milliseconds between two updates of the same row.

use std::fmt::Write as _;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{LockNode, Session, facts::Facts, lock_forest, rules::describe_session, words};

pub(crate) const RULE: Rule = Rule {
    id: "lock_pile_up",
    group: "locks",
    severity: Severity::Medium,
    summary: "Sessions wait for a lock that one root blocker holds",
};

/// Lines of the tree that a finding shows.
const TREE_LINES: usize = 12;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let sessions = facts.sessions();
    lock_forest(sessions.iter().copied()).iter().filter_map(|tree| pile_up(facts, sessions, tree)).collect()
}

fn pile_up(facts: &Facts<'_>, sessions: &[&Session], tree: &LockNode) -> Option<Finding> {
    let find = |pid: i32| sessions.iter().copied().find(|session| session.pid == pid);
    let waiters: Vec<&Session> = tree.descendants().into_iter().filter_map(find).collect();
    let longest = waiters.iter().map(|waiter| wait_s(waiter)).fold(0.0, f64::max);
    if longest < facts.thresholds.lock_wait_s {
        return None;
    }
    let root = find(tree.pid);
    let who = match (root, tree.pid) {
        (Some(root), _) => describe_session(root),
        (None, 0) => "a prepared transaction".to_owned(),
        (None, pid) => format!("session {pid}"),
    };
    let verb = if waiters.len() == 1 { "waits" } else { "wait" };
    let severity = if longest >= facts.thresholds.lock_wait_high_s || waiters.len() >= 10 {
        Severity::Critical
    } else if waiters.len() > 1 {
        Severity::High
    } else {
        RULE.severity
    };
    let mut finding = Finding::new(
        &RULE,
        Object::new(ObjectKind::Session, format!("session {}", tree.pid)),
        format!(
            "{} {verb} for {who}, the longest for {}",
            words::plural(waiters.len(), "session", "sessions"),
            words::seconds(longest)
        ),
    )
    .severity(severity)
    .why(
        "Locks are granted in order of arrival: whoever asks behind a waiting stronger lock waits too, so the \
         queue grows until the root ends its transaction.",
    )
    .evidence(Evidence::new("pg_blocking_pids", "waiting_sessions", waiters.len()))
    .evidence(Evidence::new("pg_locks", "longest_wait_s", longest.round()))
    .evidence(Evidence::new("pg_blocking_pids", "lock_tree", drawing(tree, sessions)));
    if let Some(root) = root {
        finding = finding.evidence(Evidence::new("pg_stat_activity", "root_query", words::brief(&root.query, 200)));
    }
    Some(finding.fix(remedy(tree.pid, root)))
}

fn remedy(pid: i32, root: Option<&Session>) -> Fix {
    match root {
        None if pid == 0 => Fix::advice(
            FixKind::TerminateSession,
            "Find the transaction in pg_prepared_xacts and end it with COMMIT PREPARED or ROLLBACK PREPARED.",
        ),
        Some(root) if root.state.as_deref() == Some("active") => {
            Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_cancel_backend({pid})")])
                .notes("Cancels the running statement; its transaction rolls back. Use pg_terminate_backend if it stays.")
        }
        Some(_) | None => Fix::sql(FixKind::TerminateSession, [format!("SELECT pg_terminate_backend({pid})")])
            .notes("Ends the session; its transaction rolls back. Ask the owner of the application first if you can."),
    }
}

/// Seconds in the queue; before 14 the server does not record it and the statement's age is the bound.
fn wait_s(session: &Session) -> f64 {
    session.waiting_for.as_ref().and_then(|wait| wait.wait_s).or(session.query_age_s).unwrap_or_default()
}

fn drawing(tree: &LockNode, sessions: &[&Session]) -> String {
    let mut out = String::new();
    let mut left = TREE_LINES;
    draw(tree, sessions, 0, &mut left, &mut out);
    out.trim_end().to_owned()
}

fn draw(node: &LockNode, sessions: &[&Session], depth: usize, left: &mut usize, out: &mut String) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    let indent = "  ".repeat(depth);
    let session = sessions.iter().copied().find(|session| session.pid == node.pid);
    let text = session.map_or_else(String::new, |session| {
        let wait = session.waiting_for.as_ref().map_or_else(String::new, |wait| {
            let on = wait.relation.as_deref().unwrap_or(&wait.kind);
            format!(" wants {} on {on}", wait.mode)
        });
        format!(" {}{wait}: {}", session.application, words::brief(&session.query, 60))
    });
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{indent}{}{text}", node.pid);
    for waiter in &node.waiters {
        draw(waiter, sessions, depth + 1, left, out);
    }
}

#[cfg(test)]
#[path = "lock_pile_up_tests.rs"]
mod tests;
