//! Rights that let one role act as another.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::quote_ident;

use crate::facts::Facts;

pub(crate) const RULE: Rule = Rule {
    id: "public_schema_create",
    group: "security",
    severity: Severity::Medium,
    summary: "Every role may create objects in the schema that everybody's search_path contains",
};

pub(crate) const DEFINER: Rule = Rule {
    id: "security_definer_search_path",
    group: "security",
    severity: Severity::Medium,
    summary: "A SECURITY DEFINER function resolves names by the caller's search_path",
};

pub(crate) const PASSWORDS: Rule = Rule {
    id: "password_encryption_md5",
    group: "security",
    severity: Severity::Low,
    summary: "New passwords are stored as md5, which is easy to break and can be replayed",
};

/// The first major whose initdb no longer grants this.
const REVOKED_SINCE: i32 = 15;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let by_default = facts.server().is_some_and(|server| server.major() < REVOKED_SINCE);
    facts
        .snapshot
        .schema_grants
        .rows()
        .iter()
        .filter(|grant| grant.public_create)
        .map(|grant| {
            let schema = quote_ident(&grant.schema);
            // The default of old versions is a smaller surprise than a grant that somebody made.
            let severity = if by_default && grant.schema == "public" { Severity::Low } else { RULE.severity };
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Setting, format!("schema {}", grant.schema)),
                format!("PUBLIC may create objects in schema {schema}"),
            )
            .severity(severity)
            .why("A function or table placed there can take the place of one that another role's statement names.")
            .evidence(Evidence::new("pg_namespace", "public_create", true))
            .fix(
                Fix::sql(FixKind::SetOption, [format!("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC")])
                    .undo([format!("GRANT CREATE ON SCHEMA {schema} TO PUBLIC")])
                    .transactional()
                    .notes("Grant CREATE to the role that runs the migrations."),
            )
        })
        .collect()
}

pub(crate) fn check_definer(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .definer_functions
        .rows()
        .iter()
        .filter(|function| !function.fixed_search_path && function.public_execute)
        .map(|function| {
            let name = format!("{}({})", function.function, function.arguments);
            let (owner, severity) = if function.owner_superuser {
                (format!("superuser {}", function.owner), Severity::High)
            } else {
                (function.owner.clone(), DEFINER.severity)
            };
            Finding::new(
                &DEFINER,
                Object::new(ObjectKind::Function, &name),
                format!("{name} runs with the rights of {owner} for everybody, but with the caller's search_path"),
            )
            .severity(severity)
            .why("A caller puts a schema with a function or operator of the same name first and runs code as the owner.")
            .evidence(Evidence::new("pg_proc", "prosecdef", true))
            .evidence(Evidence::new("pg_proc", "owner", function.owner.clone()))
            .fix(
                Fix::sql(
                    FixKind::SetOption,
                    [format!("ALTER FUNCTION {name} SET search_path = pg_catalog, pg_temp")],
                )
                .undo([format!("ALTER FUNCTION {name} RESET search_path")])
                .transactional()
                .notes("Name every object in its body with its schema, or add the schemas it needs to the list."),
            )
        })
        .collect()
}

pub(crate) fn check_passwords(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(method) = facts.settings().and_then(|settings| settings.text("password_encryption")) else {
        return Vec::new();
    };
    // Before 10 the setting was a flag, where on meant md5.
    if !matches!(method, "md5" | "on") {
        return Vec::new();
    }
    // Up to 13 md5 is simply the default.
    let by_default = facts.server().is_some_and(|server| server.major() < 14);
    vec![
        Finding::new(
            &PASSWORDS,
            Object::new(ObjectKind::Setting, "password_encryption"),
            "password_encryption is md5: new passwords are stored in a form that is easy to break",
        )
        .severity(if by_default { Severity::Info } else { PASSWORDS.severity })
        .why("The stored hash alone is enough to log in, and md5 is computed billions of times a second.")
        .evidence(Evidence::new("pg_settings", "password_encryption", method))
        .fix(super::alter_system("password_encryption", "'scram-sha-256'")),
    ]
}

#[cfg(test)]
#[path = "privileges_tests.rs"]
mod tests;
