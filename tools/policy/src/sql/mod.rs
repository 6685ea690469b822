//! SQL statements: what the parse tree tells, and what the catalog says of every name in it.
//!
//! [`judge`] takes one text, how far the session may go, and [`Facts`]: the embedded table of
//! PostgreSQL's own functions, or rows of a live catalog. A reader gets one statement that only
//! reads, all the way down: through views, row security, domains, operators, casts, aggregates and
//! the bodies of functions. In the other modes a change becomes a question, and what no approval
//! permits stays refused.

mod body;
mod change;
mod embedded;
mod extensions;
mod facts;
mod growth;
mod inspect;
mod judge;
mod mentions;
mod rules;
mod settings;
mod tree;
mod volatile;

pub(crate) use change::spoken_statement;
pub use embedded::MAJORS;
pub use facts::{Facts, Found, Function, Operator, Relation, Type, Wanted};
pub use judge::{judge, read_only_refusal, wanted};
pub use rules::{RefusalRule, refusal_rules};
