//! The database's own statistics on the copy, so that the copy's plans go wrong as the database's do.
//!
//! A fresh copy has fresh statistics, on which stale or missing ones could not be shown to be the
//! fault. What `pg_stats` shows is written back into `pg_statistic` of the copy: common values,
//! histograms and correlation, which is what plans of ordinary columns rest on.

use std::collections::BTreeSet;

use dbwright_indexes::TableName;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};

use crate::{Database, PgError};

/// What the planner of the database believes about one table.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Believed {
    pub(super) schema: String,
    pub(super) table: String,
    reltuples: f32,
    relpages: i32,
    /// Rows changed since the last ANALYZE.
    pub(super) modified: i64,
    /// Rows now, as counted.
    pub(super) live: i64,
    columns: Vec<ColumnBelieved>,
}

#[derive(Debug, Clone, Deserialize)]
struct ColumnBelieved {
    name: String,
    null_frac: f32,
    avg_width: i32,
    n_distinct: f32,
    common: Option<String>,
    frequencies: Option<Vec<f32>>,
    histogram: Option<String>,
    correlation: Option<f32>,
}

impl Believed {
    /// Whether ANALYZE would tell the planner something new.
    pub(super) fn is_stale(&self) -> bool {
        self.columns.is_empty() || self.modified.saturating_mul(10) > self.live.max(1)
    }
}

/// Reads what the planner of the database believes.
pub(super) async fn read(database: &Database, tables: &BTreeSet<TableName>) -> Result<Vec<Believed>, PgError> {
    let schemas: Vec<&str> = tables.iter().map(|name| name.schema.as_str()).collect();
    let names: Vec<&str> = tables.iter().map(|name| name.name.as_str()).collect();
    let mut probe = database.probe().await?;
    let rows: Vec<Json<Believed>> =
        sqlx::query_scalar(BELIEVED).bind(schemas).bind(names).fetch_all(probe.connection()).await?;
    probe.finish().await;
    Ok(rows.into_iter().map(|Json(row)| row).collect())
}

/// Makes the copy believe the same. Needs the superuser.
pub(super) async fn restore(admin: &mut PgConnection, believed: &[Believed]) -> Result<(), PgError> {
    for table in believed {
        sqlx::query(
            "DELETE FROM pg_catalog.pg_statistic s USING pg_catalog.pg_class c, pg_catalog.pg_namespace n
             WHERE s.starelid = c.oid AND n.oid = c.relnamespace AND n.nspname = $1 AND c.relname = $2 AND NOT s.stainherit",
        )
        .bind(&table.schema)
        .bind(&table.table)
        .execute(&mut *admin)
        .await?;
        for column in &table.columns {
            sqlx::query(INSERT)
                .bind(&table.schema)
                .bind(&table.table)
                .bind(&column.name)
                .bind(column.null_frac)
                .bind(column.avg_width)
                .bind(column.n_distinct)
                .bind(&column.common)
                .bind(&column.frequencies)
                .bind(&column.histogram)
                .bind(column.correlation)
                .execute(&mut *admin)
                .await?;
        }
        sqlx::query(
            "UPDATE pg_catalog.pg_class c SET reltuples = $3, relpages = $4 FROM pg_catalog.pg_namespace n
             WHERE n.oid = c.relnamespace AND n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'm')",
        )
        .bind(&table.schema)
        .bind(&table.table)
        .bind(table.reltuples)
        .bind(table.relpages)
        .execute(&mut *admin)
        .await?;
    }
    Ok(())
}

const BELIEVED: &str = "
SELECT /* dbwright */ json_build_object(
    'schema', n.nspname, 'table', c.relname, 'reltuples', c.reltuples, 'relpages', c.relpages,
    'modified', coalesce(pg_stat_get_mod_since_analyze(c.oid), 0), 'live', coalesce(pg_stat_get_live_tuples(c.oid), 0),
    'columns', coalesce((
        SELECT json_agg(json_build_object(
            'name', s.attname, 'null_frac', s.null_frac, 'avg_width', s.avg_width, 'n_distinct', s.n_distinct,
            'common', s.most_common_vals::text, 'frequencies', s.most_common_freqs,
            'histogram', s.histogram_bounds::text, 'correlation', s.correlation))
        FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND NOT s.inherited), '[]'::json))
FROM unnest($1::text[], $2::text[]) AS w(schema, name)
JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
WHERE c.relkind IN ('r', 'm')";

/// Slots: 1 common values, 2 histogram, 3 correlation. varchar is compared with the operators of
/// text; a type without a default b-tree operator class gets no slots.
const INSERT: &str = "
WITH col AS (
    SELECT a.attrelid, a.attnum, a.atttypid, a.attcollation,
        (SELECT ao.amopopr FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily
            AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype AND ao.amopstrategy = 3
         WHERE oc.opcmethod = 403 AND oc.opcdefault AND oc.opcintype = k.oid) AS eq,
        (SELECT ao.amopopr FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily
            AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype AND ao.amopstrategy = 1
         WHERE oc.opcmethod = 403 AND oc.opcdefault AND oc.opcintype = k.oid) AS lt
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    CROSS JOIN LATERAL (SELECT CASE WHEN t.typname = 'varchar' THEN 25::oid WHEN t.typtype = 'e' THEN 3500::oid ELSE t.oid END AS oid) k
    WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0 AND NOT a.attisdropped
)
INSERT INTO pg_catalog.pg_statistic
SELECT attrelid, attnum, false, $4::float4, $5::int4, $6::float4,
    CASE WHEN $7::text IS NOT NULL AND eq IS NOT NULL THEN 1 ELSE 0 END::int2,
    CASE WHEN $9::text IS NOT NULL AND lt IS NOT NULL THEN 2 ELSE 0 END::int2,
    CASE WHEN $10::float4 IS NOT NULL AND lt IS NOT NULL THEN 3 ELSE 0 END::int2, 0::int2, 0::int2,
    CASE WHEN $7::text IS NOT NULL AND eq IS NOT NULL THEN eq ELSE 0 END::oid,
    CASE WHEN $9::text IS NOT NULL AND lt IS NOT NULL THEN lt ELSE 0 END::oid,
    CASE WHEN $10::float4 IS NOT NULL AND lt IS NOT NULL THEN lt ELSE 0 END::oid, 0::oid, 0::oid,
    attcollation, attcollation, attcollation, 0::oid, 0::oid,
    CASE WHEN eq IS NOT NULL THEN $8::float4[] END, NULL,
    CASE WHEN $10::float4 IS NOT NULL AND lt IS NOT NULL THEN ARRAY[$10::float4] END, NULL, NULL,
    CASE WHEN $7::text IS NOT NULL AND eq IS NOT NULL THEN pg_catalog.array_in($7::text::cstring, atttypid, -1) END,
    CASE WHEN $9::text IS NOT NULL AND lt IS NOT NULL THEN pg_catalog.array_in($9::text::cstring, atttypid, -1) END,
    NULL, NULL, NULL
FROM col";
