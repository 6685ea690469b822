//! Runs the rules over a chain of scripts.

use std::collections::BTreeSet;

use dbwright_finding::{Finding, Location, Object, ObjectKind, Severity};
use dbwright_sql::{SqlError, StatementText, fingerprint, parse, split};

use crate::lower::operations;
use crate::operation::Operation;
use crate::rules;
use crate::site::{HazardRule, Site};
use crate::state::State;
use crate::suppress::{self, Suppression};
use crate::{Context, Script};

/// Judges scripts in the order in which they will run. Objects that an earlier script (or an
/// earlier statement) made are in nobody's use and give no hazard.
///
/// The result is ordered by script and line.
pub fn lint(scripts: &[Script], context: &Context) -> Vec<Finding> {
    let mut state = State::default();
    scripts.iter().flat_map(|script| lint_script(script, context, &mut state)).collect()
}

/// Judges scripts that are deployed one after the other: what an earlier script made is in use by
/// the time the next one runs. For the migrations of a repository, where nobody knows which ones
/// will reach a database together.
///
/// The result is ordered by script and line.
pub fn lint_in_turn(scripts: &[Script], context: &Context) -> Vec<Finding> {
    let mut state = State::default();
    let mut findings = Vec::new();
    for script in scripts {
        findings.extend(lint_script(script, context, &mut state));
        state.deploy();
    }
    findings
}

fn lint_script(script: &Script, context: &Context, state: &mut State) -> Vec<Finding> {
    let statements = match split(&script.sql) {
        Ok(statements) => statements,
        Err(error) => return vec![unreadable(script, None, &error)],
    };
    let suppressions: Vec<Suppression> = suppress::find(&script.sql);
    let mut run = Run { script, context, findings: Vec::new(), fired: BTreeSet::new() };
    state.begin_script(script.transactional, statements.len());
    let mut previous_end = 0;
    let read: Vec<Read<'_>> = statements.iter().map(Read::new).collect();
    let all: Vec<Operation> = read.iter().flat_map(|read| read.operations.clone()).collect();
    let mut done = 0;
    for read in &read {
        let (first, end) = (read.statement.line, last_line(read.statement));
        let suppressed = |rule: &str| suppress::covers(&suppressions, rule, previous_end, first, end);
        done += read.operations.len();
        run.statement(read, all.get(done..).unwrap_or_default(), state, &suppressed);
        previous_end = end;
    }
    state.end_script();
    run.findings
}

/// A statement with what it does, or why it could not be read.
struct Read<'a> {
    statement: &'a StatementText<'a>,
    fingerprint: String,
    operations: Vec<Operation>,
    error: Option<SqlError>,
}

impl<'a> Read<'a> {
    fn new(statement: &'a StatementText<'a>) -> Self {
        let (operations, error) = match parse(statement.text) {
            Ok(parsed) => (parsed.statements().flat_map(|parsed| operations(parsed.node)).collect(), None),
            Err(SqlError::Empty) => (Vec::new(), None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Self { statement, fingerprint: fingerprint(statement.text).unwrap_or_default(), operations, error }
    }
}

/// The findings of one script so far.
struct Run<'a> {
    script: &'a Script,
    context: &'a Context,
    findings: Vec<Finding>,
    fired: BTreeSet<&'static str>,
}

impl<'a> Run<'a> {
    fn statement(
        &mut self,
        read: &Read<'a>,
        later: &[Operation],
        state: &mut State,
        suppressed: &dyn Fn(&str) -> bool,
    ) {
        let before = self.findings.len();
        if let Some(error) = &read.error {
            self.findings.push(unreadable(self.script, Some(read.statement), error));
        }
        for operation in &read.operations {
            let site = Site {
                script: self.script,
                statement: *read.statement,
                fingerprint: &read.fingerprint,
                operation,
                later,
                state,
                context: self.context,
            };
            for rule in rules::TABLE {
                self.judge(rule, &site, suppressed);
            }
            state.apply(operation, self.context);
        }
        if let Some(found) = self.findings.get_mut(before..) {
            say_once(found);
        }
    }

    fn judge(&mut self, rule: &'static HazardRule, site: &Site<'_>, suppressed: &dyn Fn(&str) -> bool) {
        if suppressed(rule.rule.id) || (rule.once && self.fired.contains(rule.rule.id)) {
            return;
        }
        if let Some(finding) = (rule.check)(site) {
            self.fired.insert(rule.rule.id);
            // One statement may do the same thing to one object twice (two columns of one type).
            if !self.findings.iter().any(|known| known.id == finding.id && known.title == finding.title) {
                self.findings.push(finding);
            }
        }
    }
}

/// The statement as it stands is no remedy where another finding about it replaces it.
fn say_once(found: &mut [Finding]) {
    let waits = |finding: &Finding| finding.rule == rules::missing_lock_timeout::RULE.rule.id;
    let replaces = |finding: &Finding| finding.fix.as_ref().is_some_and(|fix| !fix.statements.is_empty());
    if found.iter().any(|finding| !waits(finding) && replaces(finding)) {
        for fix in found.iter_mut().filter(|finding| waits(finding)).filter_map(|finding| finding.fix.as_mut()) {
            fix.statements.truncate(1);
        }
    }
}

fn last_line(statement: &StatementText<'_>) -> u32 {
    let breaks = statement.text.bytes().filter(|byte| *byte == b'\n').count();
    statement.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX))
}

/// A script or statement that the grammar refuses: the migration would stop there.
fn unreadable(script: &Script, statement: Option<&StatementText<'_>>, error: &SqlError) -> Finding {
    let first = statement.map_or((1, 1), |statement| (statement.line, statement.column));
    let (line, column) = match error {
        SqlError::Syntax { line: 1, column, .. } => (first.0, first.1 + column - 1),
        SqlError::Syntax { line, column, .. } => (first.0 + line - 1, *column),
        _ => first,
    };
    let message = error.to_string();
    let words = match error {
        SqlError::Syntax { message, .. } => message.as_str(),
        _ => message.as_str(),
    };
    let severity = if matches!(error, SqlError::Syntax { .. }) { Severity::High } else { Severity::Medium };
    Finding::new(
        &rules::INVALID_SQL,
        Object::new(ObjectKind::Migration, script.path.clone()),
        format!("{} cannot be read as SQL: {words}", script.path),
    )
    .severity(severity)
    .why("The server's own grammar (PostgreSQL 18) refuses the statement, so the migration stops here; the rules did not see it.")
    .at_occurrence(Location { file: script.path.clone(), line, column }, words)
}

/// The rules, for `--rules` tables and documentation.
pub fn hazard_rules() -> &'static [&'static HazardRule] {
    rules::TABLE
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
