//! Commands in application code that stop the server, lose data, or leave locks behind.

use std::collections::HashMap;

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Location, Object, ObjectKind, Rule, Severity};

use super::{calls::calls, language::Language};

/// KEYS in application code.
const KEYS: Rule = Rule {
    id: "code.keys",
    group: "code",
    severity: Severity::High,
    summary: "KEYS walks the whole keyspace while nobody else is served",
};

/// FLUSHALL or FLUSHDB in application code.
const FLUSH: Rule = Rule {
    id: "code.flush",
    group: "code",
    severity: Severity::High,
    summary: "FLUSHALL and FLUSHDB erase everything, other applications' data included",
};

/// SMEMBERS in application code.
const SMEMBERS: Rule = Rule {
    id: "code.smembers",
    group: "code",
    severity: Severity::Low,
    summary: "SMEMBERS reads a set whole, whatever its size",
};

/// SETNX in application code.
const SETNX: Rule = Rule {
    id: "code.setnx",
    group: "code",
    severity: Severity::Medium,
    summary: "SETNX takes a lock without a TTL: a crash before EXPIRE leaves it for ever",
};

/// Rules over application code.
pub const CODE_RULES: &[&Rule] = &[&KEYS, &FLUSH, &SMEMBERS, &SETNX];

/// Lints one source file; files of unknown languages have no findings.
///
/// ```
/// let found = dbwright_keyspace::lint_code("app/cache.py", "for key in redis.keys(f'user:{id}:*'):\n    redis.delete(key)\n");
/// assert_eq!((found[0].rule.as_str(), found[0].location.as_ref().unwrap().line), ("code.keys", 1));
/// ```
pub fn lint_code(path: &str, text: &str) -> Vec<Finding> {
    let Some(language) = Language::of_path(path) else { return Vec::new() };
    let mut found = Vec::new();
    let mut occurrences: HashMap<&'static str, u32> = HashMap::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        if language.is_comment(line.trim_start()) {
            continue;
        }
        for call in calls(line) {
            // Text after a comment sign is no code; a sign inside a URL is not one.
            let before = line.get(..call.at).unwrap_or_default();
            let commented = before.contains(" // ") || (before.contains(" # ") && language.is_comment("#"));
            if commented || !call.is_redis() {
                continue;
            }
            let command = call.command();
            if command == "SETNX" && has_ttl(call.arguments) {
                continue;
            }
            let occurrence = occurrences.entry(command).or_default();
            *occurrence += 1;
            let column = u32::try_from(before.chars().count()).unwrap_or(0) + 1;
            let location = Location { file: path.to_owned(), line: number, column };
            found.push(
                finding(command, language, path, line, number)
                    .at_occurrence(location, &format!("{command} {occurrence}")),
            );
        }
    }
    found
}

/// `setIfAbsent(key, value, timeout)` and `set_nx` with options carry a TTL.
fn has_ttl(arguments: &str) -> bool {
    let inside = arguments.split(')').next().unwrap_or_default();
    let lower = inside.to_lowercase();
    inside.matches(',').count() >= 2 || lower.contains("duration") || lower.contains("timeout")
}

fn finding(command: &'static str, language: Language, path: &str, line: &str, number: u32) -> Finding {
    let object = Object::new(ObjectKind::File, path);
    let (rule, title, why, fix) = match command {
        "KEYS" => (
            &KEYS,
            "KEYS in application code: its time grows with every key of the server",
            "KEYS compares the pattern with the whole keyspace in one step: about a fifth of a second for a million keys on an idle server, during which no other client is served.",
            language.scan().to_owned(),
        ),
        "FLUSHALL" | "FLUSHDB" => (
            &FLUSH,
            "application code can erase the whole database",
            "It removes the data of every application on the server; with a wrong URL that is production's.",
            "UNLINK the keys of the own prefix in SCAN batches, or raise a version number in the prefix; deny the command to the application by ACL.".to_owned(),
        ),
        "SMEMBERS" => (
            &SMEMBERS,
            "SMEMBERS reads the whole set: a large one stops other clients",
            "300,000 members take about 75 ms on an idle server, and all of them travel to the client.",
            "SISMEMBER or SMISMEMBER for a question, SSCAN for a walk; SMEMBERS is fine for sets that are bounded by design.".to_owned(),
        ),
        _ => (
            &SETNX,
            "SETNX takes a lock without a TTL in the same step",
            "A crash between SETNX and EXPIRE leaves the lock taken for ever.",
            "SET key token NX PX 30000 in one command, and release it by comparing the token in a script.".to_owned(),
        ),
    };
    let shown: String = line.trim().chars().take(160).collect();
    let is_test = path.split(['/', '\\']).any(|part| {
        let part = part.to_lowercase();
        ["test", "tests", "spec", "specs", "__tests__", "fixtures"].contains(&part.as_str())
            || part.contains("_test.")
            || part.contains(".test.")
            || part.contains(".spec.")
            || part.starts_with("test_")
    });
    let severity = if is_test { rule.severity.min(Severity::Info) } else { rule.severity };
    Finding::new(rule, object, title)
        .severity(severity)
        .why(why)
        .evidence(Evidence::new(format!("{path}:{number}"), "line", shown))
        .fix(Fix::advice(FixKind::Code, fix))
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
