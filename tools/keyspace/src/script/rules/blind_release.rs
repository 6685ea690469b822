//! Locks released or extended by whoever comes.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, model::Script};

/// DEL or PEXPIRE of a lock without a look at its token.
pub(crate) const RULE: Rule = Rule {
    id: "lock.release",
    group: "locks",
    severity: Severity::High,
    summary: "A lock released without comparing its token may be somebody else's",
};

/// ```lua
/// return redis.call('DEL', KEYS[1])                                                  -- bad
/// if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let name = script.path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let is_lock = ["lock", "mutex", "lease"].iter().any(|word| name.contains(word));
    if !is_lock || script.sends(&["GET", "HGET", "SET", "SETNX"]) {
        return Vec::new();
    }
    let touched =
        script.calls.iter().find(|call| matches!(call.command.as_str(), "DEL" | "UNLINK" | "EXPIRE" | "PEXPIRE"));
    touched
        .map(|call| {
            at(
                &RULE,
                script,
                call.line,
                call.column,
                format!(
                    "{} on the lock without comparing its token: a slow holder frees the lock of the next one",
                    call.command
                ),
            )
            .why(
                "When the first holder's TTL has run out, the key belongs to another; deleting it lets a third one in.",
            )
            .fix(Fix::advice(
                FixKind::Code,
                "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0",
            ))
        })
        .into_iter()
        .collect()
}
