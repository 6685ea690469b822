//! Memory that the allocator holds and the data does not use, or that was swapped out.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::size;
use crate::analysis::{Facts, ratio, rounded};

/// Resident memory far over or under what is used.
pub(crate) const RULE: Rule = Rule {
    id: "mem.frag",
    group: "memory",
    severity: Severity::Medium,
    summary: "Fragmented memory is paid for and not usable; swapped memory makes every command slow",
};

/// The ratio says nothing on a small instance: fixed costs dominate.
const NOTABLE: u64 = 100 << 20;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let (Some(used), Some(resident)) = (info.number("used_memory"), info.number("used_memory_rss")) else {
        return Vec::new();
    };
    let Some(now) = ratio(resident, used).map(rounded) else { return Vec::new() };
    if resident.max(used) < NOTABLE {
        return Vec::new();
    }
    let base = |title: String| {
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "activedefrag"), title)
            .evidence(Evidence::new("INFO memory", "used_memory_bytes", used))
            .evidence(Evidence::new("INFO memory", "used_memory_rss_bytes", resident))
            .evidence(Evidence::new("INFO memory", "mem_fragmentation_ratio", now))
    };
    let defrag = facts.snapshot.setting("activedefrag").unwrap_or("no");
    if now > 1.5 && resident - used > NOTABLE {
        let fix = if defrag == "yes" {
            Fix::advice(
                FixKind::RedisConfig,
                "activedefrag is on: MEMORY PURGE returns free pages now; if the ratio stays, restart a replica and fail over to it.",
            )
        } else {
            Fix::sql(FixKind::RedisConfig, ["CONFIG SET activedefrag yes"])
                .undo(["CONFIG SET activedefrag no"])
                .notes("Costs some CPU while it works; needs the bundled jemalloc, and says so when it is missing.")
        };
        return vec![
            base(format!(
                "{} of resident memory holds {} of data: fragmentation ratio {now:.2}",
                size(resident),
                size(used)
            ))
            .why("Values that shrank or were deleted leave holes that the allocator cannot give back.")
            .fix(fix),
        ];
    }
    if now < 0.8 {
        return vec![
            base(format!("only {} of {} used memory is resident: the rest is swapped out", size(resident), size(used)))
                .severity(Severity::High)
                .why("A command that touches a swapped page waits for the disk, and so does everyone behind it.")
                .fix(Fix::advice(
                    FixKind::RedisConfig,
                    "Set maxmemory below the machine's free memory, or move to a larger machine.",
                )),
        ];
    }
    Vec::new()
}
