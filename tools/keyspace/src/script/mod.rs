//! The linter for Lua scripts.

mod commands;
mod lexer;
mod lint;
mod model;
mod rules;

use lint::at;
pub use lint::{SCRIPT_RULES, lint_script};
