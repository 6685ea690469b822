//! What must exist on the copy before rows can be put in.

use std::collections::BTreeSet;

use dbwright_indexes::{Catalog, Table, TableName};
use dbwright_sql::{quote_ident, quote_literal};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

/// An enum type.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EnumType {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) labels: Vec<String>,
}

/// What the tables depend on, and how large they are.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Dependencies {
    /// Heap and TOAST bytes of all tables.
    pub(super) bytes: i64,
    pub(super) enums: Vec<EnumType>,
    /// Extensions with their schemas.
    pub(super) extensions: Vec<(String, String)>,
    /// `CREATE STATISTICS` of extended statistics.
    pub(super) statistics: Vec<String>,
    /// Columns with a collation of their own: schema, table, column, collation as SQL.
    pub(super) collations: Vec<(String, String, String, String)>,
    /// Locale of the database, where the C library provides it.
    pub(super) locale: Option<(String, String)>,
    /// Encoding of the database.
    pub(super) encoding: String,
    /// `CREATE FUNCTION` of the database's own functions: conditions and views may call them.
    pub(super) functions: Vec<String>,
    /// Planner settings that are not the default.
    pub(super) settings: Vec<(String, String)>,
}

/// Reads the dependencies of these tables.
pub(super) async fn read(database: &Database, tables: &BTreeSet<TableName>) -> Result<Dependencies, PgError> {
    let schemas: Vec<&str> = tables.iter().map(|name| name.schema.as_str()).collect();
    let names: Vec<&str> = tables.iter().map(|name| name.name.as_str()).collect();
    let mut probe = database.probe().await?;
    let Json(found): Json<Dependencies> =
        sqlx::query_scalar(DEPENDENCIES).bind(schemas).bind(names).fetch_one(probe.connection()).await?;
    probe.finish().await;
    Ok(found)
}

