//! The catalog and how names are found in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Table, TableName};

/// Everything that the advisor knows about one database.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Schemas in which unqualified names are looked up, in order, without `pg_catalog`.
    pub search_path: Vec<String>,
    /// `server_version_num`: 150004.
    pub server_version: u32,
    /// Relations.
    pub tables: Vec<Table>,
    /// Installed extensions.
    #[serde(default)]
    pub extensions: BTreeSet<String>,
    /// Names of immutable functions outside `pg_catalog`; only these and the built-in ones known
    /// as immutable may stand in an index expression.
    #[serde(default)]
    pub immutable_functions: BTreeSet<String>,
}

impl Catalog {
    /// The relation that a statement means by `schema.name` or by `name` alone.
    pub fn find(&self, schema: Option<&str>, name: &str) -> Option<&Table> {
        match schema {
            Some(schema) => self.table(&TableName::new(schema, name)),
            None => self.search_path.iter().find_map(|schema| self.table(&TableName::new(schema.as_str(), name))),
        }
    }

    /// The relation with exactly this name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == *name)
    }

    /// Foreign keys that refer to `name`, with the table that holds them.
    pub fn referencing(&self, name: &TableName) -> impl Iterator<Item = (&Table, &super::ForeignKey)> {
        self.tables
            .iter()
            .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
            .filter(move |(_, key)| key.references == *name)
    }
}
