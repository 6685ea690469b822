//! What the advisor knows about a database: a value, filled by the adapter.

mod column;
mod index;
mod lookup;
mod table;

pub use column::{Column, CommonValue};
pub use index::{Index, IndexColumn};
pub use lookup::Catalog;
pub use table::{ForeignKey, Table, TableKind, TableName, WriteCounters};
