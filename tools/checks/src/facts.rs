//! A snapshot with the look-ups that rules share.

use std::collections::HashMap;

use crate::{
    Column, Constraint, ConstraintKind, Index, Server, Session, Settings, Snapshot, Table, TableKind, Thresholds,
};

/// What a check sees.
pub(crate) struct Facts<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) thresholds: &'a Thresholds,
    sessions: Vec<&'a Session>,
    tables: HashMap<u32, &'a Table>,
    columns: HashMap<u32, Vec<&'a Column>>,
    indexes: HashMap<u32, Vec<&'a Index>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, thresholds: &'a Thresholds) -> Self {
        let mut columns: HashMap<u32, Vec<&Column>> = HashMap::new();
        for column in snapshot.columns.rows() {
            columns.entry(column.table).or_default().push(column);
        }
        let mut indexes: HashMap<u32, Vec<&Index>> = HashMap::new();
        for index in snapshot.indexes.rows() {
            indexes.entry(index.table).or_default().push(index);
        }
        let here = snapshot.server.get().map(|server| server.database.as_str());
        let sessions = snapshot
            .sessions
            .rows()
            .iter()
            .filter(|session| here.is_none() || session.database.is_none() || session.database.as_deref() == here)
            .collect();
        let tables = snapshot.tables.rows().iter().map(|table| (table.oid, table)).collect();
        Self { snapshot, thresholds, sessions, tables, columns, indexes }
    }

    pub(crate) fn server(&self) -> Option<&'a Server> {
        self.snapshot.server.get()
    }

    pub(crate) fn settings(&self) -> Option<&'a Settings> {
        self.snapshot.settings.get()
    }

    /// Sessions of all databases: they share the connections.
    pub(crate) fn all_sessions(&self) -> &'a [Session] {
        self.snapshot.sessions.rows()
    }

    /// Sessions of this database, and the server's own. Other databases have reviews of their
    /// own: their snapshots hold back neither locks nor dead rows here.
    pub(crate) fn sessions(&self) -> &[&'a Session] {
        &self.sessions
    }

    /// Whether something belongs to the connected database, as far as that is known.
    pub(crate) fn is_here(&self, database: Option<&str>) -> bool {
        match (database, self.server()) {
            (Some(database), Some(server)) => database == server.database,
            _ => true,
        }
    }

    pub(crate) fn table(&self, oid: u32) -> Option<&'a Table> {
        self.tables.get(&oid).copied()
    }

    pub(crate) fn columns(&self, table: u32) -> &[&'a Column] {
        self.columns.get(&table).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn column(&self, table: u32, name: &str) -> Option<&'a Column> {
        self.columns(table).iter().copied().find(|column| column.name == name)
    }

    pub(crate) fn indexes(&self, table: u32) -> &[&'a Index] {
        self.indexes.get(&table).map_or(&[], Vec::as_slice)
    }

    /// Rows of a table, or of all partitions of a partitioned one.
    pub(crate) fn total_rows(&self, oid: u32) -> f64 {
        match self.table(oid) {
            Some(table) if table.kind == TableKind::Partitioned => {
                let partitions = self.snapshot.tables.rows().iter();
                partitions.filter(|child| child.partition_of == Some(oid)).map(|child| self.total_rows(child.oid)).sum()
            }
            Some(table) => table.rows(),
            None => 0.0,
        }
    }

    pub(crate) fn foreign_keys(&self) -> impl Iterator<Item = &'a Constraint> + 'a {
        self.snapshot
            .constraints
            .rows()
            .iter()
            .filter(|constraint| constraint.kind == ConstraintKind::ForeignKey && !constraint.inherited)
    }

    /// The autovacuum setting in force for a table: its storage option, else the server's.
    pub(crate) fn autovacuum(&self, table: &Table, name: &str, default: f64) -> f64 {
        table.option_number(name).or_else(|| self.settings()?.number(name)).unwrap_or(default)
    }

    /// How long the usage counters have certainly been collected.
    pub(crate) fn stats_window_s(&self) -> f64 {
        self.server().map_or(0.0, Server::stats_window_s)
    }

    /// Whether other servers may use the same indexes and keep counters of their own.
    pub(crate) fn has_standby(&self) -> bool {
        !self.snapshot.standbys.rows().is_empty() || self.server().is_some_and(|server| server.in_recovery)
    }
}
