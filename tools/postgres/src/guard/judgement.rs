//! The policy's judgement of a statement, with what the live catalog says of every name in it.
//!
//! The catalog is read on the guarded connection, inside its read-only transaction, before the
//! statement runs. Until then the search path is `pg_catalog` alone: no object of the application
//! can stand in for one that these queries use, and definitions come out with all names qualified.

use dbwright_policy::{
    Mode, Ruling,
    sql::{Facts, Found, Wanted, judge, wanted},
};
use sqlx::{PgConnection, types::Json};

use crate::PgError;

/// Views over views over functions: rounds of questions, after which nothing is believed.
const MOST_ROUNDS: usize = 16;

/// Nothing known yet of the catalog behind this connection, under its search path.
pub(super) async fn facts(connection: &mut PgConnection) -> Result<Facts, PgError> {
    let path: Vec<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ pg_catalog.array_prepend('pg_catalog', pg_catalog.current_schemas(false)::pg_catalog.text[])",
    )
    .fetch_one(connection)
    .await?;
    Ok(Facts::live(path))
}

/// Judges one text, reading what is missing of the catalog.
pub(super) async fn ruling(
    connection: &mut PgConnection,
    sql: &str,
    mode: Mode,
    facts: &mut Facts,
) -> Result<Ruling, PgError> {
    let mut missing = wanted(sql, mode, facts);
    if !missing.is_empty() {
        let path: String = sqlx::query_scalar("SELECT /* dbwright */ pg_catalog.current_setting('search_path')")
            .fetch_one(&mut *connection)
            .await?;
        set_path(connection, "pg_catalog").await?;
        for _ in 0..MOST_ROUNDS {
            let found = look_up(connection, &missing).await?;
            facts.learn(&missing, found);
            missing = wanted(sql, mode, facts);
            if missing.is_empty() {
                break;
            }
        }
        set_path(connection, &path).await?;
    }
    Ok(judge(sql, mode, facts))
}

async fn set_path(connection: &mut PgConnection, path: &str) -> Result<(), PgError> {
    sqlx::query("SELECT /* dbwright */ pg_catalog.set_config('search_path', $1, true)")
        .bind(path)
        .persistent(false)
        .execute(connection)
        .await?;
    Ok(())
}

async fn look_up(connection: &mut PgConnection, wanted: &Wanted) -> Result<Found, PgError> {
    let mut found = Found::default();
    if !wanted.functions.is_empty() || !wanted.function_oids.is_empty() {
        found.functions = rows(connection, FUNCTIONS, &wanted.functions, &wanted.function_oids).await?;
    }
    if !wanted.operators.is_empty() {
        found.operators = rows(connection, OPERATORS, &wanted.operators, &Default::default()).await?;
    }
    if !wanted.relations.is_empty() || !wanted.relation_oids.is_empty() {
        found.relations = rows(connection, RELATIONS, &wanted.relations, &wanted.relation_oids).await?;
    }
    if !wanted.types.is_empty() || !wanted.type_oids.is_empty() {
        found.types = rows(connection, TYPES, &wanted.types, &wanted.type_oids).await?;
    }
    Ok(found)
}

async fn rows<T: serde::de::DeserializeOwned + Send + Unpin + 'static>(
    connection: &mut PgConnection,
    query: &'static str,
    names: &std::collections::BTreeSet<String>,
    oids: &std::collections::BTreeSet<u32>,
) -> Result<Vec<T>, PgError> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let oids: Vec<i64> = oids.iter().map(|oid| i64::from(*oid)).collect();
    let rows: Vec<Json<T>> =
        sqlx::query_scalar(query).bind(names).bind(oids).persistent(false).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|Json(row)| row).collect())
}

/// Objects with a number from 16384 on were made after `initdb`.
const FUNCTIONS: &str = "SELECT /* dbwright */ row_to_json(f) FROM (
    SELECT p.oid::int8 AS oid, n.nspname AS schema, p.proname AS name, p.provolatile AS volatility,
        p.prosecdef AS security_definer, l.lanname AS language, p.pronargs - p.pronargdefaults AS min_args,
        CASE WHEN p.provariadic = 0 THEN p.pronargs END AS max_args, p.oid < 16384 AS system, x.extname AS extension,
        CASE WHEN p.oid >= 16384 AND x.extname IS NULL AND l.lanname IN ('sql', 'plpgsql') AND p.prokind IN ('f', 'p')
            THEN pg_get_functiondef(p.oid) END AS definition,
        coalesce(p.proconfig, '{}') AS settings,
        CASE WHEN p.oid >= 16384 THEN ARRAY(
            SELECT part::oid::int8 FROM pg_aggregate a, unnest(ARRAY[a.aggtransfn, a.aggfinalfn, a.aggcombinefn,
                a.aggserialfn, a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn]) part
            WHERE a.aggfnoid = p.oid AND part::oid <> 0) ELSE '{}' END AS parts,
        CASE WHEN p.oid >= 16384 THEN ARRAY(
            SELECT t.oid::int8 FROM pg_type t WHERE t.oid >= 16384 AND t.oid IN (
                SELECT coalesce(nullif(a.typelem, 0), a.oid) FROM pg_type a
                WHERE a.oid = p.prorettype OR a.oid = ANY(p.proargtypes::oid[]))) ELSE '{}' END AS types
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    LEFT JOIN LATERAL (
        SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_extension'::regclass
          AND d.deptype = 'e' LIMIT 1) x ON true
    WHERE (p.proname = ANY($1::name[]) OR p.oid = ANY(($2::int8[])::oid[]))
      AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)) f";

