//! REINDEX without CONCURRENTLY blocks writes, and reads that would use the index, until it is rebuilt
//!
//! Fires on `REINDEX INDEX i`; safe: `REINDEX INDEX CONCURRENTLY i`.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::{Operation, ReindexTarget};
use crate::site::{HazardRule, Site};
use crate::size::Work;

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "reindex_not_concurrent",
        group: "migrations",
        severity: Severity::High,
        summary: "REINDEX without CONCURRENTLY blocks writes, and reads that would use the index, until it is rebuilt",
    },
    hazardous: &["REINDEX INDEX i", "REINDEX TABLE t"],
    safe: &["REINDEX INDEX CONCURRENTLY i", "REINDEX (CONCURRENTLY) TABLE t"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::Reindex { target, name, concurrently: false } = site.operation else { return None };
    let word = match target {
        ReindexTarget::Index => "INDEX",
        ReindexTarget::Table => "TABLE",
        ReindexTarget::Wide => "SCHEMA",
    };
    let table = match target {
        ReindexTarget::Index => site
            .context
            .index(name)
            .map_or_else(|| name.clone(), |(table, _)| Name::new(Some(&table.schema), &table.name)),
        ReindexTarget::Table | ReindexTarget::Wide => name.clone(),
    };
    if !site.in_use(&table) {
        return None;
    }
    let fix = Fix::sql(FixKind::Migration, [format!("REINDEX {word} CONCURRENTLY {name}")])
        .lock(Lock::ShareUpdateExclusive.name())
        .notes("Outside a transaction. After a failure drop the invalid leftover whose name ends in _ccnew.");
    let title =
        format!("REINDEX {word} {name} blocks writes until it is rebuilt{}", crate::size::in_words(site.facts(&table)));
    let finding =
        site.blocking(&RULE, Object::new(ObjectKind::Index, name.sql()), Lock::Share, Work::IndexBuild, &table, title);
    Some(finding.why("The table is locked against writes and the index itself against reads; planning a query touches every index of its table, so reads stop as well.").fix(fix))
}
