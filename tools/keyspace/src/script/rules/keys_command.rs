//! KEYS or SCAN inside a script.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, model::Script};

/// The whole keyspace, walked while nobody else is served.
pub(crate) const RULE: Rule = Rule {
    id: "lua.keys-command",
    group: "scripts",
    severity: Severity::High,
    summary: "KEYS or SCAN in a script walks the keyspace while nobody else is served",
};

/// ```lua
/// redis.call('KEYS', 'user:*')      -- bad
/// redis.call('SMEMBERS', KEYS[1])   -- good: an index kept on write
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let walks = script.calls.iter().filter(|call| matches!(call.command.as_str(), "KEYS" | "SCAN"));
    walks
        .map(|call| {
            let looped = call.inside.is_some();
            at(&RULE, script, call.line, call.column, format!("{} in a script compares every key of the server while all clients wait", call.command))
                .severity(if call.command == "KEYS" || looped { RULE.severity } else { Severity::Medium })
                .why("A script is atomic: the walk takes a fifth of a second for a million keys on an idle machine. The keys that it finds are not declared either, so it fails on a cluster.")
                .fix(Fix::advice(FixKind::Code, "Walk from the client: SCAN with MATCH and COUNT in a loop, UNLINK in batches; or keep the names in a set on write; or put a version number into the prefix and let old keys expire."))
        })
        .collect()
}
