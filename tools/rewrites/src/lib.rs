//! Equal but faster forms of a statement, with the conditions for their equality.
//!
//! Each rule is a file of its own: what it looks for in the real parse tree, the form it writes
//! instead, and what must be known of the catalog for both to give the same rows (NULLs,
//! duplicates, order). Where that is not known, the rule refuses and says why. Whether a form is
//! faster is not judged here: the adapter measures it.
//!
//! Pure: the catalog comes in as [`Facts`].
//!
//! ```
//! use dbwright_rewrites::{Column, Facts, Relation, propose};
//!
//! let orders = Relation::new("public", "orders").column(Column::new("placed_at", "timestamp without time zone"));
//! let facts = Facts { relations: vec![orders], ..Facts::default() };
//! let found = propose("SELECT * FROM orders WHERE date(placed_at) = '2024-05-01'", &facts);
//! assert_eq!(
//!     found.rewrites[0].sql,
//!     "SELECT * FROM orders WHERE placed_at >= '2024-05-01'::date AND placed_at < '2024-05-01'::date + 1"
//! );
//! ```

mod batch;
mod block;
mod build;
mod compare;
mod engine;
mod example;
mod facts;
mod interval;
mod policy;
mod proposal;
mod rules;
mod scope;
mod tree;

pub use batch::batched;
pub use engine::{function_names, propose};
pub use example::EXAMPLE_SCHEMA;
pub use facts::{Column, Facts, ForeignKey, Relation, Volatility};
pub use policy::wrap_policy;
pub use proposal::{Advice, Guarantee, Proposals, Refused, Rewrite};
pub use rules::{Example, FINDING_RULES, RULES, RewriteRule};
