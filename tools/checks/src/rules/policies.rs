//! Policies that are checked more often than needed, that trust the caller, or that the
//! application is exempt from.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Policy, facts::Facts, words};

pub(crate) const PERMISSIVE: Rule = Rule {
    id: "multiple_permissive_policies",
    group: "security",
    severity: Severity::Low,
    summary: "Several permissive policies for one role and command are all evaluated for each row",
};

pub(crate) const METADATA: Rule = Rule {
    id: "policy_trusts_caller",
    group: "security",
    severity: Severity::High,
    summary: "A policy decides by data that the user can change about himself",
};

pub(crate) const OWNER: Rule = Rule {
    id: "rls_bypassed_by_owner",
    group: "security",
    severity: Severity::Medium,
    summary: "The application connects as the owner of tables with row level security: it does not hold for it",
};

const COMMANDS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
/// Fields of a token that its holder may set through the API.
const EDITABLE: [&str; 2] = ["user_metadata", "raw_user_meta_data"];

pub(crate) fn check_permissive(facts: &Facts<'_>) -> Vec<Finding> {
    let mut tables: BTreeMap<u32, Vec<&Policy>> = BTreeMap::new();
    for policy in facts.snapshot.policies.rows().iter().filter(|policy| policy.permissive) {
        tables.entry(policy.table).or_default().push(policy);
    }
    tables
        .into_values()
        .filter_map(|policies| {
            let rows = facts.total_rows(policies.first()?.table);
            if rows < facts.thresholds.stale_rows || !facts.table(policies.first()?.table)?.row_security {
                return None;
            }
            let roles: BTreeSet<&String> = policies.iter().flat_map(|policy| &policy.roles).collect();
            let (role, command, twice) = roles
                .iter()
                .flat_map(|role| COMMANDS.map(|command| (*role, command)))
                .map(|(role, command)| {
                    let apply = |policy: &&&Policy| {
                        (policy.roles.contains(role) || policy.roles.iter().any(|role| role == "public"))
                            && (policy.command == command || policy.command == "ALL")
                    };
                    (role, command, policies.iter().filter(apply).copied().collect::<Vec<&Policy>>())
                })
                .max_by_key(|(.., twice)| twice.len())
                .filter(|(.., twice)| twice.len() > 1)?;
            let table = policies.first()?.relation.to_string();
            let names = twice.iter().map(|policy| quote_ident(&policy.name)).collect::<Vec<_>>().join(", ");
            Some(
                Finding::new(
                    &PERMISSIVE,
                    Object::new(ObjectKind::Table, &table),
                    format!(
                        "{} on {table} ({} rows) evaluates {} policies for {}: {names}",
                        command,
                        words::rows(rows),
                        twice.len(),
                        quote_ident(role)
                    ),
                )
                .why("Permissive policies are joined by OR: each is computed for the rows that the others refuse, and OR hides indexes.")
                .evidence(Evidence::new("pg_policy", "policies", names))
                .evidence(Evidence::new("pg_policy", "role", role.as_str()))
                .fix(Fix::advice(FixKind::Migration, "Write them as one policy, its conditions joined by OR.")),
            )
        })
        .collect()
}

pub(crate) fn check_metadata(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .policies
        .rows()
        .iter()
        .filter_map(|policy| {
            let texts = [policy.using.as_deref(), policy.check.as_deref()];
            let field = EDITABLE.into_iter().find(|field| texts.iter().flatten().any(|text| text.contains(field)))?;
            let (table, name) = (policy.relation.to_string(), quote_ident(&policy.name));
            Some(
                Finding::new(
                    &METADATA,
                    Object::new(ObjectKind::Policy, format!("{table}.{name}")),
                    format!("policy {name} of {table} decides by {field}, which every user can set for himself"),
                )
                .why("Signing up or updating the own profile with another value is enough to pass the policy.")
                .evidence(Evidence::new("pg_policy", "using", policy.using.clone()))
                .evidence(Evidence::new("pg_policy", "check", policy.check.clone()))
                .fix(Fix::advice(
                    FixKind::Migration,
                    "Decide by data that only the server writes: app_metadata, or a table of memberships.",
                )),
            )
        })
        .collect()
}

pub(crate) fn check_owner(facts: &Facts<'_>) -> Vec<Finding> {
    let connected: BTreeSet<&str> = facts
        .sessions()
        .iter()
        .filter(|session| session.is_client())
        .filter_map(|session| session.user.as_deref())
        .collect();
    let mut owners: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for table in facts.snapshot.tables.rows() {
        // FORCE does not hold for a superuser, who connects to look after the database.
        let bypassed =
            table.row_security && !table.force_row_security && !table.owner_superuser && table.partition_of.is_none();
        if bypassed && connected.contains(table.owner.as_str()) {
            owners.entry(&table.owner).or_default().push(table.name.to_string());
        }
    }
    owners
        .into_iter()
        .filter_map(|(owner, tables)| {
            let first = tables.first()?.clone();
            let sessions = facts.sessions().iter().filter(|session| session.user.as_deref() == Some(owner)).count();
            let force = |verb: &str| {
                tables.iter().map(|table| format!("ALTER TABLE {table} {verb} ROW LEVEL SECURITY")).collect::<Vec<_>>()
            };
            Some(
                Finding::new(
                    &OWNER,
                    Object::new(ObjectKind::Table, &first),
                    format!(
                        "{} connected as {}, the owner of {} with row level security: the policies do not hold for them",
                        words::plural(sessions, "session is", "sessions are"),
                        quote_ident(owner),
                        words::plural(tables.len(), "table", "tables")
                    ),
                )
                .why("The owner of a table is exempt from its policies unless the table says FORCE.")
                .evidence(Evidence::new("pg_stat_activity", "sessions_of_owner", sessions))
                .evidence(Evidence::new("pg_class", "tables", tables.clone()))
                .evidence(Evidence::new("pg_class", "relforcerowsecurity", false))
                .fix(
                    Fix::sql(FixKind::SetOption, force("FORCE"))
                        .undo(force("NO FORCE"))
                        .lock("AccessExclusiveLock")
                        .transactional()
                        .notes("Better: let the application connect as a role that owns nothing."),
                ),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
