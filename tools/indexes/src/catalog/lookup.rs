//! The catalog and how names are found in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Table, TableKind, TableName};

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

    /// The relation with exactly this name. Fast where the tables are in the order of their names.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        let sorted = self.tables.binary_search_by(|table| table.name.cmp(name)).ok();
        let at = sorted.or_else(|| self.tables.iter().position(|table| table.name == *name))?;
        self.tables.get(at)
    }

    /// The tables directly below `name`: its partitions, or the tables that inherit from it.
    pub fn children<'a>(&'a self, name: &'a TableName) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |table| table.parent.as_ref() == Some(name))
    }

    /// The partitions that hold the rows of `name`, however deep; none for an ordinary table.
    pub fn leaves(&self, name: &TableName) -> Vec<&Table> {
        let mut found: Vec<&Table> = Vec::new();
        let mut parents = vec![name];
        while let Some(parent) = parents.pop() {
            let partitions =
                self.tables.iter().filter(|table| table.bound.is_some() && table.parent.as_ref() == Some(parent));
            for table in partitions {
                if table.kind == TableKind::Partitioned {
                    parents.push(&table.name);
                } else {
                    found.push(table);
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// Foreign keys that refer to `name`, with the table that holds them.
    pub fn referencing(&self, name: &TableName) -> impl Iterator<Item = (&Table, &super::ForeignKey)> {
        self.tables
            .iter()
            .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
            .filter(move |(_, key)| key.references == *name)
    }
}
