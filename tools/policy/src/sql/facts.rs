//! What the catalog says of the names in a statement.
//!
//! [`Facts`] answers from the embedded table of one PostgreSQL version, or from rows that an
//! adapter read from a live catalog. A live catalog is asked in rounds: judging tells what it
//! still needs ([`Wanted`]), the adapter reads it, [`Facts::learn`] takes it in. What was never
//! asked for is not known, and what is not known is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::embedded;

/// A function, aggregate, window function or procedure.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Function {
    /// Its number in the catalog; 0 in the embedded table.
    #[serde(default)]
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `pg_proc.provolatile`: `i`, `s` or `v`.
    pub volatility: char,
    /// Whether it runs with its owner's rights.
    pub security_definer: bool,
    /// `internal`, `c`, `sql`, `plpgsql`, …
    pub language: String,
    /// Fewest arguments of a call.
    pub min_args: u32,
    /// Most arguments of a call; `None` for VARIADIC.
    pub max_args: Option<u32>,
    /// Whether it came with the cluster, not with a later CREATE.
    pub system: bool,
    /// The extension that it belongs to.
    pub extension: Option<String>,
    /// Its CREATE statement, where its language is `sql` or `plpgsql` and it is not the system's.
    pub definition: Option<String>,
    /// Its SET clauses, `name=value`.
    #[serde(default)]
    pub settings: Vec<String>,
    /// Functions that an aggregate calls.
    #[serde(default)]
    pub parts: Vec<u32>,
    /// Its argument and result types that did not come with the cluster.
    #[serde(default)]
    pub types: Vec<u32>,
}

/// An operator that did not come with the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Operator {
    /// Its schema.
    pub schema: String,
    /// Its name: `<->`.
    pub name: String,
    /// The function behind it.
    pub function: u32,
}

/// A table, view or anything else that FROM takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Relation {
    /// Its number.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `pg_class.relkind`.
    pub kind: char,
    /// Whether it came with the cluster.
    pub system: bool,
    /// A view's query.
    pub definition: Option<String>,
    /// Expressions that a read evaluates: row security.
    #[serde(default)]
    pub expressions: Vec<String>,
    /// Expressions whose constant parts the planner evaluates: of indexes, check constraints.
    #[serde(default)]
    pub folded: Vec<String>,
    /// A foreign table's wrapper.
    pub wrapper: Option<String>,
    /// A foreign table's options, `name=value`, with those of its server.
    #[serde(default)]
    pub options: Vec<String>,
    /// Foreign tables that are partitions or children of it.
    #[serde(default)]
    pub children: Vec<u32>,
    /// Types of its columns that did not come with the cluster.
    #[serde(default)]
    pub types: Vec<u32>,
}

/// A type that did not come with the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Type {
    /// Its number.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// A domain's conditions.
    #[serde(default)]
    pub expressions: Vec<String>,
    /// Types that it is made of.
    #[serde(default)]
    pub types: Vec<u32>,
    /// Functions of casts from or to it.
    #[serde(default)]
    pub casts: Vec<u32>,
}

/// What a judgement needs to know and does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Functions by name.
    pub functions: BTreeSet<String>,
    /// Functions by number.
    pub function_oids: BTreeSet<u32>,
    /// Operators by name.
    pub operators: BTreeSet<String>,
    /// Relations by name.
    pub relations: BTreeSet<String>,
    /// Relations by number.
    pub relation_oids: BTreeSet<u32>,
    /// Types by name.
    pub types: BTreeSet<String>,
    /// Types by number.
    pub type_oids: BTreeSet<u32>,
}

impl Wanted {
    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn absorb(&mut self, other: &Self) {
        self.functions.extend(other.functions.iter().cloned());
        self.function_oids.extend(&other.function_oids);
        self.operators.extend(other.operators.iter().cloned());
        self.relations.extend(other.relations.iter().cloned());
        self.relation_oids.extend(&other.relation_oids);
        self.types.extend(other.types.iter().cloned());
        self.type_oids.extend(&other.type_oids);
    }
}

/// What a catalog answered. A name may stand for several objects, or none.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Found {
    /// Functions.
    #[serde(default)]
    pub functions: Vec<Function>,
    /// Operators.
    #[serde(default)]
    pub operators: Vec<Operator>,
    /// Relations.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// Types.
    #[serde(default)]
    pub types: Vec<Type>,
}

/// Everything known of the names in some statements.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The embedded table of this major version; `None` where a live catalog is asked.
    major: Option<u32>,
    path: Vec<String>,
    trusted: BTreeSet<String>,
    asked: Wanted,
    functions: BTreeMap<u32, Function>,
    operators: Vec<Operator>,
    relations: BTreeMap<u32, Relation>,
    types: BTreeMap<u32, Type>,
}

