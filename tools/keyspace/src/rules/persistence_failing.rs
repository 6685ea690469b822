//! Snapshots or the append-only file that fail.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// The last save or write failed.
pub(crate) const RULE: Rule = Rule {
    id: "per.failing",
    group: "persistence",
    severity: Severity::High,
    summary: "Data is not reaching the disk: a restart loses it",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let snapshot = facts.snapshot;
    let info = &snapshot.info;
    let failed = |field: &str| info.text(field) == Some("err");
    let base = |field: &str, title: String| {
        Finding::new(&RULE, Object::new(ObjectKind::Setting, field), title)
            .evidence(Evidence::new("INFO persistence", field, info.text(field)))
            .fix(Fix::advice(FixKind::RedisConfig, "Read the server log for the cause: disk full, no write permission on dir, or fork without memory (vm.overcommit_memory). Then BGSAVE and look at INFO persistence again."))
    };
    let mut found = Vec::new();
    if failed("rdb_last_bgsave_status") {
        let stops = snapshot.setting("stop-writes-on-bgsave-error").unwrap_or("yes") == "yes"
            && snapshot.setting("save").is_none_or(|save| !save.is_empty());
        let changes = info.number("rdb_changes_since_last_save");
        let cost =
            if stops { "and writes are refused until one succeeds" } else { "and a restart loses everything since" };
        found.push(
            base(
                "rdb_last_bgsave_status",
                format!("the last snapshot failed, {cost} ({} changes unsaved)", changes.unwrap_or(0)),
            )
            .severity(if stops { Severity::Critical } else { RULE.severity })
            .evidence(Evidence::new("INFO persistence", "rdb_changes_since_last_save", changes))
            .why("With stop-writes-on-bgsave-error (the default) a failing snapshot turns every write into MISCONF."),
        );
    }
    for (field, what) in [
        ("aof_last_write_status", "write to the append-only file"),
        ("aof_last_bgrewrite_status", "rewrite of the append-only file"),
    ] {
        if failed(field) && info.number("aof_enabled") == Some(1) {
            found.push(
                base(field, format!("the last {what} failed"))
                    .severity(if field == "aof_last_write_status" { Severity::Critical } else { RULE.severity })
                    .why("Writes that are not in the file are lost at a restart; a file that cannot be rewritten only grows."),
            );
        }
    }
    found
}
