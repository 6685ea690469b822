//! What a statement asks of its tables, read from the server's own parse tree.
//!
//! Names are resolved against the catalog with real scopes: aliases, schemas, CTEs, subqueries,
//! LATERAL and correlation. Text is never changed: literals keep their case. What the walk does
//! not understand only costs candidates, since every candidate is judged by the planner later.

mod analyze;
mod condition;
mod expression;
mod from;
mod implied;
mod literal;
mod resolve;
mod scope;
mod select;
mod sort;
mod tree;
mod types;
mod volatility;
mod walk;

pub use analyze::analyze;
pub use implied::{ImpliedStatement, implied_statements};
pub(crate) use tree::{deparse_expression, visit_expressions_mut};
pub use types::{ParameterUse, Predicate, PredicateKind, QueryShape, RelationUse, SortKey, Value};
