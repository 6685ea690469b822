//! Keys that are not passed through KEYS.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, commands::KEY_FIRST, model::Script};

/// A key made inside the script.
pub(crate) const RULE: Rule = Rule {
    id: "lua.undeclared-key",
    group: "scripts",
    severity: Severity::Medium,
    summary: "A key that is not passed through KEYS breaks on a cluster and escapes key permissions",
};

/// ```lua
/// redis.call('GET', 'user:' .. ARGV[1])   -- bad
/// redis.call('GET', KEYS[1])              -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let mut found = Vec::new();
    for call in &script.calls {
        let Some(key) = call.args.first().filter(|key| !key.is_empty()) else { continue };
        let is_key = KEY_FIRST.contains(&call.command.as_str());
        // `unpack(list)` may hold anything.
        if !is_key || key.iter().any(|token| script.carries_keys(token) || token.is("unpack")) {
            continue;
        }
        found.push(
            at(&RULE, script, call.line, call.column, format!("{} uses a key that is not declared in KEYS", call.command))
                .why("The server routes a script by KEYS; a key made from ARGV or from a reply may live on another node, and an ACL cannot check it.")
                .fix(Fix::advice(FixKind::Code, "Build the key in the application and pass it in KEYS; use one hash tag for keys that are used together.")),
        );
    }
    found
}
