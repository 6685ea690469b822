//! What the roles that an API hands to its callers can reach past row level security.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::{Grant, TableKind, ViewKind, facts::Facts};

pub(crate) const RULE: Rule = Rule {
    id: "exposed_table_without_rls",
    group: "security",
    severity: Severity::High,
    summary: "A role of the API may use a table that has no row level security: every caller sees every row",
};

pub(crate) const SENSITIVE: Rule = Rule {
    id: "sensitive_column_exposed",
    group: "security",
    severity: Severity::High,
    summary: "A column with secrets or identities is open to every caller of the API",
};

pub(crate) const COPIES: Rule = Rule {
    id: "exposed_relation_without_rls",
    group: "security",
    severity: Severity::Medium,
    summary: "Materialized views and foreign tables cannot have row level security, yet a role of the API reads one",
};

pub(crate) const VIEW: Rule = Rule {
    id: "view_bypasses_rls",
    group: "security",
    severity: Severity::High,
    summary: "A view reads tables with its owner's rights: their row level security does not hold for who reads it",
};

pub(crate) const FUNCTION: Rule = Rule {
    id: "exposed_definer_function",
    group: "security",
    severity: Severity::Medium,
    summary: "A role of the API may call a function that runs with its owner's rights",
};

/// Words in the name of a column that holds what nobody else should read.
const SENSITIVE_WORDS: &[&str] = &[
    "password",
    "passwd",
    "password_hash",
    "secret",
    "api_key",
    "access_token",
    "refresh_token",
    "private_key",
    "ssn",
    "social_security",
    "credit_card",
    "card_number",
    "cvv",
    "iban",
    "passport",
    "tax_id",
    "totp",
];

/// Grants to the roles that an API gives to whoever calls it.
fn exposed<'a>(facts: &Facts<'_>, grants: &'a [Grant]) -> Vec<&'a Grant> {
    grants.iter().filter(|grant| facts.thresholds.exposed_roles.contains(&grant.role)).collect()
}

fn role_list(grants: &[&Grant]) -> String {
    grants.iter().map(|grant| quote_ident(&grant.role)).collect::<Vec<_>>().join(", ")
}

