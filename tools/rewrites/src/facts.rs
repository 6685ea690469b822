//! What is known of the catalog.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How often a function may give another result for the same arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Volatility {
    /// Never.
    Immutable,
    /// Not within one statement.
    Stable,
    /// At any call.
    Volatile,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as `format_type` prints it; of a domain the type below it.
    pub data_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether strings that differ may be equal (a nondeterministic collation, citext).
    #[serde(default)]
    pub loose_equality: bool,
}

impl Column {
    /// A nullable column.
    pub fn new(name: &str, data_type: &str) -> Self {
        Self { name: name.to_owned(), data_type: data_type.to_owned(), nullable: true, loose_equality: false }
    }

    /// The same column, never NULL.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.nullable = false;
        self
    }
}

/// A foreign key that holds for every row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Referring columns.
    pub columns: Vec<String>,
    /// Schema of the table referred to.
    pub schema: String,
    /// Name of the table referred to.
    pub table: String,
    /// Columns referred to, in the same order.
    pub referenced: Vec<String>,
}

/// A table or what is read like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Column sets of valid, immediate unique indexes without predicate or expression.
    #[serde(default)]
    pub unique: Vec<Vec<String>>,
    /// Validated, not deferrable foreign keys.
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
    /// Whether it has row security that this role is subject to.
    #[serde(default)]
    pub row_security: bool,
}

impl Relation {
    /// A relation without columns.
    pub fn new(schema: &str, name: &str) -> Self {
        Self {
            schema: schema.to_owned(),
            name: name.to_owned(),
            columns: Vec::new(),
            unique: Vec::new(),
            foreign_keys: Vec::new(),
            row_security: false,
        }
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds a unique set of columns.
    #[must_use]
    pub fn unique(mut self, columns: &[&str]) -> Self {
        self.unique.push(columns.iter().map(|&column| column.to_owned()).collect());
        self
    }

    /// Adds a foreign key to one in `public`.
    #[must_use]
    pub fn references(mut self, column: &str, table: &str, referenced: &str) -> Self {
        self.foreign_keys.push(ForeignKey {
            columns: vec![column.to_owned()],
            schema: "public".to_owned(),
            table: table.to_owned(),
            referenced: vec![referenced.to_owned()],
        });
        self
    }

    /// The column called `name`.
    pub fn find(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether rows that agree in `columns` are the same row: a unique set without NULLs is among
    /// them.
    pub fn is_key<S: AsRef<str>>(&self, columns: &[S]) -> bool {
        self.unique.iter().any(|set| {
            !set.is_empty()
                && set.iter().all(|part| {
                    columns.iter().any(|column| column.as_ref() == part)
                        && self.find(part).is_some_and(|column| !column.nullable)
                })
        })
    }

    /// The shortest unique set without NULLs.
    pub fn key(&self) -> Option<&[String]> {
        self.unique.iter().filter(|set| self.is_key(set)).min_by_key(|set| set.len()).map(Vec::as_slice)
    }
}

/// What is known of a statement's surroundings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Schemas in the order in which unqualified names are looked up; empty means any.
    #[serde(default)]
    pub search_path: Vec<String>,
    /// The relations that the statement names.
    pub relations: Vec<Relation>,
    /// The most volatile function of each name that the statement calls; a name that is missing
    /// counts as volatile.
    #[serde(default)]
    pub functions: BTreeMap<String, Volatility>,
}

impl Facts {
    /// The relation that a name stands for.
    pub fn relation(&self, schema: &str, name: &str) -> Option<&Relation> {
        let named = |relation: &&Relation| relation.name == name;
        if !schema.is_empty() {
            return self.relations.iter().filter(named).find(|relation| relation.schema == schema);
        }
        if self.search_path.is_empty() {
            let mut found = self.relations.iter().filter(named);
            return found.next().filter(|_| found.next().is_none());
        }
        self.search_path.iter().find_map(|schema| self.relation(schema, name))
    }
}
