//! `unpack` of a reply of any size.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use super::call_in_loop::is_whole_read;
use crate::script::{at, model::Script};

/// More arguments than the Lua stack holds.
pub(crate) const RULE: Rule = Rule {
    id: "lua.unpack",
    group: "scripts",
    severity: Severity::Medium,
    summary: "unpack of a large reply fails: the Lua stack holds about 8000 values",
};

/// ```lua
/// local m = redis.call('SMEMBERS', KEYS[1]); redis.call('DEL', unpack(m))   -- bad
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, token) in script.tokens.iter().enumerate() {
        if !token.is("unpack") {
            continue;
        }
        let argument = script.tokens.get(index + 2);
        let variable = argument.and_then(|token| token.name());
        let source = script.calls.iter().filter(|call| is_whole_read(call)).find(|call| match variable {
            Some("redis") => argument.is_some_and(|token| token.line == call.line && token.column == call.column),
            Some(name) => call.into.as_deref() == Some(name),
            None => false,
        });
        if let Some(call) = source {
            found.push(
                at(
                    &RULE,
                    script,
                    token.line,
                    token.column,
                    format!(
                        "unpack of all that {} returns fails with \"too many results to unpack\" on a large collection",
                        call.command
                    ),
                )
                .why("The script works until the collection passes about 8000 elements, and then fails on each call.")
                .fix(Fix::advice(
                    FixKind::Code,
                    "Work in slices: unpack(items, i, math.min(i + 999, #items)) in a loop, or read a bounded part.",
                )),
            );
        }
    }
    found
}
