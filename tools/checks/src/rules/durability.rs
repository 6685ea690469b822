//! Settings that trade data for speed, and pages that are already damaged.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Environment, facts::Facts, rules::alter_system, words};

pub(crate) const FSYNC: Rule = Rule {
    id: "fsync_off",
    group: "settings",
    severity: Severity::Critical,
    summary: "A power failure or kernel crash may destroy the whole cluster",
};

pub(crate) const PAGES: Rule = Rule {
    id: "full_page_writes_off",
    group: "settings",
    severity: Severity::High,
    summary: "A page that was half written in a crash cannot be repaired",
};

pub(crate) const COMMIT: Rule = Rule {
    id: "synchronous_commit_off",
    group: "settings",
    severity: Severity::Low,
    summary: "Commits are acknowledged before they are on disk: a crash loses the last of them",
};

pub(crate) const CHECKSUMS: Rule = Rule {
    id: "checksum_failures",
    group: "settings",
    severity: Severity::Critical,
    summary: "Pages were read that differ from what was written: the storage is damaging data",
};

fn off(facts: &Facts<'_>, rule: &'static Rule, name: &'static str, title: &str, why: &str) -> Vec<Finding> {
    if facts.settings().and_then(|settings| settings.flag(name)) != Some(false) {
        return Vec::new();
    }
    // On a throwaway or development server the speed is worth it: said, not complained about.
    let disposable = facts.thresholds.environment == Environment::Development;
    vec![
        Finding::new(rule, Object::new(ObjectKind::Setting, name), title)
            .severity(if disposable { Severity::Info } else { rule.severity })
            .why(why)
            .evidence(Evidence::new("pg_settings", name, "off"))
            .fix(alter_system(name, "on")),
    ]
}

pub(crate) fn check_fsync(facts: &Facts<'_>) -> Vec<Finding> {
    off(
        facts,
        &FSYNC,
        "fsync",
        "fsync is off: a power failure or kernel crash may destroy the whole cluster",
        "The server does not wait until data is on disk, so after a crash files of different moments lie side by side.",
    )
}

pub(crate) fn check_pages(facts: &Facts<'_>) -> Vec<Finding> {
    off(
        facts,
        &PAGES,
        "full_page_writes",
        "full_page_writes is off: a page that was half written in a crash cannot be repaired",
        "Disks write smaller units than 8 kB; only the full image in WAL repairs a torn page.",
    )
}

pub(crate) fn check_commit(facts: &Facts<'_>) -> Vec<Finding> {
    off(
        facts,
        &COMMIT,
        "synchronous_commit",
        "synchronous_commit is off for everybody: a crash loses the last commits, though nothing is damaged",
        "Better set it per transaction, for data that can be lost.",
    )
}

pub(crate) fn check_checksums(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .databases
        .rows()
        .iter()
        .filter_map(|database| Some((database, database.checksum_failures.filter(|failures| *failures > 0)?)))
        .map(|(database, failures)| {
            Finding::new(
                &CHECKSUMS,
                Object::new(ObjectKind::Setting, format!("checksums of database {}", database.name)),
                format!("{} pages of database {} failed their checksum", words::count(failures), database.name),
            )
            .why("Memory, disk, controller or file system returned something else than was written.")
            .evidence(Evidence::new("pg_stat_database", "checksum_failures", failures))
            .fix(Fix::advice(
                FixKind::None,
                "Take a copy of the data folder now, find the damaged relations in the server log, restore from a \
                 backup that is older than the first failure, and replace the hardware.",
            ))
        })
        .collect()
}

#[cfg(test)]
#[path = "durability_tests.rs"]
mod tests;
