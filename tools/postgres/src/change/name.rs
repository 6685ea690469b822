//! The name of a table, an index or a statistics object.

use dbwright_sql::{ast, quote_qualified};

/// A name with its schema, where one was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectName {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl ObjectName {
    pub(super) fn new(schema: &str, name: &str) -> Self {
        Self { schema: (!schema.is_empty()).then(|| schema.to_owned()), name: name.to_owned() }
    }

    pub(super) fn of(relation: &ast::RangeVar) -> Self {
        Self::new(&relation.schemaname, &relation.relname)
    }

    /// Another object of this name's schema.
    pub(super) fn beside(&self, name: &str) -> Self {
        Self { schema: self.schema.clone(), name: name.to_owned() }
    }

    /// Whether it belongs to the server rather than to an application.
    pub(super) fn is_system(&self) -> bool {
        self.schema
            .as_deref()
            .is_some_and(|schema| schema == "information_schema" || schema.starts_with("pg_") && schema != "pg_temp")
    }
}

impl std::fmt::Display for ObjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&quote_qualified(self.schema.as_deref(), &self.name))
    }
}
