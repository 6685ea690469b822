//! Transaction ids and multixacts run out when freezing falls behind.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{DatabaseFacts, Table, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "xid_wraparound",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "Freezing is behind; at 2,147 M transactions the server refuses writes",
};

pub(crate) const MULTIXACT: Rule = Rule {
    id: "multixact_wraparound",
    group: "vacuum",
    severity: Severity::Medium,
    summary: "Freezing of multixacts is behind; at the limit the server refuses row locks",
};

/// Half of the 32-bit ring: the age at which an id would become its own future.
const LIMIT: f64 = 2_147_483_648.0;

struct Counter {
    rule: &'static Rule,
    noun: &'static str,
    field: &'static str,
    setting: &'static str,
    database: fn(&DatabaseFacts) -> i64,
    table: fn(&Table) -> i64,
}

const XIDS: Counter = Counter {
    rule: &RULE,
    noun: "transaction ids",
    field: "xid_age",
    setting: "autovacuum_freeze_max_age",
    database: |database| database.xid_age,
    table: |table| table.xid_age,
};

const MULTIXACTS: Counter = Counter {
    rule: &MULTIXACT,
    noun: "multixact ids",
    field: "mxid_age",
    setting: "autovacuum_multixact_freeze_max_age",
    database: |database| database.mxid_age,
    table: |table| table.mxid_age,
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    ages(facts, &XIDS)
}

pub(crate) fn check_multixact(facts: &Facts<'_>) -> Vec<Finding> {
    ages(facts, &MULTIXACTS)
}

fn ages(facts: &Facts<'_>, counter: &Counter) -> Vec<Finding> {
    facts
        .snapshot
        .databases
        .rows()
        .iter()
        .filter_map(|database| {
            let age = (counter.database)(database);
            let severity = severity(facts, counter, age)?;
            Some(finding(facts, counter, database, age).severity(severity))
        })
        .collect()
}

/// Up to `freeze_max_age` an age is normal, and a little beyond it autovacuum is still at work.
#[expect(clippy::cast_precision_loss, reason = "a share of the ring")]
fn severity(facts: &Facts<'_>, counter: &Counter, age: i64) -> Option<Severity> {
    let share = age as f64 / LIMIT;
    let high = facts.thresholds.wraparound_share;
    let forced = facts.settings().and_then(|settings| settings.number(counter.setting)).unwrap_or(200e6);
    match share {
        share if share >= (high + 1.0) / 2.0 => Some(Severity::Critical),
        share if share >= high => Some(Severity::High),
        share if share >= high / 2.0 && age as f64 >= forced * 1.2 => Some(Severity::Medium),
        _ => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share of the ring")]
fn finding(facts: &Facts<'_>, counter: &Counter, database: &DatabaseFacts, age: i64) -> Finding {
    let share = words::percent(age as f64 / LIMIT);
    let why = "Old rows must be frozen before the counter comes round. Near the limit the server stops assigning \
               ids and every write fails until VACUUM has caught up.";
    // Only the connected database shows its tables.
    let oldest = facts.snapshot.tables.rows().iter().max_by_key(|table| (counter.table)(table));
    if let Some(table) = oldest.filter(|_| database.current) {
        let name = table.name.to_string();
        return Finding::new(
            counter.rule,
            Object::new(ObjectKind::Table, &name),
            format!("database {} has used {share} of its {}; the oldest table is {name}", database.name, counter.noun),
        )
        .why(why)
        .evidence(Evidence::new("pg_database", counter.field, age))
        .evidence(Evidence::new("pg_class", counter.field, (counter.table)(table)))
        .fix(
            Fix::sql(FixKind::Vacuum, [format!("VACUUM (FREEZE, VERBOSE) {name}")])
                .lock("ShareUpdateExclusiveLock")
                .notes("Reads and writes go on. Remove whatever holds the xmin horizon first."),
        );
    }
    Finding::new(
        counter.rule,
        Object::new(ObjectKind::Setting, format!("database {}", database.name)),
        format!("database {} has used {share} of its {}", database.name, counter.noun),
    )
    .why(why)
    .evidence(Evidence::new("pg_database", counter.field, age))
    .fix(Fix::sql(FixKind::Vacuum, ["VACUUM (FREEZE, VERBOSE)"]).notes(format!("Run it in database {}.", database.name)))
}

#[cfg(test)]
#[path = "wraparound_tests.rs"]
mod tests;
