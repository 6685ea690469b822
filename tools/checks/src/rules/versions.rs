//! Software that is behind: the server's major, extensions, collation libraries.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::{quote_ident, quote_literal};

use crate::{calendar, facts::Facts};

pub(crate) const RULE: Rule = Rule {
    id: "server_end_of_life",
    group: "schema",
    severity: Severity::Medium,
    summary: "The major version gets no more fixes",
};

pub(crate) const EXTENSION: Rule = Rule {
    id: "extension_update",
    group: "schema",
    severity: Severity::Info,
    summary: "A newer version of an extension is installed on the server but not in the database",
};

pub(crate) const COLLATION: Rule = Rule {
    id: "collation_version_mismatch",
    group: "schema",
    severity: Severity::High,
    summary: "The library sorts differently than when text indexes were built: they may miss rows",
};

/// Half a year: a major upgrade takes about that long to prepare.
const NOTICE_S: i64 = 180 * 86_400;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(server) = facts.server() else { return Vec::new() };
    let Some((date, end)) = calendar::end_of_life(server.major()) else { return Vec::new() };
    let left = end - server.unix_time;
    if left > NOTICE_S {
        return Vec::new();
    }
    let major = server.major();
    let (title, severity) = if left <= 0 {
        (format!("PostgreSQL {major} has had no fixes since {date}"), RULE.severity)
    } else {
        (format!("PostgreSQL {major} gets its last fixes on {date}"), Severity::Low)
    };
    vec![
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "server_version"), title)
            .severity(severity)
            .why("Bugs that lose data and security holes stay open.")
            .evidence(Evidence::new("pg_settings", "server_version", server.version.clone()))
            .evidence(Evidence::new("release table", "end_of_life", date))
            .fix(Fix::advice(
                FixKind::None,
                "Plan the upgrade: pg_upgrade on a copy first, then ANALYZE; statistics are only kept from 18 on.",
            )),
    ]
}

pub(crate) fn check_extension(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .extensions
        .rows()
        .iter()
        .filter_map(|extension| {
            let available = extension.available.as_deref().filter(|available| *available != extension.installed)?;
            let name = quote_ident(&extension.name);
            Some(
                Finding::new(
                    &EXTENSION,
                    Object::new(ObjectKind::Setting, format!("extension {}", extension.name)),
                    format!("extension {} is at {}, the server has {available}", extension.name, extension.installed),
                )
                .why("The library is already the new one; functions and fixes of the new version are missing.")
                .evidence(Evidence::new("pg_extension", "extversion", extension.installed.clone()))
                .evidence(Evidence::new("pg_available_extensions", "default_version", available))
                .fix(Fix::sql(FixKind::Migration, [format!("ALTER EXTENSION {name} UPDATE")]).transactional()),
            )
        })
        .collect()
}

pub(crate) fn check_collation(facts: &Facts<'_>) -> Vec<Finding> {
    let database = facts.snapshot.databases.rows().iter().filter(|database| database.current).filter_map(|database| {
        let (recorded, actual) = database.collation_recorded.as_ref().zip(database.collation_actual.as_ref())?;
        let refresh = format!("ALTER DATABASE {} REFRESH COLLATION VERSION", quote_ident(&database.name));
        (recorded != actual).then(|| mismatch(&format!("database {}", database.name), recorded, actual, refresh))
    });
    let collations = facts.snapshot.collations.rows().iter().map(|collation| {
        let refresh = format!("ALTER COLLATION {} REFRESH VERSION", collation.name);
        mismatch(&format!("collation {}", collation.name), &collation.recorded, &collation.actual, refresh)
    });
    database.chain(collations).collect()
}

fn mismatch(object: &str, recorded: &str, actual: &str, refresh: String) -> Finding {
    Finding::new(
        &COLLATION,
        Object::new(ObjectKind::Setting, object),
        format!("{object} was built with collation version {recorded}, the library is now {actual}"),
    )
    .why("An index on text is ordered by the old rules and searched by the new ones: rows are not found, duplicates pass.")
    .evidence(Evidence::new("pg_collation", "recorded", quote_literal(recorded)))
    .evidence(Evidence::new("pg_collation", "actual", quote_literal(actual)))
    .fix(Fix::sql(FixKind::Migration, [refresh]).notes(
        "First REINDEX every index on text columns of this collation (CONCURRENTLY where writes must go on) and check \
         unique ones for duplicates; the statement only records the new version.",
    ))
}

#[cfg(test)]
#[path = "versions_tests.rs"]
mod tests;
