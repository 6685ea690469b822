//! What the rewrites must know of the catalog.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_rewrites::{Facts, Relation, Volatility};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Database, PgError};

#[derive(Deserialize)]
struct Called {
    name: String,
    volatility: Volatility,
}

/// Reads the relations and functions of these names. Takes no lock on any table.
pub(super) async fn read(
    database: &Database,
    names: &BTreeSet<String>,
    functions: &BTreeSet<String>,
    search_path: Vec<String>,
) -> Result<Facts, PgError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
    let mut probe = database.probe().await?;
    let relations: Vec<Json<Relation>> =
        sqlx::query_scalar(RELATIONS).bind(names).fetch_all(probe.connection()).await?;
    let called: Vec<Json<Called>> = sqlx::query_scalar(FUNCTIONS).bind(functions).fetch_all(probe.connection()).await?;
    probe.finish().await;
    let functions: BTreeMap<String, Volatility> =
        called.into_iter().map(|Json(called)| (called.name, called.volatility)).collect();
    Ok(Facts { search_path, relations: relations.into_iter().map(|Json(relation)| relation).collect(), functions })
}

/// A unique index counts where it is checked at once, has no predicate and no expression. NULLS
/// NOT DISTINCT (15+) only makes it stricter.
const RELATIONS: &str = "
SELECT /* dbwright */ json_build_object(
    'schema', n.nspname, 'name', c.relname,
    'row_security', c.relrowsecurity AND row_security_active(c.oid),
    'columns', coalesce((
        SELECT json_agg(json_build_object(
            'name', a.attname,
            'data_type', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) ELSE format_type(a.atttypid, a.atttypmod) END,
            'nullable', NOT a.attnotnull,
            'loose_equality', t.typname = 'citext' OR coalesce((SELECT NOT o.collisdeterministic FROM pg_collation o WHERE o.oid = a.attcollation), false))
            ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]'::json),
    'unique', coalesce((
        SELECT json_agg((SELECT json_agg(a.attname ORDER BY k)
                         FROM generate_series(1, i.indnkeyatts) AS k
                         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1]))
        FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
          AND i.indpred IS NULL AND i.indexprs IS NULL), '[]'::json),
    'foreign_keys', coalesce((
        SELECT json_agg(json_build_object(
            'columns', (SELECT json_agg(a.attname ORDER BY x.at) FROM unnest(k.conkey) WITH ORDINALITY AS x(attnum, at)
                        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum),
            'schema', pn.nspname, 'table', p.relname,
            'referenced', (SELECT json_agg(a.attname ORDER BY x.at) FROM unnest(k.confkey) WITH ORDINALITY AS x(attnum, at)
                           JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.attnum)))
        FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE k.contype = 'f' AND k.conrelid = c.oid AND k.convalidated AND NOT k.condeferrable), '[]'::json))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'm', 'v', 'f')
  AND n.nspname NOT IN ('information_schema', 'pg_toast')
ORDER BY n.nspname, c.relname";

/// Of several functions with the same name the most volatile one counts.
const FUNCTIONS: &str = "
SELECT /* dbwright */ json_build_object('name', f.name, 'volatility', CASE
    WHEN bool_or(p.provolatile = 'v') THEN 'volatile' WHEN bool_or(p.provolatile = 's') THEN 'stable' ELSE 'immutable' END)
FROM unnest($1::text[]) AS f(name) JOIN pg_proc p ON p.proname = f.name GROUP BY f.name";
