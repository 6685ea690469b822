//! SQL statements: what the parse tree alone can tell, and what the catalog adds.

mod rules;
mod tree;

pub use rules::{RefusalRule, refusal_rules};
pub use tree::read_only_refusal;
