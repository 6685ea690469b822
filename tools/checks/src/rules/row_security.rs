//! Row level security that is off, slow, or open.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Policy, TableKind, expression, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "policy_without_rls",
    group: "security",
    severity: Severity::High,
    summary: "A table has policies, but row level security is off: they protect nothing",
};

pub(crate) const NO_POLICY: Rule = Rule {
    id: "rls_without_policy",
    group: "security",
    severity: Severity::Low,
    summary: "Row level security is on without a policy: nobody but the owner sees a row",
};

pub(crate) const PER_ROW: Rule = Rule {
    id: "policy_function_per_row",
    group: "security",
    severity: Severity::Medium,
    summary: "A policy calls a function for each row that a query touches",
};

pub(crate) const NO_INDEX: Rule = Rule {
    id: "policy_column_without_index",
    group: "security",
    severity: Severity::Medium,
    summary: "A policy filters by a column that no index starts with: every query reads the whole table",
};

pub(crate) const OPEN: Rule = Rule {
    id: "policy_always_true",
    group: "security",
    severity: Severity::Medium,
    summary: "A policy lets everybody change every row",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for policy in facts.snapshot.policies.rows() {
        let Some(table) = facts.table(policy.table).filter(|table| !table.row_security) else { continue };
        let name = table.name.to_string();
        // One finding for a table, however many policies it has.
        if findings.last().is_some_and(|last| last.object.name == name) {
            continue;
        }
        let count = facts.snapshot.policies.rows().iter().filter(|other| other.table == policy.table).count();
        findings.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Table, &name),
                format!(
                    "{name} has {} but row level security is off: every row is open to whoever may read the table",
                    words::plural(count, "policy", "policies")
                ),
            )
            .why("CREATE POLICY alone does nothing until the table is told to enforce policies.")
            .evidence(Evidence::new("pg_policy", "policies", count))
            .evidence(Evidence::new("pg_class", "relrowsecurity", false))
            .fix(
                Fix::sql(FixKind::SetOption, [format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")])
                    .undo([format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")])
                    .lock("AccessExclusiveLock")
                    .transactional()
                    .notes("Try it with the application's role first: rows that no policy allows disappear at once."),
            ),
        );
    }
    findings
}

pub(crate) fn check_no_policy(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.snapshot.policies.get().is_none() {
        return Vec::new();
    }
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| table.row_security && table.kind != TableKind::MaterializedView && table.partition_of.is_none())
        .filter(|table| !facts.snapshot.policies.rows().iter().any(|policy| policy.table == table.oid))
        .map(|table| {
            let name = table.name.to_string();
            Finding::new(
                &NO_POLICY,
                Object::new(ObjectKind::Table, &name),
                format!("{name} has row level security on and no policy: every role but its owner sees it empty"),
            )
            .evidence(Evidence::new("pg_policy", "policies", 0))
            .fix(Fix::advice(FixKind::None, "Fine where only the owner should read it; else create a policy."))
        })
        .collect()
}

pub(crate) fn check_per_row(facts: &Facts<'_>) -> Vec<Finding> {
    facts.snapshot.policies.rows().iter().filter_map(|policy| per_row(facts, policy)).collect()
}

