//! A server without a memory limit, or with one that the machine cannot keep.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{percent, size};
use crate::analysis::{Facts, ratio};

/// `maxmemory` 0, or above 80 % of the machine.
pub(crate) const RULE: Rule = Rule {
    id: "mem.no-maxmemory",
    group: "memory",
    severity: Severity::Low,
    summary: "Without a memory limit the kernel decides who dies when memory is full",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let (Some(limit), Some(total), Some(used)) =
        (info.number("maxmemory"), info.number("total_system_memory"), info.number("used_memory"))
    else {
        return Vec::new();
    };
    if info.text("role") == Some("slave") || total == 0 {
        return Vec::new();
    }
    let suggestion = total / 4 * 3;
    let base = |title: String| {
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "maxmemory"), title)
            .evidence(Evidence::new("INFO memory", "maxmemory_bytes", limit))
            .evidence(Evidence::new("INFO memory", "used_memory_bytes", used))
            .evidence(Evidence::new("INFO memory", "total_system_memory_bytes", total))
    };
    let fix = Fix::sql(FixKind::RedisConfig, [format!("CONFIG SET maxmemory {suggestion}")])
        .undo([format!("CONFIG SET maxmemory {limit}")])
        .notes("Three quarters of this machine: choose less where other programs share it or where snapshots run under heavy writes. Choose maxmemory-policy with it.");
    let share = ratio(used, total).unwrap_or(0.0);
    if limit == 0 {
        return vec![
            base(format!("maxmemory is 0: {} used now ({} of the machine), and nothing stops the growth", size(used), percent(share)))
                .severity(if share > 0.4 { Severity::High } else { RULE.severity })
                .why("At the end of memory the kernel kills the server or swaps it; with a limit it evicts or refuses writes instead.")
                .fix(fix),
        ];
    }
    if ratio(limit, total).is_some_and(|share| share > 0.8) && info.number("rdb_last_save_time").is_some() {
        return vec![
            base(format!("maxmemory {} is more than 80 % of the machine's {}", size(limit), size(total)))
                .why("A snapshot or AOF rewrite forks; pages written meanwhile are copied and need room of their own.")
                .fix(fix),
        ];
    }
    Vec::new()
}
