//! What the migration linter wants to know of a live catalog.

use dbwright_checks::{Column, Constraint, ConstraintKind, Index, Part, Reference, Snapshot, Table, TableKind};
use dbwright_migrations as migrations;
use dbwright_sql::{quote_ident, quote_qualified};

use crate::{Database, PgError, snapshot};

/// Reads the linter's surroundings from a database: server version, tables with their sizes and
/// traffic, columns, indexes and constraints. The second part says what could not be read.
///
/// # Errors
/// When the server cannot be reached.
pub async fn migration_context(database: &Database) -> Result<(migrations::Context, Vec<String>), PgError> {
    let parts = [Part::Tables, Part::Indexes, Part::Columns, Part::Constraints];
    let read = snapshot(database, &parts).await?;
    let identity = database.identity().await?;
    let context = migrations::Context {
        server_major: u32::try_from(identity.major()).ok(),
        tables: read.tables.rows().iter().map(|table| table_facts(table, &read)).collect(),
        ..migrations::Context::default()
    };
    let missing = [read.tables.reason(), read.indexes.reason(), read.columns.reason(), read.constraints.reason()];
    Ok((context, missing.into_iter().flatten().map(str::to_owned).collect()))
}

fn table_facts(table: &Table, read: &Snapshot) -> migrations::TableFacts {
    let indexes: Vec<&Index> = read.indexes.rows().iter().filter(|index| index.table == table.oid).collect();
    let index_bytes: i64 = indexes.iter().map(|index| index.bytes).sum();
    let count = |value: i64| u64::try_from(value).unwrap_or_default();
    #[expect(clippy::cast_possible_truncation, reason = "row estimates stay far below 2^63")]
    let rows = table.rows() as i64;
    migrations::TableFacts {
        schema: table.name.schema.clone(),
        name: table.name.name.clone(),
        rows: u64::try_from(rows).ok(),
        bytes: Some(count(table.heap_bytes + table.toast_bytes + index_bytes)),
        columns: of_table(read.columns.rows(), |column| column.table, table.oid).map(column_facts).collect(),
        indexes: indexes.into_iter().map(index_facts).collect(),
        constraints: of_table(read.constraints.rows(), |constraint| constraint.table, table.oid)
            .map(constraint_facts)
            .collect(),
        partitioned: table.kind == TableKind::Partitioned,
        default_partition: read
            .tables
            .rows()
            .iter()
            .find(|other| other.default_partition && other.partition_of == Some(table.oid))
            .map(|other| other.name.name.clone()),
        inserts: count(table.activity.inserted),
        updates: count(table.activity.updated),
        deletes: count(table.activity.deleted),
    }
}

fn of_table<T>(rows: &[T], table_of: impl Fn(&T) -> u32, table: u32) -> impl Iterator<Item = &T> {
    rows.iter().filter(move |row| table_of(row) == table)
}

fn column_facts(column: &Column) -> migrations::ColumnFacts {
    migrations::ColumnFacts {
        name: column.name.clone(),
        type_name: column.type_name.clone(),
        nullable: !column.not_null,
        default: column.default.clone(),
        identity: column.identity,
    }
}

fn index_facts(index: &Index) -> migrations::IndexFacts {
    migrations::IndexFacts {
        name: index.name.name.clone(),
        columns: index.keys.iter().filter_map(|key| key.column.clone()).collect(),
        unique: index.unique,
        valid: index.valid,
        constraint: index.constraint.clone(),
        definition: Some(index.definition.clone()),
    }
}

fn constraint_facts(constraint: &Constraint) -> migrations::ConstraintFacts {
    migrations::ConstraintFacts {
        name: constraint.name.clone(),
        kind: match constraint.kind {
            ConstraintKind::Check => migrations::ConstraintKind::Check,
            ConstraintKind::PrimaryKey => migrations::ConstraintKind::PrimaryKey,
            ConstraintKind::Unique => migrations::ConstraintKind::Unique,
            ConstraintKind::ForeignKey => migrations::ConstraintKind::ForeignKey,
            ConstraintKind::Exclusion => migrations::ConstraintKind::Exclusion,
            ConstraintKind::NotNull => migrations::ConstraintKind::NotNull,
        },
        validated: constraint.validated,
        columns: constraint.columns.clone(),
        definition: constraint.references.as_ref().map(|other| foreign_key(&constraint.columns, other)),
    }
}

/// A foreign key as a statement would add it.
fn foreign_key(columns: &[String], other: &Reference) -> String {
    let listed = |columns: &[String]| columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ");
    let table = quote_qualified(Some(&other.relation.schema), &other.relation.name);
    let action = |event: &str, action: &str| match action {
        "" | "no action" => String::new(),
        action => format!(" ON {event} {}", action.to_uppercase()),
    };
    format!(
        "FOREIGN KEY ({}) REFERENCES {table} ({}){}{}",
        listed(columns),
        listed(&other.columns),
        action("DELETE", &other.on_delete),
        action("UPDATE", &other.on_update),
    )
}
