//! Declared keys that the script does not use.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, model::Script};

/// A gap in the indices of KEYS.
pub(crate) const RULE: Rule = Rule {
    id: "lua.unused-key",
    group: "scripts",
    severity: Severity::Low,
    summary: "A declared key that is not used: callers pass it for nothing, or the index is wrong",
};

/// ```lua
/// redis.call('GET', KEYS[2])   -- bad when KEYS[1] is never used
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let last = script.key_indices.last().copied().unwrap_or(0);
    if script.uses_all_keys || last > 64 {
        return Vec::new();
    }
    if script.key_indices.contains(&0) {
        return vec![
            at(&RULE, script, 1, 1, "KEYS[0] is always nil: KEYS counts from 1")
                .severity(Severity::High)
                .fix(Fix::advice(FixKind::Code, "Use KEYS[1] for the first key.")),
        ];
    }
    (1..last)
        .find(|index| !script.key_indices.contains(index))
        .map(|index| {
            at(&RULE, script, 1, 1, format!("KEYS[{last}] is used but KEYS[{index}] is not"))
                .why("Callers must pass a key that nothing reads, or the script reads the wrong one.")
                .fix(Fix::advice(FixKind::Code, "Number the keys from 1 without gaps."))
        })
        .into_iter()
        .collect()
}
