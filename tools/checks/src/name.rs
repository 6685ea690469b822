//! Schema-qualified names.

use std::fmt;

use dbwright_sql::{quote_ident, quote_qualified};
use serde::{Deserialize, Serialize};

/// A schema-qualified name. Displays quoted where SQL needs it: catalog names are untrusted and
/// may hold anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RelationName {
    /// Schema.
    pub schema: String,
    /// Name within the schema.
    pub name: String,
}

impl RelationName {
    /// A name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&quote_qualified(Some(&self.schema), &self.name))
    }
}

/// Column names joined for SQL and for people.
pub(crate) fn column_list<S: AsRef<str>>(columns: &[S]) -> String {
    columns.iter().map(|column| quote_ident(column.as_ref())).collect::<Vec<_>>().join(", ")
}