const OPERATORS: &str = "SELECT /* dbwright */ row_to_json(f) FROM (
    SELECT n.nspname AS schema, o.oprname AS name, o.oprcode::oid::int8 AS function
    FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
    WHERE o.oprname = ANY($1::name[]) AND $2::int8[] IS NOT NULL AND o.oprcode::oid >= 16384) f";

/// Row security is of the relation that is named, also where it is a partitioned table. What the
/// planner folds: expressions and conditions of indexes, CHECK constraints.
const RELATIONS: &str = "SELECT /* dbwright */ row_to_json(f) FROM (
    SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.oid < 16384 AS system,
        CASE WHEN c.relkind = 'v' AND c.oid >= 16384 THEN pg_get_viewdef(c.oid) END AS definition,
        ARRAY(SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p
            WHERE c.relrowsecurity AND p.polrelid = c.oid AND p.polqual IS NOT NULL AND p.polcmd IN ('r', '*')) AS expressions,
        ARRAY(
            SELECT pg_get_expr(i.indexprs, i.indrelid) FROM pg_index i
            WHERE c.oid >= 16384 AND i.indrelid = c.oid AND i.indexprs IS NOT NULL
            UNION ALL SELECT pg_get_expr(i.indpred, i.indrelid) FROM pg_index i
            WHERE c.oid >= 16384 AND i.indrelid = c.oid AND i.indpred IS NOT NULL
            UNION ALL SELECT pg_get_expr(k.conbin, k.conrelid) FROM pg_constraint k
            WHERE c.oid >= 16384 AND k.conrelid = c.oid AND k.contype = 'c') AS folded,
        w.fdwname AS wrapper, coalesce(w.options, '{}') AS options,
        CASE WHEN c.relhassubclass THEN ARRAY(
            WITH RECURSIVE below(oid) AS (
                SELECT inhrelid FROM pg_inherits WHERE inhparent = c.oid
                UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid)
            SELECT b.oid::int8 FROM below b JOIN pg_class k ON k.oid = b.oid WHERE k.relkind = 'f') ELSE '{}' END AS children,
        CASE WHEN c.oid >= 16384 THEN ARRAY(
            SELECT DISTINCT coalesce(nullif(t.typelem, 0), t.oid)::int8 FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND t.oid >= 16384 AND coalesce(nullif(t.typelem, 0), t.oid) >= 16384)
            ELSE '{}' END AS types
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT w.fdwname, coalesce(t.ftoptions, '{}') || coalesce(s.srvoptions, '{}') AS options
        FROM pg_foreign_table t JOIN pg_foreign_server s ON s.oid = t.ftserver
        JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE t.ftrelid = c.oid) w ON true
    WHERE (c.relname = ANY($1::name[]) OR c.oid = ANY(($2::int8[])::oid[]))
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')) f";

const TYPES: &str = "SELECT /* dbwright */ row_to_json(f) FROM (
    SELECT t.oid::int8 AS oid, n.nspname AS schema, t.typname AS name,
        ARRAY(SELECT pg_get_expr(k.conbin, 0) FROM pg_constraint k WHERE k.contypid = t.oid AND k.conbin IS NOT NULL) AS expressions,
        ARRAY(
            SELECT o.oid::int8 FROM pg_type o WHERE o.oid >= 16384 AND o.oid IN (t.typbasetype, t.typelem)
            UNION SELECT coalesce(nullif(o.typelem, 0), o.oid)::int8 FROM pg_attribute a JOIN pg_type o ON o.oid = a.atttypid
            WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND o.oid >= 16384) AS types,
        ARRAY(SELECT c.castfunc::int8 FROM pg_cast c
            WHERE c.castfunc >= 16384 AND t.oid IN (c.castsource, c.casttarget)) AS casts
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE (t.typname = ANY($1::name[]) OR t.oid = ANY(($2::int8[])::oid[])) AND t.oid >= 16384) f";
