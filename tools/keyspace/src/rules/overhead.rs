//! Memory that is not data.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{percent, size};
use crate::analysis::{Facts, ratio, rounded};

/// Overhead over half of the memory.
pub(crate) const RULE: Rule = Rule {
    id: "mem.overhead",
    group: "memory",
    severity: Severity::Low,
    summary: "More than half of the memory is bookkeeping, buffers or scripts",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let (Some(overhead), Some(used)) = (info.number("used_memory_overhead"), info.number("used_memory")) else {
        return Vec::new();
    };
    let Some(share) = ratio(overhead, used).filter(|share| *share > 0.5) else { return Vec::new() };
    if overhead < 100 << 20 {
        return Vec::new();
    }
    let part = |field: &str| info.number(field).unwrap_or(0);
    let clients = part("mem_clients_normal") + part("mem_clients_slaves");
    let backlog = part("mem_replication_backlog");
    vec![
        Finding::new(
            &RULE,
            Object::new(ObjectKind::Setting, "used_memory_overhead"),
            format!("{} of {} used memory is overhead, not data ({})", size(overhead), size(used), percent(share)),
        )
        .why("Every key costs about 60 bytes of bookkeeping before its value; client buffers and the replication backlog come on top.")
        .evidence(Evidence::new("INFO memory", "used_memory_overhead_bytes", overhead))
        .evidence(Evidence::new("INFO memory", "overhead_share", rounded(share)))
        .evidence(Evidence::new("INFO memory", "client_buffers_bytes", clients))
        .evidence(Evidence::new("INFO memory", "mem_replication_backlog_bytes", backlog))
        .fix(Fix::advice(FixKind::Code, "Where keys are many and small, bucket them into hashes; where buffers are large, find the slow reader in CLIENT LIST by omem.")),
    ]
}
