//! Runs the rules over a snapshot.

use std::collections::{BTreeMap, HashSet};

use dbwright_finding::{Finding, Rule};

use crate::{Group, Probe, Snapshot, Thresholds, facts::Facts, rules::CHECKS};

/// One rule with its check.
pub(crate) struct Check {
    /// The declaration.
    pub(crate) rule: &'static Rule,
    /// The check: silent when the parts that it needs are missing.
    pub(crate) run: fn(&Facts<'_>) -> Vec<Finding>,
}

/// Runs every rule. Findings come most severe first, then in the order of the rules.
pub fn run(snapshot: &Snapshot, thresholds: &Thresholds) -> Vec<Finding> {
    run_checks(snapshot, thresholds, |_| true)
}

/// Runs the rules of one group.
pub fn run_group(snapshot: &Snapshot, thresholds: &Thresholds, group: Group) -> Vec<Finding> {
    run_checks(snapshot, thresholds, |rule| rule.group == group.as_str())
}

fn run_checks(snapshot: &Snapshot, thresholds: &Thresholds, wanted: impl Fn(&Rule) -> bool) -> Vec<Finding> {
    let facts = Facts::new(snapshot, thresholds);
    let mut findings: Vec<Finding> =
        CHECKS.iter().filter(|check| wanted(check.rule)).flat_map(|check| (check.run)(&facts)).collect();
    // Two constraints of one kind on the same columns are one problem.
    let mut seen = HashSet::new();
    findings.retain(|finding| seen.insert(finding.id.clone()));
    // Stable: within a severity the order of rules, and each rule's own order, stays.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

/// Keeps the first `per_rule` findings of each rule and says how many were left out.
pub fn cap(findings: Vec<Finding>, per_rule: usize) -> (Vec<Finding>, Vec<String>) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let kept = findings
        .into_iter()
        .filter(|finding| {
            let count = seen.entry(finding.rule.clone()).or_default();
            *count += 1;
            *count <= per_rule
        })
        .collect();
    let omitted = seen
        .into_iter()
        .filter(|(_, count)| *count > per_rule)
        .map(|(rule, count)| format!("{rule}: {} more findings of this rule are not listed", count - per_rule))
        .collect();
    (kept, omitted)
}

/// What was asked for and could not be looked at, one sentence each.
pub fn gaps(snapshot: &Snapshot) -> Vec<String> {
    fn gap<T>(part: &str, probe: &Probe<T>) -> Option<String> {
        probe.reason().map(|reason| format!("{part}: {reason}"))
    }
    let Snapshot {
        server,
        settings,
        sessions,
        progress,
        prepared,
        slots,
        standbys,
        subscriptions,
        archiver,
        checkpoints,
        file_errors,
        overrides,
        shared_io,
        slru,
        databases,
        tables,
        indexes,
        columns,
        constraints,
        sequences,
        policies,
        definer_functions,
        views,
        schema_grants,
        extensions,
        collations,
        statements,
        notes,
    } = snapshot;
    [
        gap("server", server),
        gap("settings", settings),
        gap("sessions and locks", sessions),
        gap("running maintenance", progress),
        gap("prepared transactions", prepared),
        gap("replication slots", slots),
        gap("standbys", standbys),
        gap("subscriptions", subscriptions),
        gap("archiver", archiver),
        gap("checkpoints", checkpoints),
        gap("configuration files", file_errors),
        gap("settings of roles and databases", overrides),
        gap("reads and writes of the server", shared_io),
        gap("small caches", slru),
        gap("databases", databases),
        gap("tables", tables),
        gap("indexes", indexes),
        gap("columns", columns),
        gap("constraints", constraints),
        gap("sequences", sequences),
        gap("policies", policies),
        gap("security definer functions", definer_functions),
        gap("views", views),
        gap("schema grants", schema_grants),
        gap("extensions", extensions),
        gap("collations", collations),
        gap("statements", statements),
    ]
    .into_iter()
    .flatten()
    .chain(notes.iter().cloned())
    .collect()
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
