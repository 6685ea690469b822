//! Commands in a loop over data of any size.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{
    at,
    commands::WHOLE_READS,
    lexer::{Lua, Token},
    model::{Call, Over, Script},
};

/// One command for each element of a whole read.
pub(crate) const RULE: Rule = Rule {
    id: "lua.call-in-loop",
    group: "scripts",
    severity: Severity::Medium,
    summary: "A command for each element of a collection of any size: the pause grows with the data",
};

/// ```lua
/// for _, m in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('DEL', m) end   -- bad
/// for _, m in ipairs(redis.call('SPOP', KEYS[1], 100)) do … end                     -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    let mut seen = Vec::new();
    for call in &script.calls {
        for around in script.loops_around(call) {
            let Over::Items(words) = &around.over else { continue };
            let source = script.calls.iter().find(|source| is_whole_read(source) && feeds(source, words, around.line));
            let Some(source) = source.filter(|_| !seen.contains(&around.line)) else { continue };
            seen.push(around.line);
            found.push(
                at(&RULE, script, around.line, around.column, format!("the loop runs a command for each element that {} returns", source.command))
                    .why("A collection that has ten elements in tests has a hundred thousand one day; the whole loop is one pause for everybody.")
                    .fix(Fix::advice(FixKind::Code, "Bound the read (SPOP or LRANGE with a count, ZRANGE with LIMIT) and let the client call again until nothing is left.")),
            );
        }
    }
    found
}

/// Whether the loop's head holds the call itself, or the variable that got its reply.
fn feeds(source: &Call, head: &[String], line: u32) -> bool {
    source.into.as_ref().is_some_and(|variable| head.contains(variable))
        || (source.line == line && head.iter().any(|word| word == "call" || word == "pcall"))
}

/// A read of everything: by name, or a range from first to last.
pub(crate) fn is_whole_read(call: &Call) -> bool {
    let bound = |at: usize, wanted: &str| match call.args.get(at).map(Vec::as_slice) {
        Some([Token { lua: Lua::Number(text) | Lua::Text(text), .. }]) => text == wanted,
        Some([minus, Token { lua: Lua::Number(text), .. }]) => {
            minus.is("-") && wanted.strip_prefix('-') == Some(text.as_str())
        }
        _ => false,
    };
    WHOLE_READS.contains(&call.command.as_str())
        || (matches!(call.command.as_str(), "LRANGE" | "ZRANGE" | "ZREVRANGE") && bound(1, "0") && bound(2, "-1"))
}
