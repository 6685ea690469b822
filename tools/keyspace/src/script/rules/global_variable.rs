//! Global variables.

use dbwright_finding::{Finding, Fix, FixKind, Rule, Severity};

use crate::script::{at, lexer::Lua, model::Script};

/// An assignment without `local`.
pub(crate) const RULE: Rule = Rule {
    id: "lua.global-var",
    group: "scripts",
    severity: Severity::High,
    summary: "The server refuses scripts that create global variables",
};

/// ```lua
/// total = 0          -- bad: "Script attempted to create global variable 'total'"
/// local total = 0    -- good
/// ```
pub(crate) fn check(script: &Script) -> Vec<Finding> {
    let mut braces = 0u32;
    let mut found: Vec<Finding> = Vec::new();
    let mut seen = Vec::new();
    for (index, token) in script.tokens.iter().enumerate() {
        match &token.lua {
            Lua::Symbol("{") => braces += 1,
            Lua::Symbol("}") => braces = braces.saturating_sub(1),
            Lua::Name(name) if braces == 0 && script.tokens.get(index + 1).is_some_and(|next| next.is("=")) => {
                let before = index.checked_sub(1).and_then(|before| script.tokens.get(before));
                let is_other =
                    before.is_some_and(|token| [".", ":", ",", "for", "local"].iter().any(|word| token.is(word)));
                if is_other || script.locals.contains(name) || seen.contains(name) {
                    continue;
                }
                seen.push(name.clone());
                found.push(
                    at(
                        &RULE,
                        script,
                        token.line,
                        token.column,
                        format!("{name} is assigned without local: the server refuses the script"),
                    )
                    .why("All scripts share one interpreter, which is protected against new globals.")
                    .fix(Fix::advice(FixKind::Code, format!("Write local {name} = … where it is first assigned."))),
                );
            }
            _ => {}
        }
    }
    found
}
