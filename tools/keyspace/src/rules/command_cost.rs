//! Commands that are slow on average.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, percent};
use crate::analysis::{Facts, ratio, rounded};

/// A mean over a millisecond, or many failed calls.
pub(crate) const RULE: Rule = Rule {
    id: "cmd.stats",
    group: "commands",
    severity: Severity::Medium,
    summary: "A command takes over a millisecond on average, or fails often",
};

/// Administration and blocking commands, whose time says nothing, and those with rules of their own.
fn is_apart(name: &str) -> bool {
    let own = [
        "KEYS",
        "MONITOR",
        "FLUSHALL",
        "FLUSHDB",
        "SORT",
        "EVAL",
        "EVALSHA",
        "FCALL",
        "EVAL_RO",
        "EVALSHA_RO",
        "FCALL_RO",
    ];
    let admin = [
        "INFO",
        "SCAN",
        "DEBUG",
        "SAVE",
        "BGSAVE",
        "BGREWRITEAOF",
        "PSYNC",
        "SYNC",
        "REPLCONF",
        "COMMAND",
        "SHUTDOWN",
        "RESTORE",
        "MIGRATE",
        "EXEC",
        "BLPOP",
        "BRPOP",
        "BLMOVE",
        "BRPOPLPUSH",
        "BZPOPMIN",
        "BZPOPMAX",
        "XREAD",
        "XREADGROUP",
        "WAIT",
    ];
    own.contains(&name)
        || admin.contains(&name)
        || [
            "CONFIG", "CLIENT", "MODULE", "MEMORY", "SLOWLOG", "LATENCY", "COMMAND", "ACL", "CLUSTER", "FUNCTION",
            "SCRIPT",
        ]
        .iter()
        .any(|container| name.strip_prefix(container).is_some_and(|rest| rest.starts_with('|')))
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let commands = facts.snapshot.info.commands();
    let all: u64 = commands.iter().map(|stat| stat.usec).sum();
    let mut found = Vec::new();
    for stat in &commands {
        if is_apart(&stat.name) {
            continue;
        }
        let share = ratio(stat.usec, all).unwrap_or(0.0);
        let base = |title: String| {
            Finding::new(&RULE, Object::new(ObjectKind::Query, &stat.name), title)
                .evidence(Evidence::new("INFO commandstats", "calls", stat.calls))
                .evidence(Evidence::new("INFO commandstats", "usec_per_call", rounded(stat.usec_per_call)))
                .evidence(Evidence::new("INFO commandstats", "share_of_time", rounded(share)))
        };
        if stat.usec_per_call > 1000.0 && stat.calls >= 20 {
            found.push(
                base(format!("{} takes {:.1} ms on average over {} calls ({} of all command time)", stat.name, stat.usec_per_call / 1000.0, count(stat.calls), percent(share)))
                    .severity(if stat.usec_per_call > 20_000.0 { Severity::High } else { RULE.severity })
                    .why("A command of ordinary size takes microseconds; a mean of milliseconds means large values or whole reads.")
                    .fix(Fix::advice(FixKind::Code, "Look for its key in the slow log and among the big keys, and read a bounded part (HMGET, SSCAN, LRANGE in pages).")),
            );
        } else if stat.failed_calls + stat.rejected_calls >= 100
            && (stat.failed_calls + stat.rejected_calls) * 20 >= stat.calls
        {
            found.push(
                base(format!("{} failed {} times of {}", stat.name, count(stat.failed_calls + stat.rejected_calls), count(stat.calls + stat.rejected_calls)))
                    .severity(Severity::Low)
                    .evidence(Evidence::new("INFO commandstats", "failed_calls", stat.failed_calls))
                    .evidence(Evidence::new("INFO commandstats", "rejected_calls", stat.rejected_calls))
                    .why("Failures are wrong types, wrong arguments, refused rights or a full memory; the client pays for each and may retry.")
                    .fix(Fix::advice(FixKind::Code, "INFO errorstats names the kinds of error; ACL LOG the refused rights.")),
            );
        }
    }
    found.truncate(5);
    found
}
