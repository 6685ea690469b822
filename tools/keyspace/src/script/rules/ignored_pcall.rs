//! Errors that nobody looks at.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, model::Script};

/// `redis.pcall` as a statement.
pub(crate) const RULE: Rule = Rule {
    id: "lua.pcall-ignored",
    group: "scripts",
    severity: Severity::Low,
    summary: "redis.pcall returns errors as values: ignored, the script goes on half done",
};

/// ```lua
/// redis.pcall('SET', KEYS[1], ARGV[1])                                       -- bad
/// local r = redis.pcall(…); if type(r) == 'table' and r.err then return r end -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let ignored = script.calls.iter().filter(|call| call.is_ignored_pcall);
    ignored
        .map(|call| {
            at(
                &RULE,
                script,
                call.line,
                call.column,
                format!("the result of redis.pcall('{}') is ignored: an error passes unseen", call.command),
            )
            .why("Scripts are not rolled back; what was written before the error stays.")
            .fix(Fix::advice(FixKind::Code, "Use redis.call, which ends the script, or look at .err in the result."))
        })
        .collect()
}
