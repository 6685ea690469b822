//! Rules as data: what an organisation, a person or a project adds to the rules in code.
//!
//! A rule names a kind of input, conditions, and a decision, with examples that are checked when it
//! is loaded. Rules tighten freely. They loosen only what is a question, and never what a higher
//! layer marked `require`; what the rules in code block stays blocked, except functions that a
//! rule allows by name.

mod condition;
mod glob;
mod rule;
mod set;
mod words;

pub use condition::When;
pub use rule::{Kind, Rule, RuleError};
pub use set::RuleSet;