fn per_row(facts: &Facts<'_>, policy: &Policy) -> Option<Finding> {
    let rows = facts.total_rows(policy.table);
    let (call, function) = [&policy.using, &policy.check]
        .into_iter()
        .flatten()
        .flat_map(|expression| expression::calls_per_row(expression))
        .filter_map(|call| {
            let function = policy.functions.iter().find(|function| {
                function.name == call.name && call.schema.as_ref().is_none_or(|schema| *schema == function.schema)
            })?;
            (function.volatility != "immutable").then_some((call, function))
        })
        .max_by_key(|(_, function)| function.volatility == "volatile")?;
    let volatile = function.volatility == "volatile";
    let large = rows >= facts.thresholds.stale_rows;
    let severity = match (volatile, large) {
        (true, true) => Severity::High,
        (true, false) | (false, true) => PER_ROW.severity,
        (false, false) => Severity::Low,
    };
    let table = policy.relation.to_string();
    let text = call.text();
    let name = quote_ident(&policy.name);
    let cost = if volatile {
        "VOLATILE, so it runs for each row and no index can serve the condition"
    } else {
        "STABLE, but it runs for each row that is filtered"
    };
    let notes = if call.uses_columns {
        format!("{text} takes a column, so it cannot be lifted out: compare the column with a value instead.")
    } else if volatile {
        format!("Declare the function STABLE if it only reads, and write (SELECT {text}) in the policy: then it runs once.")
    } else {
        format!("Write (SELECT {text}) in the policy: then it runs once for each query.")
    };
    Some(
        Finding::new(
            &PER_ROW,
            Object::new(ObjectKind::Policy, format!("{table}.{name}")),
            format!("policy {name} of {table} ({} rows) calls {text}, which is {cost}", words::rows(rows)),
        )
        .severity(severity)
        .why("The condition of a policy is added to every query on the table.")
        .evidence(Evidence::new("pg_proc", "provolatile", function.volatility.clone()))
        .evidence(Evidence::new("pg_policy", "expression", policy.using.clone().or_else(|| policy.check.clone())))
        .evidence(Evidence::new("pg_class", "rows", rows.round()))
        .fix(Fix::advice(FixKind::Code, notes)),
    )
}

pub(crate) fn check_no_index(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.snapshot.indexes.get().is_none() {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = Vec::new();
    for policy in facts.snapshot.policies.rows() {
        let rows = facts.total_rows(policy.table);
        let Some(using) = policy.using.as_deref().filter(|_| rows >= facts.thresholds.stale_rows) else { continue };
        let columns: Vec<String> = expression::compared_columns(using)
            .into_iter()
            .filter(|column| facts.column(policy.table, column).is_some())
            .collect();
        let indexed = |column: &String| {
            facts.indexes(policy.table).iter().any(|index| index.valid && index.leading_column() == Some(column))
        };
        let Some(column) = columns.first().filter(|_| !columns.iter().any(indexed)) else { continue };
        let table = policy.relation.to_string();
        let object = Object::new(ObjectKind::Table, &table).columns([column]);
        if findings.iter().any(|known| known.object == object) {
            continue;
        }
        findings.push(
            Finding::new(
                &NO_INDEX,
                object,
                format!(
                    "policy {} filters {table} ({} rows) by {}, which no index starts with",
                    quote_ident(&policy.name),
                    words::rows(rows),
                    quote_ident(column)
                ),
            )
            .why("The policy's condition is part of every query; without an index each of them reads the whole table.")
            .evidence(Evidence::new("pg_policy", "expression", using))
            .evidence(Evidence::new("pg_class", "rows", rows.round()))
            .fix(
                Fix::sql(
                    FixKind::CreateIndex,
                    [format!("CREATE INDEX CONCURRENTLY ON {table} ({})", quote_ident(column))],
                )
                .lock("ShareUpdateExclusiveLock")
                .notes("Better still: put the column first in the indexes that the queries already use."),
            ),
        );
    }
    findings
}

pub(crate) fn check_open(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .policies
        .rows()
        .iter()
        .filter(|policy| policy.permissive && policy.command != "SELECT" && policy.command != "INSERT")
        .filter(|policy| policy.using.as_deref() == Some("true") && policy.roles.iter().any(|role| role == "public"))
        .map(|policy| {
            let table = policy.relation.to_string();
            let name = quote_ident(&policy.name);
            Finding::new(
                &OPEN,
                Object::new(ObjectKind::Policy, format!("{table}.{name}")),
                format!("policy {name} of {table} allows {} on every row to everybody", policy.command),
            )
            .why("Permissive policies are joined by OR: one that is always true switches the others off.")
            .evidence(Evidence::new("pg_policy", "expression", "true"))
            .evidence(Evidence::new("pg_policy", "roles", policy.roles.join(", ")))
            .fix(
                Fix::sql(FixKind::Migration, [format!("DROP POLICY {name} ON {table}")])
                    .undo([format!(
                        "CREATE POLICY {name} ON {table} AS PERMISSIVE FOR {} TO public USING (true)",
                        policy.command
                    )])
                    .lock("AccessExclusiveLock")
                    .transactional(),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "row_security_tests.rs"]
mod tests;
