//! The rules: one file each, closely related ones together.
//!
//! The table below is the only place that names them all; a rule's id, group, severity and
//! summary stand beside its check.

use dbwright_finding::Rule;

use crate::{Session, engine::Check, words};

macro_rules! rules {
    ($($module:ident: $($rule:ident => $check:ident),+;)+) => {
        $(mod $module;)+

        /// Every rule of this crate, in the order of a report.
        pub const RULES: &[&Rule] = &[$($(&$module::$rule,)+)+];

        /// Every rule with its check.
        pub(crate) const CHECKS: &[Check] =
            &[$($(Check { rule: &$module::$rule, run: $module::$check },)+)+];
    };
}

rules! {
    lock_pile_up: RULE => check;
    deadlocks: RULE => check;
    connections: RULE => check, LIMIT => check_limit;
    idle_in_transaction: RULE => check;
    long_transaction: RULE => check, QUERY => check_query;
    prepared_transaction: RULE => check;
}

/// `session 4711 (shop-worker, idle in transaction for 12 min)`.
pub(crate) fn describe_session(session: &Session) -> String {
    let application =
        if session.application.is_empty() { session.user.as_deref() } else { Some(&*session.application) };
    let state = session.state.as_deref().unwrap_or(&session.backend_type);
    let age = session.state_age_s.or(session.query_age_s);
    let mut parts: Vec<String> = application.map(str::to_owned).into_iter().collect();
    parts.push(match age {
        Some(age) => format!("{state} for {}", words::seconds(age)),
        None => state.to_owned(),
    });
    format!("session {} ({})", session.pid, parts.join(", "))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