/// Arrays of a type depend on it too.
const DEPENDENCIES: &str = r"
WITH wanted AS (
    SELECT c.oid, c.relpages, c.reltoastrelid, n.nspname, c.relname
    FROM unnest($1::text[], $2::text[]) AS w(schema, name)
    JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
), types AS (
    SELECT DISTINCT coalesce(nullif(base.typelem, 0), base.oid) AS oid
    FROM wanted w JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
)
SELECT /* dbwright */ json_build_object(
    'bytes', coalesce((SELECT sum(w.relpages::int8 + coalesce(t.relpages, 0)) * 8192
        FROM wanted w LEFT JOIN pg_class t ON t.oid = w.reltoastrelid), 0)::int8,
    'enums', coalesce((SELECT json_agg(json_build_object('schema', n.nspname, 'name', t.typname,
            'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)))
        FROM types JOIN pg_type t ON t.oid = types.oid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'e'), '[]'::json),
    'extensions', coalesce((SELECT json_agg(json_build_array(e.extname, n.nspname))
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname NOT IN ('plpgsql', 'hypopg', 'pg_stat_statements')), '[]'::json),
    'statistics', coalesce((SELECT json_agg(pg_get_statisticsobjdef(s.oid))
        FROM pg_statistic_ext s JOIN wanted w ON w.oid = s.stxrelid), '[]'::json),
    'collations', coalesce((SELECT json_agg(json_build_array(w.nspname, w.relname, a.attname,
            quote_ident(n.nspname) || '.' || quote_ident(o.collname)))
        FROM wanted w JOIN pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_collation o ON o.oid = a.attcollation JOIN pg_namespace n ON n.oid = o.collnamespace
        WHERE o.collname <> 'default' AND n.nspname = 'pg_catalog'), '[]'::json),
    'functions', coalesce((SELECT json_agg(f.definition) FROM (
            SELECT pg_get_functiondef(p.oid) AS definition
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
            WHERE p.prokind = 'f' AND l.lanname IN ('sql', 'plpgsql') AND p.prorettype <> 'trigger'::regtype
              AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
            ORDER BY p.oid LIMIT 500) f), '[]'::json),
    'locale', (SELECT json_build_array(d.datcollate, d.datctype) FROM pg_database d
        WHERE d.datname = current_database() AND coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c'),
    'encoding', (SELECT pg_encoding_to_char(d.encoding) FROM pg_database d WHERE d.datname = current_database()),
    'settings', coalesce((SELECT json_agg(json_build_array(s.name, current_setting(s.name)))
        FROM pg_settings s WHERE s.setting IS DISTINCT FROM s.boot_val AND (
            s.name IN ('random_page_cost', 'seq_page_cost', 'effective_cache_size', 'work_mem', 'jit',
                'max_parallel_workers_per_gather', 'default_statistics_target', 'from_collapse_limit',
                'join_collapse_limit', 'plan_cache_mode', 'DateStyle', 'IntervalStyle', 'TimeZone')
            OR s.name ~ '^(cpu_|parallel_|min_parallel_|jit_)')), '[]'::json))";

/// Types, schemas and tables, in order; without constraints, defaults and indexes.
pub(super) fn statements(tables: &[&Table], dependencies: &Dependencies) -> Vec<String> {
    let mut schemas: BTreeSet<&str> = tables.iter().map(|table| table.name.schema.as_str()).collect();
    schemas.extend(dependencies.enums.iter().map(|kind| kind.schema.as_str()));
    let mut out: Vec<String> =
        schemas.iter().map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {}", quote_ident(schema))).collect();
    for kind in &dependencies.enums {
        let labels: Vec<String> = kind.labels.iter().map(|label| quote_literal(label)).collect();
        let name = dbwright_sql::quote_qualified(Some(&kind.schema), &kind.name);
        out.push(format!("CREATE TYPE {name} AS ENUM ({})", labels.join(", ")));
    }
    // Parents before their partitions.
    let mut left: Vec<&Table> = tables.to_vec();
    let mut made: BTreeSet<&TableName> = BTreeSet::new();
    while !left.is_empty() {
        let known: BTreeSet<&TableName> = left.iter().map(|table| &table.name).collect();
        let (ready, later): (Vec<&Table>, Vec<&Table>) =
            left.iter().partition(|table| table.parent.as_ref().is_none_or(|parent| !known.contains(parent)));
        if ready.is_empty() {
            break;
        }
        for table in ready {
            out.push(create_table(table, dependencies, &made));
            made.insert(&table.name);
        }
        left = later;
    }
    out
}

/// The views of the catalog.
pub(super) fn views(catalog: &Catalog) -> Vec<String> {
    catalog
        .tables
        .iter()
        .filter_map(|view| {
            let definition = view.definition.as_deref()?.trim_end().trim_end_matches(';');
            let columns: Vec<String> = view.columns.iter().map(|column| quote_ident(&column.name)).collect();
            Some(format!("CREATE VIEW {} ({}) AS {definition}", view.name.quoted(), columns.join(", ")))
        })
        .collect()
}

fn create_table(table: &Table, dependencies: &Dependencies, made: &BTreeSet<&TableName>) -> String {
    let by = table.partition_key.as_ref().map(|key| format!(" PARTITION BY {key}")).unwrap_or_default();
    let parent = table.parent.as_ref().filter(|parent| made.contains(*parent));
    if let (Some(parent), Some(bound)) = (parent, &table.bound) {
        return format!("CREATE TABLE {} PARTITION OF {} {bound}{by}", table.name.quoted(), parent.quoted());
    }
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let own = dependencies.collations.iter().find(|(schema, name, known, _)| {
                *schema == table.name.schema && *name == table.name.name && *known == column.name
            });
            let collation = own.map(|(_, _, _, sql)| format!(" COLLATE {sql}")).unwrap_or_default();
            let not_null = if column.nullable { "" } else { " NOT NULL" };
            format!("{} {}{collation}{not_null}", quote_ident(&column.name), column.data_type)
        })
        .collect();
    // Columns of the same name are merged with the parent's.
    let inherits = parent.map(|parent| format!(" INHERITS ({})", parent.quoted())).unwrap_or_default();
    let fill = match (table.fillfactor, &table.partition_key) {
        (Some(share), None) => format!(" WITH (fillfactor = {share})"),
        _ => String::new(),
    };
    format!("CREATE TABLE {} ({}){inherits}{by}{fill}", table.name.quoted(), columns.join(", "))
}
