//! Runs the script rules.

use dbwright_finding::{Evidence, Finding, Location, Object, ObjectKind, Rule};

use super::{
    model::Script,
    rules::{
        blind_release, call_in_loop, global_variable, ignored_pcall, keys_command, missing_expire, nondeterministic,
        unbounded_loop, undeclared_key, unpack_reply, unused_key,
    },
};

type Check = fn(&Script) -> Vec<Finding>;

macro_rules! table {
    ($($module:ident),+ $(,)?) => {
        /// Rules over Lua scripts.
        pub const SCRIPT_RULES: &[&Rule] = &[$(&$module::RULE),+];

        const CHECKS: &[Check] = &[$($module::check),+];
    };
}

table!(
    keys_command,
    unbounded_loop,
    global_variable,
    blind_release,
    undeclared_key,
    call_in_loop,
    unpack_reply,
    missing_expire,
    nondeterministic,
    unused_key,
    ignored_pcall,
);

/// Lints one Lua script. `path` goes into the findings' locations.
///
/// ```
/// let found = dbwright_keyspace::lint_script("purge.lua", "return redis.call('KEYS', ARGV[1])");
/// assert_eq!(found[0].rule, "lua.keys-command");
/// assert_eq!(found[0].location.as_ref().unwrap().line, 1);
/// ```
pub fn lint_script(path: &str, text: &str) -> Vec<Finding> {
    let script = Script::read(path, text);
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(&script)).collect();
    found.sort_by_key(|finding| finding.location.as_ref().map(|location| (location.line, location.column)));
    found
}

/// A finding at a place in the script. Its line is its evidence.
pub(super) fn at(rule: &Rule, script: &Script, line: u32, column: u32, title: impl Into<String>) -> Finding {
    let location = Location { file: script.path.clone(), line, column };
    // The same rule may fire on several calls of one script; their order among equals keeps the
    // ids apart and does not move with the lines.
    let calls_before = script.calls.iter().filter(|call| (call.line, call.column) < (line, column)).count();
    Finding::new(rule, Object::new(ObjectKind::Script, &script.path), title)
        .evidence(Evidence::new(&script.path, "line", line))
        .at_occurrence(location, &calls_before.to_string())
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
