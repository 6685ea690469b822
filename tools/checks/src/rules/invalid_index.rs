//! A failed concurrent build left an index that writes maintain and queries cannot use.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{facts::Facts, rules::indexes::create_concurrently, words};

pub(crate) const RULE: Rule = Rule {
    id: "invalid_index",
    group: "indexes",
    severity: Severity::Medium,
    summary: "A failed CREATE INDEX CONCURRENTLY left an index that costs writes and serves no query",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .indexes
        .rows()
        .iter()
        // The index of a partitioned table is invalid until every partition has one.
        .filter(|index| (!index.valid || !index.ready) && !index.building && !index.partitioned)
        .map(|index| {
            let name = index.name.to_string();
            // REINDEX CONCURRENTLY names its copies like this; the original is still there.
            let leftover = ["_ccnew", "_ccold"].iter().any(|suffix| {
                index.name.name.trim_end_matches(|last: char| last.is_ascii_digit()).ends_with(suffix)
            });
            let drop = format!("DROP INDEX CONCURRENTLY {name}");
            let (statements, notes) = if index.incomplete {
                (vec![drop], "Its table is locked by another session: read its definition before dropping it.")
            } else if leftover {
                (vec![drop], "A copy that REINDEX CONCURRENTLY left behind: the original index is not touched.")
            } else {
                (
                    vec![drop, create_concurrently(index)],
                    "Find out first why the build failed: duplicates in a unique index, a cancelled session, a deadlock.",
                )
            };
            let consequence = if index.unique && !leftover {
                "it is unique in name only and no query can use it"
            } else if index.ready {
                "each write maintains it and no query can use it"
            } else {
                "no query can use it"
            };
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Index, &name).columns(index.key_names()),
                format!("{name} ({}) is invalid: {consequence}", words::bytes(index.bytes)),
            )
            .severity(if index.unique && !leftover { Severity::High } else { RULE.severity })
            .why("CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY leave the index behind when they fail.")
            .evidence(Evidence::new("pg_index", "indisvalid", index.valid))
            .evidence(Evidence::new("pg_index", "indisready", index.ready))
            .fix(Fix::sql(FixKind::DropIndex, statements).lock("ShareUpdateExclusiveLock").notes(notes))
        })
        .collect()
}

#[cfg(test)]
#[path = "invalid_index_tests.rs"]
mod tests;
