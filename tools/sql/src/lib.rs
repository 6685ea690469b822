//! SQL as the server reads it: parse, split, classify, fingerprint, redact.
//!
//! The only crate that knows `pg_query`, PostgreSQL's own grammar as a library. Other engines
//! walk the typed tree through [`ast`], or the uniform one through [`Item`]. Nothing here talks
//! to a server: what needs a catalog (volatility, real types, privileges) is decided elsewhere.
//!
//! Every function takes untrusted text. Input is bounded ([`MAX_BYTES`]), a NUL byte, an
//! unterminated quote, an empty text or hopeless nesting is an error and never a panic.
//!
//! ```
//! let class = dbwright_sql::classify("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone").unwrap();
//! assert_eq!(class.kind, dbwright_sql::StatementKind::Select);
//! assert!(class.writes);
//! ```

mod brief;
mod children;
mod class;
mod error;
mod fingerprint;
mod item;
mod item_serializer;
mod lexer;
mod limits;
mod parameters;
mod parse;
mod quote;
mod redact;
mod relations;
mod split;
mod typed_literals;

pub use brief::{brief, collapse_whitespace};
pub use children::{expression_children, expression_children_mut};
pub use class::{Class, StatementKind, classify, classify_item, classify_node, executes};
pub use error::SqlError;
pub use fingerprint::{fingerprint, normalize};
pub use item::{Item, Value};
pub use lexer::{Token, TokenKind, tokens};
pub use limits::MAX_BYTES;
pub use parameters::max_parameter;
pub use parse::{Parsed, Statement, deparse, deparse_node, parse};
pub use pg_query::protobuf as ast;
pub use pg_query::{NodeEnum, NodeRef};
pub use quote::{quote_ident, quote_literal, quote_qualified};
pub use redact::redact_literals;
pub use relations::{RelationRef, relations, relations_of};
pub use split::{StatementText, split};
pub use typed_literals::restore_typed_placeholders;