/// Whether one of the exposed roles may look up names in a schema.
fn reachable(facts: &Facts<'_>, schema: &str) -> bool {
    facts.snapshot.schema_grants.rows().iter().any(|grant| {
        grant.schema == schema
            && grant.usage.iter().any(|role| role == "public" || facts.thresholds.exposed_roles.contains(role))
    })
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .tables
        .rows()
        .iter()
        .filter(|table| !table.row_security && table.kind != TableKind::MaterializedView)
        // A partition is reached through its own grants only when somebody gave it some.
        .filter(|table| reachable(facts, &table.name.schema))
        .filter_map(|table| {
            let grants = exposed(facts, &table.grants);
            if grants.is_empty() {
                return None;
            }
            let write = grants.iter().any(|grant| grant.write);
            let name = table.name.to_string();
            let roles = role_list(&grants);
            Some(
                Finding::new(
                    &RULE,
                    Object::new(ObjectKind::Table, &name),
                    format!(
                        "{roles} may {} every row of {name}: row level security is off",
                        if write { "change" } else { "read" }
                    ),
                )
                .severity(if write { RULE.severity } else { Severity::Medium })
                .why("Whoever calls the API gets one of these roles; without policies the grant is all that decides.")
                .evidence(Evidence::new("pg_class", "relrowsecurity", false))
                .evidence(Evidence::new("pg_class", "granted_to", roles))
                .fix(
                    Fix::sql(FixKind::SetOption, [format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")])
                        .undo([format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")])
                        .lock("AccessExclusiveLock")
                        .transactional()
                        .notes("Create the policies in the same transaction: without one these roles see no row."),
                ),
            )
        })
        .collect()
}

pub(crate) fn check_sensitive(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in facts.snapshot.tables.rows().iter().filter(|table| !table.row_security) {
        let open: Vec<&Grant> = table
            .grants
            .iter()
            .filter(|grant| grant.read)
            .filter(|grant| grant.role == "public" || facts.thresholds.exposed_roles.contains(&grant.role))
            .collect();
        if open.is_empty() || !reachable(facts, &table.name.schema) {
            continue;
        }
        for column in facts.columns(table.oid).iter().filter(|column| is_sensitive(&column.name)) {
            let name = table.name.to_string();
            let roles = role_list(&open);
            let quoted = quote_ident(&column.name);
            findings.push(
                Finding::new(
                    &SENSITIVE,
                    Object::new(ObjectKind::Column, &name).columns([&column.name]),
                    format!("{roles} may read {quoted} of every row of {name}"),
                )
                .why("The grant is on the whole table and no policy narrows the rows.")
                .evidence(Evidence::new("pg_class", "granted_to", roles))
                .evidence(Evidence::new("pg_class", "relrowsecurity", false))
                .fix(Fix::advice(
                    FixKind::Migration,
                    format!(
                        "Revoke SELECT on {name} from these roles and grant it on the other columns only, or enable row \
                         level security."
                    ),
                )),
            );
        }
    }
    findings
}

fn is_sensitive(column: &str) -> bool {
    let column = column.to_lowercase();
    SENSITIVE_WORDS.iter().any(|word| column == *word || column.ends_with(&format!("_{word}")))
}

pub(crate) fn check_copies(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .views
        .rows()
        .iter()
        .filter(|view| view.kind != ViewKind::View && reachable(facts, &view.name.schema))
        .filter_map(|view| {
            let grants = exposed(facts, &view.grants);
            if grants.is_empty() {
                return None;
            }
            let what = if view.kind == ViewKind::Foreign { "foreign table" } else { "materialized view" };
            let (name, roles) = (view.name.to_string(), role_list(&grants));
            Some(
                Finding::new(
                    &COPIES,
                    Object::new(ObjectKind::Table, &name),
                    format!("{roles} may read every row of the {what} {name}, which cannot have row level security"),
                )
                .why("Its rows were read with other rights than the caller's, and no policy can narrow them.")
                .evidence(Evidence::new("pg_class", "granted_to", roles.clone()))
                .fix(
                    Fix::sql(FixKind::SetOption, [format!("REVOKE SELECT ON {name} FROM {roles}")])
                        .undo([format!("GRANT SELECT ON {name} TO {roles}")])
                        .lock("AccessShareLock")
                        .transactional()
                        .notes("Offer a view or function that narrows the rows to the caller's own instead."),
                ),
            )
        })
        .collect()
}

pub(crate) fn check_view(facts: &Facts<'_>) -> Vec<Finding> {
    let major = facts.server().map_or(0, crate::Server::major);
    facts
        .snapshot
        .views
        .rows()
        .iter()
        .filter(|view| view.kind == ViewKind::View && !view.security_invoker)
        .filter_map(|view| {
            let first = view.bypassed.first()?;
            let readers: Vec<&Grant> = view.grants.iter().filter(|grant| grant.read).collect();
            if readers.is_empty() {
                return None;
            }
            let open = readers.iter().any(|grant| {
                grant.role == "public" || facts.thresholds.exposed_roles.contains(&grant.role)
            });
            let name = view.name.to_string();
            let fix = if major >= 15 {
                Fix::sql(FixKind::SetOption, [format!("ALTER VIEW {name} SET (security_invoker = true)")])
                    .undo([format!("ALTER VIEW {name} RESET (security_invoker)")])
                    .lock("AccessExclusiveLock")
                    .transactional()
                    .notes("Its readers then need their own rights on the tables. Leave it where showing all rows is its purpose.")
            } else {
                Fix::advice(
                    FixKind::Migration,
                    "Give the view to an owner without BYPASSRLS that does not own the tables, and policies for that owner.",
                )
            };
            Some(
                Finding::new(
                    &VIEW,
                    Object::new(ObjectKind::Table, &name),
                    format!("view {name} shows {} every row of {first} past its policies", role_list(&readers)),
                )
                .severity(if open { VIEW.severity } else { Severity::Medium })
                .why(format!(
                    "A view runs with the rights of its owner {}, for whom row level security does not hold.",
                    quote_ident(&view.owner)
                ))
                .evidence(Evidence::new("pg_class", "security_invoker", false))
                .evidence(Evidence::new("pg_rewrite", "tables_with_policies", view.bypassed.clone()))
                .fix(fix),
            )
        })
        .collect()
}

pub(crate) fn check_function(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .definer_functions
        .rows()
        .iter()
        .filter(|function| {
            // Through PUBLIC only where a role of the API is in use in that schema.
            let api_here = facts.snapshot.schema_grants.rows().iter().any(|grant| {
                grant.schema == function.function.schema
                    && grant.usage.iter().any(|role| facts.thresholds.exposed_roles.contains(role))
            });
            let granted = function.executable_by.iter().any(|role| facts.thresholds.exposed_roles.contains(role));
            api_here && (granted || function.public_execute)
        })
        .map(|function| {
            let name = format!("{}({})", function.function, function.arguments);
            Finding::new(
                &FUNCTION,
                Object::new(ObjectKind::Function, &name),
                format!("every caller of the API may run {name} with the rights of {}", quote_ident(&function.owner)),
            )
            .severity(if function.owner_superuser { Severity::High } else { FUNCTION.severity })
            .why("The function reads and writes past the policies and grants that hold for its caller.")
            .evidence(Evidence::new("pg_proc", "prosecdef", true))
            .evidence(Evidence::new("pg_proc", "public_execute", function.public_execute))
            .evidence(Evidence::new("pg_proc", "executable_by", function.executable_by.join(", ")))
            .fix(
                Fix::sql(FixKind::SetOption, [format!("REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")])
                    .undo([format!("GRANT EXECUTE ON FUNCTION {name} TO PUBLIC")])
                    .transactional()
                    .notes("Revoke it from the roles of the API as well, unless checking the caller is what it does."),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "exposure_tests.rs"]
mod tests;
