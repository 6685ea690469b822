//! What a rule sees: one operation in its place.

use dbwright_finding::{Evidence, Finding, Location, Object, ObjectKind, Rule};
use dbwright_sql::StatementText;

use crate::lock::Lock;
use crate::name::Name;
use crate::operation::Operation;
use crate::size::{Work, in_words, scaled};
use crate::state::State;
use crate::types::SqlType;
use crate::{Context, Script, TableFacts};

/// A rule: its declaration, examples that the tests run, and its check.
pub struct HazardRule {
    /// The declaration.
    pub rule: Rule,
    /// Scripts on which it fires.
    pub hazardous: &'static [&'static str],
    /// Scripts on which it stays silent.
    pub safe: &'static [&'static str],
    /// Whether one finding a file is enough.
    pub(crate) once: bool,
    pub(crate) check: fn(&Site<'_>) -> Option<Finding>,
}

/// One operation, what came before it, and what is known about the database.
pub(crate) struct Site<'a> {
    pub(crate) script: &'a Script,
    pub(crate) statement: StatementText<'a>,
    pub(crate) fingerprint: &'a str,
    pub(crate) operation: &'a Operation,
    /// What the rest of the script will do.
    pub(crate) later: &'a [Operation],
    pub(crate) state: &'a State,
    pub(crate) context: &'a Context,
}

impl Site<'_> {
    /// Facts about a table that existed before the chain.
    pub(crate) fn facts(&self, table: &Name) -> Option<&TableFacts> {
        if self.state.created(table) { None } else { self.context.table(table) }
    }

    /// Whether somebody may be using the table: it was not made by these migrations.
    pub(crate) fn in_use(&self, table: &Name) -> bool {
        !self.state.created(table)
    }

    pub(crate) fn partitioned(&self, table: &Name) -> bool {
        self.state.table(table).is_some_and(|known| known.partitioned)
            || self.facts(table).is_some_and(|facts| facts.partitioned)
    }

    pub(crate) fn in_transaction(&self) -> bool {
        self.state.open.is_some()
    }

    /// The type before the statement, where the chain or the catalog tells.
    pub(crate) fn old_type(&self, table: &Name, column: &str) -> Option<SqlType> {
        let known = self.state.column(table, column).and_then(|known| known.sql_type.clone());
        known.or_else(|| SqlType::parse(&self.facts(table)?.column(column)?.type_name))
    }

    /// Whether the column is known to be `NOT NULL`.
    pub(crate) fn not_null(&self, table: &Name, column: &str) -> bool {
        self.state.column(table, column).is_some_and(|known| known.not_null)
            || self.facts(table).and_then(|facts| facts.column(column)).is_some_and(|facts| !facts.nullable)
    }

    /// Whether a column was added by this chain, so that no deployed code reads it.
    pub(crate) fn new_column(&self, table: &Name, column: &str) -> bool {
        self.state.column(table, column).is_some_and(|known| known.added)
    }

    /// The name for people and ids, with the catalog's schema where the script has none.
    pub(crate) fn full_name(&self, table: &Name) -> String {
        match (&table.schema, self.facts(table)) {
            (None, Some(facts)) => Name::new(Some(&facts.schema), &table.name).sql(),
            _ => table.sql(),
        }
    }

    pub(crate) fn table_object(&self, table: &Name) -> Object {
        Object::new(ObjectKind::Table, self.full_name(table))
    }

    pub(crate) fn column_object(&self, table: &Name, column: &str) -> Object {
        Object::new(ObjectKind::Column, self.full_name(table)).columns([column])
    }

    /// `orders (1.2 M rows, 340 MB)`.
    pub(crate) fn sized(&self, table: &Name) -> String {
        format!("{table}{}", in_words(self.facts(table)))
    }

    /// A finding at this statement, without lock or size.
    pub(crate) fn finding(&self, rule: &HazardRule, object: Object, title: impl Into<String>) -> Finding {
        let location =
            Location { file: self.script.path.clone(), line: self.statement.line, column: self.statement.column };
        Finding::new(&rule.rule, object, title).at_occurrence(location, self.fingerprint)
    }

    /// A finding about a lock on `table` and the work done under it: severity by size, the lock
    /// and the size as evidence.
    pub(crate) fn blocking(
        &self,
        rule: &HazardRule,
        object: Object,
        lock: Lock,
        work: Work,
        table: &Name,
        title: impl Into<String>,
    ) -> Finding {
        let facts = self.facts(table);
        let mut finding = self
            .finding(rule, object, title)
            .severity(scaled(rule.rule.severity, work, facts))
            .evidence(Evidence::new("statement", "lock", lock.name()))
            .evidence(Evidence::new("statement", "blocks", lock.blocks()));
        if let Some(rows) = facts.and_then(|facts| facts.rows) {
            finding = finding.evidence(Evidence::new("pg_class", "reltuples", rows));
        }
        if let Some(bytes) = facts.and_then(|facts| facts.bytes) {
            finding = finding.evidence(Evidence::new("pg_total_relation_size", "total_bytes", bytes));
        }
        finding
    }
}
