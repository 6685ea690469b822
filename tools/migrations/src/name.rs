//! Names of relations as scripts write them.

use dbwright_sql::{ast, quote_qualified};

/// A relation's name, with its schema where written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl Name {
    pub(crate) fn new(schema: Option<&str>, name: &str) -> Self {
        Self { schema: schema.filter(|schema| !schema.is_empty()).map(str::to_owned), name: name.to_owned() }
    }

    pub(crate) fn of(relation: &ast::RangeVar) -> Self {
        Self::new(Some(&relation.schemaname), &relation.relname)
    }

    /// From the list of strings that `DROP` and `ALTER TYPE` hold.
    pub(crate) fn from_parts(mut parts: Vec<String>) -> Option<Self> {
        let name = parts.pop()?;
        Some(Self { schema: parts.pop(), name })
    }

    /// Whether both may be the same relation: an unqualified name is in `public` or wherever the
    /// other one is.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.name == other.name
            && match (&self.schema, &other.schema) {
                (Some(left), Some(right)) => left == right,
                _ => true,
            }
    }

    /// As SQL text.
    pub(crate) fn sql(&self) -> String {
        quote_qualified(self.schema.as_deref(), &self.name)
    }

    /// A sibling in the same schema.
    pub(crate) fn sibling(&self, name: &str) -> Self {
        Self { schema: self.schema.clone(), name: name.to_owned() }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sql())
    }
}

/// An object name made of parts as PostgreSQL makes them (`orders_email_key`), within its limit
/// of 63 bytes.
pub(crate) fn derived(table: &str, columns: &[String], suffix: &str) -> String {
    const LONGEST: usize = 63;
    let middle = columns.join("_");
    let mut head = if middle.is_empty() { table.to_owned() } else { format!("{table}_{middle}") };
    let mut room = LONGEST.saturating_sub(suffix.len() + 1).min(head.len());
    while !head.is_char_boundary(room) {
        room -= 1;
    }
    head.truncate(room);
    format!("{head}_{suffix}")
}
