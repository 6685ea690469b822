//! From a finding to an action, or to the reason why a person must carry it out.

use dbwright_finding::{Finding, Fix, FixKind};
use dbwright_sql::{classify, parse};
use serde_json::Value;

use super::{error::ActionError, judge::named_session, plan::ActionPlan};

/// Statements measured for one finding.
const MOST_MEASURED: usize = 8;

/// The action of a finding's fix on the database called `database`. `measure` is put before what
/// the finding itself names.
///
/// # Errors
/// [`ActionError`] where the fix is words, code, a migration, for Redis, or no direct action.
pub fn plan_of(finding: &Finding, database: &str, measure: Vec<String>) -> Result<ActionPlan, ActionError> {
    let nothing = |why: &str| Err(ActionError::Nothing(why.to_owned()));
    let Some(fix) = &finding.fix else { return nothing("the finding has no fix") };
    match fix.kind {
        FixKind::Code => return nothing("its fix is in the application's code"),
        FixKind::Migration => return nothing("its fix is a migration: `dbwright migrate new …` writes one"),
        FixKind::RewriteQuery => return nothing("its fix is another form of the statement, in the application's code"),
        FixKind::RedisConfig | FixKind::RedisData => {
            return nothing("its fix is for Redis, which is not changed from here: apply it yourself with redis-cli");
        }
        FixKind::None => return nothing("its fix is not one that can be run from here"),
        FixKind::CreateIndex
        | FixKind::DropIndex
        | FixKind::Analyze
        | FixKind::CreateStatistics
        | FixKind::SetOption
        | FixKind::Vacuum
        | FixKind::TerminateSession => {}
    }
    if fix.statements.is_empty() {
        return nothing("its fix is advice without statements");
    }
    let mut measure = measure;
    for statement in statements_of(finding) {
        if measure.len() < MOST_MEASURED && !measure.contains(&statement) {
            measure.push(statement);
        }
    }
    ActionPlan::new(database, &fix.statements, &fix.undo, measure)
}

/// The process ids that a fix would end. Their backends' starts must be looked up before the fix
/// can become an action: see [`with_backend_start`].
pub fn sessions_of(fix: &Fix) -> Vec<i32> {
    fix.statements.iter().filter_map(|sql| Some(named_session(parse(sql).ok()?.one().ok()?)?.0)).collect()
}

/// The fix with the one session that it ends named exactly.
#[must_use]
pub fn with_backend_start(fix: &Fix, pid: i32, backend_start: &str) -> Fix {
    let exact = |sql: &String| {
        let session = parse(sql).ok().and_then(|parsed| named_session(parsed.one().ok()?));
        match session {
            Some((named, terminate)) if named == pid => super::judge::render_session(pid, backend_start, terminate),
            _ => sql.clone(),
        }
    };
    Fix { statements: fix.statements.iter().map(exact).collect(), ..fix.clone() }
}

/// Whole statements among the evidence that only read: the ones that the finding is about.
fn statements_of(finding: &Finding) -> Vec<String> {
    let mut found = Vec::new();
    for evidence in &finding.evidence {
        let Value::String(text) = &evidence.value else { continue };
        // What was shortened for people does not parse, or is another statement than it was.
        let whole = !text.ends_with('…') && text.split_whitespace().count() > 2;
        if whole
            && !found.contains(text)
            && classify(text).is_ok_and(|class| {
                class.kind == dbwright_sql::StatementKind::Select && !class.writes && !class.locks_rows
            })
        {
            found.push(text.clone());
        }
    }
    found
}

#[cfg(test)]
#[path = "fix_tests.rs"]
mod tests;