/// What a look-up gave.
pub(super) enum Known<T> {
    /// These, perhaps none.
    All(Vec<T>),
    /// The catalog was not asked for it.
    NotAsked,
}

impl Facts {
    /// What comes with PostgreSQL of this major version and its usual extensions. Functions that
    /// are not in the table are unknown; of relations and types nothing is known.
    pub fn embedded(major: u32) -> Self {
        Self { major: Some(major), ..Self::default() }
    }

    /// A live catalog, of which nothing is known yet. `path` is the search path in force.
    pub fn live(path: Vec<String>) -> Self {
        Self { path, ..Self::default() }
    }

    /// The same, where these functions (`schema.name`, or a bare name) pass unseen.
    #[must_use]
    pub fn trusting(mut self, functions: impl IntoIterator<Item = String>) -> Self {
        self.trusted.extend(functions);
        self
    }

    /// Takes in what a catalog answered to `wanted`.
    pub fn learn(&mut self, wanted: &Wanted, found: Found) {
        self.asked.absorb(wanted);
        self.functions.extend(found.functions.into_iter().map(|function| (function.oid, function)));
        self.operators.extend(found.operators);
        self.relations.extend(found.relations.into_iter().map(|relation| (relation.oid, relation)));
        self.types.extend(found.types.into_iter().map(|found| (found.oid, found)));
    }

    /// Whether only the embedded table answers.
    pub fn is_embedded(&self) -> bool {
        self.major.is_some()
    }

    pub(super) fn path(&self) -> &[String] {
        &self.path
    }

    pub(super) fn trusts(&self, schema: Option<&str>, name: &str) -> bool {
        let qualified = schema.map(|schema| format!("{schema}.{name}"));
        self.trusted.contains(name) || qualified.is_some_and(|qualified| self.trusted.contains(&qualified))
    }

    /// All functions of a name that a call could mean.
    pub(super) fn functions(&self, schema: Option<&str>, name: &str, path: &[String]) -> Known<Function> {
        if let Some(major) = self.major {
            return Known::All(embedded::functions(schema, name, major));
        }
        if !self.asked.functions.contains(name) {
            return Known::NotAsked;
        }
        let reached = |function: &&Function| function.name == name && reachable(schema, &function.schema, path);
        Known::All(self.functions.values().filter(reached).cloned().collect())
    }

    pub(super) fn function(&self, oid: u32) -> Known<Function> {
        match self.functions.get(&oid) {
            Some(function) => Known::All(vec![function.clone()]),
            None if self.asked.function_oids.contains(&oid) => Known::All(Vec::new()),
            None => Known::NotAsked,
        }
    }

    pub(super) fn operators(&self, schema: Option<&str>, name: &str, path: &[String]) -> Known<Operator> {
        if !self.asked.operators.contains(name) {
            return Known::NotAsked;
        }
        let reached = |operator: &&Operator| operator.name == name && reachable(schema, &operator.schema, path);
        Known::All(self.operators.iter().filter(reached).cloned().collect())
    }

    pub(super) fn relations(&self, schema: Option<&str>, name: &str, path: &[String]) -> Known<Relation> {
        if !self.asked.relations.contains(name) {
            return Known::NotAsked;
        }
        let reached = |relation: &&Relation| relation.name == name && reachable(schema, &relation.schema, path);
        Known::All(self.relations.values().filter(reached).cloned().collect())
    }

    pub(super) fn relation(&self, oid: u32) -> Known<Relation> {
        match self.relations.get(&oid) {
            Some(relation) => Known::All(vec![relation.clone()]),
            None if self.asked.relation_oids.contains(&oid) => Known::All(Vec::new()),
            None => Known::NotAsked,
        }
    }

    pub(super) fn types(&self, schema: Option<&str>, name: &str, path: &[String]) -> Known<Type> {
        if !self.asked.types.contains(name) {
            return Known::NotAsked;
        }
        let reached = |found: &&Type| found.name == name && reachable(schema, &found.schema, path);
        Known::All(self.types.values().filter(reached).cloned().collect())
    }

    pub(super) fn type_of(&self, oid: u32) -> Known<Type> {
        match self.types.get(&oid) {
            Some(found) => Known::All(vec![found.clone()]),
            None if self.asked.type_oids.contains(&oid) => Known::All(Vec::new()),
            None => Known::NotAsked,
        }
    }
}

/// Whether a name written with `wanted` (or without a schema) can mean an object in `schema`.
/// The schemas of the catalog and of temporary objects are on every path.
fn reachable(wanted: Option<&str>, schema: &str, path: &[String]) -> bool {
    match wanted {
        Some("pg_temp") => schema.starts_with("pg_temp"),
        Some(wanted) => wanted == schema,
        None => schema == "pg_catalog" || schema.starts_with("pg_temp") || path.iter().any(|entry| entry == schema),
    }
}
