//! The one shape every engine speaks.
//!
//! An engine (plan, checks, indexes, migrations, keyspace) returns [`Finding`]s and knows
//! nothing of who shows them. A surface shows findings and knows nothing of who made them.
//! This crate deliberately holds no rule, no rendering and no I/O.
//!
//! ```
//! use dbwright_finding::{Confidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
//!
//! const RULE: Rule = Rule {
//!     id: "foreign_key_without_index",
//!     group: "indexes",
//!     severity: Severity::Medium,
//!     summary: "Deletes on the parent scan the whole child table",
//! };
//! let finding = Finding::new(
//!     &RULE,
//!     Object::new(ObjectKind::Table, "public.orders").columns(["customer_id"]),
//!     "orders.customer_id references customers without an index",
//! )
//! .fix(Fix::sql(FixKind::CreateIndex, ["CREATE INDEX CONCURRENTLY ON public.orders (customer_id)"]));
//! assert_eq!(finding.confidence, Confidence::Rule);
//! assert!(finding.id.starts_with("f_"));
//! ```

mod effect;
mod evidence;
mod finding;
mod fix;
mod identity;
mod measured;
mod object;
mod rule;
mod severity;

pub use effect::Effect;
pub use evidence::Evidence;
pub use finding::Finding;
pub use fix::{Fix, FixKind};
pub use measured::{How, Measured, Measurement};
pub use object::{Location, Object, ObjectKind};
pub use rule::Rule;
pub use severity::{Confidence, Severity};
