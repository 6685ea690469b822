//! Migration hazards, safe rewrites, conventions and authoring.
//!
//! [`lint`] judges a chain of scripts by what each statement locks, reads and writes; a
//! [`Context`] with the catalog sharpens it. [`detect`] and [`load`] read a project's migration
//! files, [`author`] writes new ones. Pure: no database, no file system, no clock.
//!
//! ```
//! use dbwright_migrations::{Context, Script, lint};
//!
//! let script = Script::new("001.sql", "SET lock_timeout = '2s';\nCREATE INDEX i ON orders (status);");
//! let findings = lint(&[script], &Context::default());
//! assert_eq!(findings[0].rule, "create_index_not_concurrent");
//! assert_eq!(findings[0].location.as_ref().unwrap().line, 2);
//! ```

mod author;
mod context;
mod convention;
mod expression;
mod lint;
mod lock;
mod locks;
mod lower;
mod lower_table;
mod name;
mod operation;
mod rewrite;
mod rules;
mod script;
mod site;
mod size;
mod state;
mod suppress;
mod types;

pub use author::{AuthorError, Intent, NewFile, author, parse_intent};
pub use context::{ColumnFacts, ConstraintFacts, ConstraintKind, Context, FunctionFacts, IndexFacts, TableFacts};
pub use convention::{Convention, Loaded, Tool, Versioning, detect, load};
pub use lint::{hazard_rules, lint, lint_in_turn};
pub use script::{Script, TransactionMode};
pub use site::HazardRule;
