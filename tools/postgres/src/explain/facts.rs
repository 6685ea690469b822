//! What the catalog knows of the relations in a plan.

use std::collections::BTreeMap;

use dbwright_plan::{Plan, RelationFacts};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

/// Relations looked up; a plan over a thousand partitions needs no more to be understood.
const MOST_RELATIONS: usize = 200;

#[derive(Deserialize)]
struct Known {
    qualified: String,
    #[serde(flatten)]
    facts: RelationFacts,
}

/// Facts by `schema.relation`. Takes no lock on any table.
pub(super) async fn read(database: &Database, plan: &Plan) -> Result<BTreeMap<String, RelationFacts>, PgError> {
    let mut names: Vec<(&str, &str)> =
        plan.nodes().iter().filter_map(|node| Some((node.schema.as_deref()?, node.relation.as_deref()?))).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST_RELATIONS);
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (schemas, relations): (Vec<&str>, Vec<&str>) = names.into_iter().unzip();
    let mut probe = database.probe().await?;
    let rows: Vec<Json<Known>> =
        sqlx::query_scalar(FACTS).bind(schemas).bind(relations).fetch_all(probe.connection()).await?;
    probe.finish().await;
    Ok(rows.into_iter().map(|Json(known)| (known.qualified, known.facts)).collect())
}

/// Sizes come from `pg_class`, since the size functions lock. A policy's functions come from
/// `pg_depend`, since reading its expression locks too; built-in ones are not recorded there, and
/// `current_setting` is the one that policies use. Collation 100 is the database's default. `reltuples` is -1 (before PG 14: 0)
/// for a table that was never analyzed.
const FACTS: &str = "
SELECT /* dbwright */ json_build_object(
    'qualified', n.nspname || '.' || c.relname,
    'rows', CASE WHEN c.reltuples > 0 THEN c.reltuples::float8 ELSE pg_stat_get_live_tuples(c.oid)::float8 END,
    'bytes', c.relpages::int8 * 8192,
    'modified_since_analyze', pg_stat_get_mod_since_analyze(c.oid)::float8,
    'analyzed', c.reltuples > 0 OR EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname)
        OR pg_stat_get_last_analyze_time(c.oid) IS NOT NULL OR pg_stat_get_last_autoanalyze_time(c.oid) IS NOT NULL,
    'row_bytes', (SELECT sum(s.avg_width)::float8 FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname),
    'policy_functions', coalesce((
        SELECT json_agg(DISTINCT name) FROM (
            SELECT fn.nspname || '.' || p.proname AS name
            FROM pg_policy pol
            JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = pol.oid AND d.refclassid = 'pg_proc'::regclass
            JOIN pg_proc p ON p.oid = d.refobjid AND p.provolatile <> 'i'
            JOIN pg_namespace fn ON fn.oid = p.pronamespace
            WHERE c.relrowsecurity AND pol.polrelid = c.oid
            UNION ALL SELECT 'pg_catalog.current_setting' WHERE c.relrowsecurity) AS f), '[]'::json),
    'columns', coalesce((
        SELECT json_agg(json_build_object('name', a.attname, 'data_type', format_type(a.atttypid, a.atttypmod),
            'byte_order', CASE WHEN a.attcollation <> 0 THEN coalesce(l.collcollate IN ('C', 'POSIX'), false)
                OR (a.attcollation = 100 AND db.datcollate IN ('C', 'POSIX')) END,
            'n_distinct', s.n_distinct, 'null_fraction', s.null_frac, 'correlation', s.correlation) ORDER BY a.attnum)
        FROM pg_attribute a
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname AND NOT s.inherited
        CROSS JOIN (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS db
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'::json),
    'indexes', coalesce((
        SELECT json_agg(json_build_object(
            'name', ic.relname,
            'columns', (SELECT json_agg(coalesce(a.attname::text, '') ORDER BY k)
                        FROM generate_series(1, i.indnkeyatts) AS k
                        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum > 0),
            'pattern_ops', (SELECT o.opcname LIKE '%pattern_ops' FROM pg_opclass o WHERE o.oid = i.indclass[0]),
            'method', (SELECT am.amname FROM pg_am am WHERE am.oid = ic.relam),
            'valid', i.indisvalid AND i.indisready,
            'partial', i.indpred IS NOT NULL) ORDER BY ic.relname)
        FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid), '[]'::json))
FROM unnest($1::text[], $2::text[]) AS w(schema, relation)
JOIN pg_namespace n ON n.nspname = w.schema
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.relation";
