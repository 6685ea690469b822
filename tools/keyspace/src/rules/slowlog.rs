//! Commands that the server itself logged as slow.

use std::collections::BTreeMap;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::{
    analysis::Facts,
    facts::{SlowEntry, display_name},
};

/// Slow commands, grouped by what they do.
pub(crate) const RULE: Rule = Rule {
    id: "cmd.slowlog",
    group: "commands",
    severity: Severity::Medium,
    summary: "Slow commands hold up every other client for as long as they run",
};

/// Groups reported, by total time.
const GROUPS: usize = 5;
/// A single run this long is worth a word, in microseconds.
const LONG: u64 = 10_000;

/// What a whole read should become.
fn alternative(command: &str) -> Option<&'static str> {
    Some(match command {
        "KEYS" => "SCAN with MATCH and COUNT in a loop, or a set that indexes the keys",
        "SMEMBERS" => "SSCAN in pages, or SISMEMBER for what is really asked",
        "HGETALL" | "HVALS" | "HKEYS" => "HMGET of the needed fields, or HSCAN in pages",
        "LRANGE" => "LRANGE in pages",
        "ZRANGE" | "ZREVRANGE" | "ZRANGEBYSCORE" => "a bounded range (LIMIT) in pages",
        "SORT" | "SUNION" | "SINTER" | "SDIFF" | "ZUNIONSTORE" | "ZINTERSTORE" => {
            "a result kept up to date on write, or the work in the application on pages"
        }
        "DEL" => "UNLINK, which frees in the background",
        "FLUSHALL" | "FLUSHDB" => "FLUSHDB ASYNC, or UNLINK by SCAN",
        "EVAL" | "EVALSHA" | "FCALL" => "a script that touches a bounded number of keys per call",
        _ => return None,
    })
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, String), Vec<&SlowEntry>> = BTreeMap::new();
    for entry in &facts.snapshot.slowlog {
        let Some(command) = entry.args.first().map(|name| String::from_utf8_lossy(name).to_uppercase()) else {
            continue;
        };
        if is_ours(&command) {
            continue;
        }
        let on = subject(facts, &command, &entry.args);
        groups.entry((command, on)).or_default().push(entry);
    }
    let mut groups: Vec<_> = groups
        .into_iter()
        .map(|((command, on), entries)| {
            let total = entries.iter().map(|entry| entry.micros).sum::<u64>();
            let worst = entries.iter().map(|entry| entry.micros).max().unwrap_or(0);
            (total, worst, command, on, entries.len())
        })
        .filter(|(_, worst, ..)| *worst >= LONG)
        .collect();
    groups.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (&a.2, &a.3).cmp(&(&b.2, &b.3))));
    groups
        .into_iter()
        .take(GROUPS)
        .map(|(total, worst, command, on, entries)| {
            let name = if on.is_empty() { command.clone() } else { format!("{command} {on}") };
            let fix = alternative(&command).map_or_else(
                || {
                    Fix::advice(
                        FixKind::Code,
                        "Find the caller by the client name in the entry and bound how much one call touches.",
                    )
                },
                |instead| Fix::advice(FixKind::Code, format!("Use {instead}.")),
            );
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Query, &name),
                format!(
                    "{name} took up to {} ms ({entries} slow log {}): other clients waited {} ms in all",
                    count(worst / 1000),
                    if entries == 1 { "entry" } else { "entries" },
                    count(total / 1000)
                ),
            )
            .severity(if worst >= 100_000 { Severity::High } else { RULE.severity })
            .why("Commands run one at a time: while this one runs, no other client is served.")
            .evidence(Evidence::new("SLOWLOG GET", "entries", entries))
            .evidence(Evidence::new("SLOWLOG GET", "worst_us", worst))
            .evidence(Evidence::new("SLOWLOG GET", "total_us", total))
            .fix(fix)
        })
        .collect()
}

/// Commands of an operator or of this tool: not the application's.
fn is_ours(command: &str) -> bool {
    matches!(
        command,
        "INFO" | "SCAN" | "SLOWLOG" | "DEBUG" | "CONFIG" | "CLIENT" | "COMMAND" | "MEMORY" | "SAVE" | "SHUTDOWN"
    )
}

/// The template of the key, or the shape of the arguments.
fn subject(facts: &Facts<'_>, command: &str, args: &[Vec<u8>]) -> String {
    let template = |key: &[u8]| facts.snapshot.templates.template_of(key);
    match command {
        "KEYS" => args.get(1).map_or_else(String::new, |pattern| display_name(pattern)),
        "EVAL" | "EVALSHA" | "FCALL" => {
            let script = args.get(1).map(|script| display_name(script)).unwrap_or_default();
            let short: String = script.chars().take(60).collect();
            if short.len() < script.len() { format!("{short}…") } else { short }
        }
        "LRANGE" | "ZRANGE" | "ZREVRANGE" => {
            let range: Vec<String> = args.iter().skip(2).take(2).map(|bound| display_name(bound)).collect();
            format!("{} {}", args.get(1).map(|key| template(key)).unwrap_or_default(), range.join(" "))
        }
        "FLUSHALL" | "FLUSHDB" | "MULTI" | "EXEC" => String::new(),
        _ => args.get(1).map(|key| template(key)).unwrap_or_default(),
    }
}
