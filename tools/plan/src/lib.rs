//! EXPLAIN output of PostgreSQL 13 to 18 as one typed tree, its faults and its compact form.
//!
//! [`parse_any`] reads JSON or TEXT, pasted as people paste it. [`analyze`] turns the tree into
//! findings that name object, cost and remedy. [`compact`] is the form for models (one line a
//! node), [`tree`] the one for terminals, [`summary`] the one for reports and programs.
//!
//! Pure: no I/O, no clock, no server. What the caller knows about relations comes in as
//! [`Context`].
//!
//! ```
//! let plan = dbwright_plan::parse_any(
//!     "Seq Scan on orders  (cost=0.00..1986.00 rows=20 width=8) (actual time=0.02..9.50 rows=21 loops=1)\n  \
//!        Filter: (status = 'refunded'::text)\n  \
//!        Rows Removed by Filter: 99979\n\
//!      Planning Time: 0.080 ms\nExecution Time: 9.520 ms",
//! )?;
//! let findings = dbwright_plan::analyze(&plan, &dbwright_plan::Context::default());
//! assert_eq!(findings[0].rule, "seq_scan_selective");
//! # Ok::<(), dbwright_plan::PlanError>(())
//! ```
//!
//! Confidence: a finding on an executed plan is a `rule` that matched real figures (its remedy
//! was not tried here, so it is never `measured`); on a plan that was only estimated it is
//! `estimated`.

mod account;
mod analyze;
mod buffers;
mod compact;
mod context;
mod error;
mod insight;
mod kind;
mod label;
mod node;
mod page;
mod parse;
mod plan;
mod precedence;
mod predicate;
mod rules;
mod summary;
mod tree;
mod units;

pub use analyze::analyze;
pub use buffers::{Buffers, IoTimes};
pub use compact::{compact, parse_compact};
pub use context::{ColumnFacts, Context, IndexFacts, RelationFacts};
pub use error::PlanError;
pub use kind::{Kind, Relationship};
pub use label::label;
pub use node::{
    Actual, Condition, ConditionKind, HashAggregate, HashTable, Memoize, Node, NodeId, Removed, SortRun, Storage, Wal,
    Worker,
};
pub use page::{html, markdown};
pub use parse::{parse_any, parse_json, parse_text, parse_value};
pub use plan::{Jit, Nodes, Plan, Trigger};
pub use predicate::{Conjunct, Predicate};
pub use rules::{PlanRule, RULES};
pub use summary::{NodeSummary, PlanSummary, summary};
pub use tree::{tree, tree_of};
