//! Writes that depend on time or chance.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, commands::WRITES, model::Script};

/// Random input before a write.
pub(crate) const RULE: Rule = Rule {
    id: "lua.nondeterministic",
    group: "scripts",
    severity: Severity::Low,
    summary: "A write after a random or time-dependent read fails on servers before 5.0",
};

/// ```lua
/// local t = redis.call('TIME'); redis.call('SET', KEYS[1], t[1])   -- fails before 5.0
/// redis.call('SET', KEYS[1], ARGV[1])                              -- good: the caller passes the time
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    if script.tokens.iter().any(|token| token.is("replicate_commands")) {
        return Vec::new();
    }
    let chance = script.calls.iter().find(|call| matches!(call.command.as_str(), "TIME" | "RANDOMKEY" | "SRANDMEMBER"));
    let Some(chance) = chance.filter(|_| script.sends(WRITES)) else { return Vec::new() };
    vec![
        at(
            &RULE,
            script,
            chance.line,
            chance.column,
            format!("{} before a write: servers before 5.0 refuse the write", chance.command),
        )
        .severity(Severity::Info)
        .why("Scripts used to be replicated by their text; since 5.0 their effects are, and 7.0 knows nothing else.")
        .fix(Fix::advice(
            FixKind::Code,
            "Pass the time or the random value in ARGV, or call redis.replicate_commands() first for old servers.",
        )),
    ]
}
