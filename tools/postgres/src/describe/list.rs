//! Relations of a schema or of a pattern, one line each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::find::Wanted;
use crate::{PgError, Probe};

/// Relations that one answer lists at most.
pub(super) const MOST: i64 = 200;

/// The relations and functions that fit a pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listing {
    /// The pattern as understood.
    pub pattern: String,
    /// Tables, views, sequences, foreign tables; biggest first.
    pub relations: Vec<ListedRelation>,
    /// How many there are in all.
    pub total: i64,
    /// Names of functions in a listed schema, 50 at most.
    pub functions: Vec<String>,
}

/// A relation in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListedRelation {
    /// `table`, `view`, …
    pub relation_kind: String,
    /// `schema.name`.
    pub name: String,
    /// Rows by the statistics; `None` when never analysed.
    pub estimated_rows: Option<i64>,
    /// With indexes and TOAST, from the pages of the last vacuum or analyse; partitions included.
    pub estimated_bytes: i64,
    /// Columns.
    pub columns: i64,
    /// Indexes.
    pub indexes: i64,
}

/// Relations that fit both patterns; partitions are left out, their parents stand for them.
pub(super) async fn read(probe: &mut Probe, schema: &str, name: &str) -> Result<Listing, PgError> {
    let rows: Vec<(Json<ListedRelation>, i64)> = sqlx::query_as(
        "SELECT /* dbwright */ row_to_json(l), count(*) OVER () FROM (SELECT
            CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END AS relation_kind,
            format('%I.%I', n.nspname, c.relname) AS name,
            CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0
                      AND (c.reltuples + c.relpages > 0 OR current_setting('server_version_num')::int >= 140000)
                 THEN c.reltuples::int8 WHEN c.relkind = 'p' THEN tree.rows END AS estimated_rows,
            tree.pages * current_setting('block_size')::int8 AS estimated_bytes,
            c.relnatts AS columns, (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid) AS indexes
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN LATERAL (
             WITH RECURSIVE part(oid) AS (
                 SELECT c.oid UNION ALL SELECT h.inhrelid FROM pg_inherits h JOIN part ON h.inhparent = part.oid WHERE c.relkind = 'p')
             SELECT sum(CASE WHEN p.relkind = 'r' THEN greatest(p.reltuples, 0) END)::int8 AS rows,
                    sum(greatest(p.relpages, 0)
                        + coalesce((SELECT sum(t.relpages) FROM pg_class t WHERE t.oid = p.reltoastrelid), 0)
                        + coalesce((SELECT sum(greatest(ic.relpages, 0)) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                                    WHERE i.indrelid = p.oid), 0))::int8 AS pages
             FROM part JOIN pg_class p USING (oid)) tree
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition
           AND lower(n.nspname) LIKE $1 AND lower(c.relname) LIKE $2
           AND (n.nspname NOT IN ('pg_catalog', 'information_schema') OR $1 IN ('pg\\_catalog', 'information\\_schema'))
           AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%') l
         ORDER BY l.estimated_bytes DESC, l.name LIMIT $3",
    )
    .bind(Wanted::like(schema))
    .bind(Wanted::like(name))
    .bind(MOST)
    .fetch_all(probe.connection())
    .await?;
    let functions = sqlx::query_scalar(
        "SELECT /* dbwright */ DISTINCT p.proname::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE lower(n.nspname) LIKE $1 AND lower(p.proname) LIKE $2 AND n.nspname NOT IN ('pg_catalog', 'information_schema')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
         ORDER BY 1 LIMIT 50",
    )
    .bind(Wanted::like(schema))
    .bind(Wanted::like(name))
    .fetch_all(probe.connection())
    .await?;
    let total = rows.first().map_or(0, |(_, total)| *total);
    let relations = rows.into_iter().map(|(Json(relation), _)| relation).collect();
    Ok(Listing { pattern: format!("{schema}.{name}"), relations, total, functions })
}

/// The schema of that name, whatever its case.
pub(super) async fn schema(probe: &mut Probe, name: &str) -> Result<Option<String>, PgError> {
    Ok(sqlx::query_scalar(
        "SELECT /* dbwright */ nspname::text FROM pg_namespace WHERE lower(nspname) = lower($1) ORDER BY nspname = $1 DESC LIMIT 1",
    )
    .bind(name)
    .fetch_optional(probe.connection())
    .await?)
}
