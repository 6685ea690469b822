//! Replicas that are behind or gone.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::size;
use crate::{analysis::Facts, facts::part};

/// A broken link, a lag, or a backlog that is too short.
pub(crate) const RULE: Rule = Rule {
    id: "rep.lag",
    group: "replication",
    severity: Severity::High,
    summary: "A replica that is behind serves old data, and a failover to it loses writes",
};

/// Bytes behind.
const GAP: u64 = 10 << 20;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let advice = || {
        Fix::advice(
            FixKind::RedisConfig,
            "Look at the network and at the replica's disk and CPU; enlarge repl-backlog-size to cover a minute or two of writes, so that short breaks need no full copy.",
        )
    };
    if info.text("role") == Some("slave") {
        if info.text("master_link_status") != Some("down") {
            return Vec::new();
        }
        let down = info.number("master_link_down_since_seconds").unwrap_or(0);
        return vec![
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Slot, "replication"),
                format!("this replica has had no link to its primary for {down} s"),
            )
            .why("It serves what it had then, and cannot take over without losing what was written since.")
            .evidence(Evidence::new("INFO replication", "master_link_status", "down"))
            .evidence(Evidence::new("INFO replication", "master_link_down_since_seconds", down))
            .fix(advice()),
        ];
    }
    let offset = info.number("master_repl_offset").unwrap_or(0);
    info.replicas()
        .filter_map(|replica| {
            let address = format!("{}:{}", part(replica, "ip").unwrap_or("?"), part(replica, "port").unwrap_or("?"));
            let lag: u64 = part(replica, "lag").and_then(|lag| lag.parse().ok()).unwrap_or(0);
            let gap = offset.saturating_sub(part(replica, "offset").and_then(|at| at.parse().ok()).unwrap_or(offset));
            let online = part(replica, "state").is_none_or(|state| state == "online");
            (online && (gap > GAP || lag > 10)).then(|| {
                Finding::new(
                    &RULE,
                    Object::new(ObjectKind::Slot, format!("replica {address}")),
                    format!("replica {address} is {} and {lag} s behind", size(gap)),
                )
                .why("Reads from it are old; a failover to it loses what it has not received.")
                .evidence(Evidence::new("INFO replication", "gap_bytes", gap))
                .evidence(Evidence::new("INFO replication", "lag_s", lag))
                .fix(advice())
            })
        })
        .collect()
}
