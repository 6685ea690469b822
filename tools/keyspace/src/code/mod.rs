//! The linter for application code that calls Redis clients.

mod calls;
mod language;
mod lint;

pub use lint::{CODE_RULES, lint_code};
