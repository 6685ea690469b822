//! Counters and locks that a script creates without a TTL.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{
    at,
    commands::EXPIRES,
    lexer::Lua,
    model::{Call, Script},
};

/// INCR or SETNX, and no EXPIRE anywhere.
pub(crate) const RULE: Rule = Rule {
    id: "lua.incr-without-expire",
    group: "scripts",
    severity: Severity::Medium,
    summary: "A counter or lock that a script creates without a TTL stays for ever",
};

/// ```lua
/// redis.call('INCR', KEYS[1])                                                       -- bad, as a rate limit
/// if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], 60) end    -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let sets_ttl = |call: &Call| {
        EXPIRES.contains(&call.command.as_str())
            || (call.command == "SET" && has_option(call, &["EX", "PX", "EXAT", "PXAT", "KEEPTTL"]))
    };
    // A command that is not a literal may set one too.
    if script.calls.iter().any(|call| call.command.is_empty() || sets_ttl(call)) {
        return Vec::new();
    }
    let creates = |call: &&Call| {
        matches!(call.command.as_str(), "INCR" | "INCRBY" | "SETNX")
            || (call.command == "SET" && has_option(call, &["NX"]))
    };
    let Some(call) = script.calls.iter().find(creates) else { return Vec::new() };
    let what = if call.command.starts_with("INCR") { "counter" } else { "lock" };
    vec![
        at(
            &RULE,
            script,
            call.line,
            call.column,
            format!("{} creates a {what} and nothing in the script gives it a TTL", call.command),
        )
        .severity(if what == "lock" { RULE.severity } else { Severity::Low })
        .why("Rate limits that never expire refuse for ever; locks whose holder died stay taken.")
        .fix(Fix::advice(
            FixKind::Code,
            "EXPIRE after the first INCR (when it returns 1), or SET key token NX PX milliseconds.",
        )),
    ]
}

fn has_option(call: &Call, wanted: &[&str]) -> bool {
    call.args.iter().skip(2).flatten().any(
        |token| matches!(&token.lua, Lua::Text(text) if wanted.iter().any(|option| text.eq_ignore_ascii_case(option))),
    )
}
