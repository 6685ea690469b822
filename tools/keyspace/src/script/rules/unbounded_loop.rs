//! Loops without an end in sight.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{
    at,
    model::{Over, Script},
};

/// `while true` around commands.
pub(crate) const RULE: Rule = Rule {
    id: "lua.unbounded-loop",
    group: "scripts",
    severity: Severity::High,
    summary: "A loop without a bound stops the server until it ends, or for ever",
};

/// ```lua
/// while true do … end                        -- bad
/// for i = 1, math.min(#items, 100) do … end  -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let endless = script.loops.iter().filter(|current| current.over == Over::Forever);
    endless
        .map(|current| {
            let title = if current.has_exit {
                "the loop runs until the data says stop: nothing bounds the time that all clients wait"
            } else {
                "the loop has no exit: only SCRIPT KILL ends it, and not after a write"
            };
            at(&RULE, script, current.line, current.column, title)
                .severity(if current.has_exit { Severity::Medium } else { RULE.severity })
                .why("Nobody is served while a script runs; after busy-reply-threshold (5 s) others get BUSY, and after a write only SHUTDOWN NOSAVE stops it.")
                .fix(Fix::advice(FixKind::Code, "Count the rounds and stop at a fixed number; return a cursor and let the client call again."))
        })
        .collect()
}
