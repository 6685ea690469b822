//! Tables and indexes.

use dbwright_checks::Snapshot;

use super::reader::{Query, Reader};
use crate::PgError;

// The size of a file and the printed form of an index take a lock on the table; both are left out
// for tables that somebody locks or wants to lock exclusively.
const TABLES: Query = Query {
    text: "WITH locked AS MATERIALIZED ({locked}),
    stats AS MATERIALIZED (
        SELECT schemaname, tablename, inherited, count(*) AS columns, sum((1 - null_frac) * avg_width)::float8 AS width
        FROM pg_stats GROUP BY schemaname, tablename, inherited),
    attributes AS MATERIALIZED (
        SELECT attrelid, count(*) AS columns FROM pg_attribute
        WHERE attnum > 0 AND NOT attisdropped AND attgenerated <> 'v' GROUP BY attrelid)
    SELECT c.oid::int8 AS oid, json_build_object('schema', n.nspname, 'name', c.relname) AS name,
        CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'm' THEN 'materialized_view' ELSE 'table' END AS kind,
        CASE WHEN c.relispartition THEN
            (SELECT i.inhparent::int8 FROM pg_inherits i WHERE i.inhrelid = c.oid LIMIT 1) END AS partition_of,
        EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partdefid = c.oid) AS default_partition,
        CASE WHEN c.relkind = 'p' AND c.oid NOT IN (TABLE locked) THEN pg_get_partkeydef(c.oid) END AS partition_key,
        CASE WHEN c.relispartition AND c.oid NOT IN (TABLE locked) THEN pg_get_expr(c.relpartbound, c.oid) END
            AS partition_bound,
        {detach_pending} AS detach_pending,
        c.relpersistence = 'u' AS unlogged, c.reltuples::float8 AS reltuples, c.relpages::int8 AS relpages,
        c.relallvisible::int8 AS all_visible_pages,
        coalesce(CASE WHEN c.relkind = 'p' THEN 0
          WHEN c.oid IN (TABLE locked) THEN c.relpages::int8 * current_setting('block_size')::int8
          ELSE pg_relation_size(c.oid) END, 0) AS heap_bytes,
        c.relkind <> 'p' AND c.oid IN (TABLE locked) AS size_estimated,
        CASE WHEN c.reltoastrelid = 0 THEN 0
             WHEN c.oid IN (TABLE locked) THEN t.relpages::int8 * current_setting('block_size')::int8
             ELSE coalesce(pg_relation_size(c.reltoastrelid), 0) END AS toast_bytes,
        coalesce((SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(c.reloptions) o),
            '{}') AS options,
        coalesce((SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(t.reloptions) o),
            '{}') AS toast_options,
        greatest(CASE WHEN c.relfrozenxid::text <> '0' THEN age(c.relfrozenxid) ELSE 0 END,
                 CASE WHEN t.relfrozenxid::text <> '0' THEN age(t.relfrozenxid) ELSE 0 END) AS xid_age,
        greatest(CASE WHEN c.relminmxid::text <> '0' THEN mxid_age(c.relminmxid) ELSE 0 END,
                 CASE WHEN t.relminmxid::text <> '0' THEN mxid_age(t.relminmxid) ELSE 0 END) AS mxid_age,
        c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
        pg_get_userbyid(c.relowner)::text AS owner,
        c.relrowsecurity AND EXISTS (SELECT FROM pg_roles r WHERE r.oid = c.relowner AND r.rolsuper) AS owner_superuser,
        {grants} AS grants,
        EXISTS (SELECT FROM pg_description e WHERE e.objoid = c.oid AND e.classoid = 'pg_class'::regclass
                AND e.objsubid = 0) AS commented,
        CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END
            AS replica_identity,
        CASE WHEN has_table_privilege(c.oid, 'SELECT') AND NOT (c.relrowsecurity AND row_security_active(c.oid))
             THEN coalesce(st.columns, 0) END AS columns_with_stats,
        st.width AS row_width, coalesce(a.columns, 0) AS column_count,
        EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.relid = c.oid) AS vacuum_running,
        json_build_object(
            'live_rows', coalesce(pg_stat_get_live_tuples(c.oid), 0),
            'dead_rows', coalesce(pg_stat_get_dead_tuples(c.oid), 0),
            'modified_since_analyze', coalesce(pg_stat_get_mod_since_analyze(c.oid), 0),
            'inserted_since_vacuum', coalesce(pg_stat_get_ins_since_vacuum(c.oid), 0),
            'inserted', coalesce(pg_stat_get_tuples_inserted(c.oid), 0),
            'updated', coalesce(pg_stat_get_tuples_updated(c.oid), 0),
            'hot_updated', coalesce(pg_stat_get_tuples_hot_updated(c.oid), 0),
            'deleted', coalesce(pg_stat_get_tuples_deleted(c.oid), 0),
            'seq_scans', coalesce(pg_stat_get_numscans(c.oid), 0),
            'seq_rows', coalesce(pg_stat_get_tuples_returned(c.oid), 0),
            'index_scans', coalesce((SELECT sum(pg_stat_get_numscans(i.indexrelid))::int8 FROM pg_index i
                                     WHERE i.indrelid = c.oid), 0),
            'vacuum_age_s', extract(epoch FROM clock_timestamp() - greatest(pg_stat_get_last_vacuum_time(c.oid),
                pg_stat_get_last_autovacuum_time(c.oid)))::float8,
            'analyze_age_s', extract(epoch FROM clock_timestamp() - greatest(pg_stat_get_last_analyze_time(c.oid),
                pg_stat_get_last_autoanalyze_time(c.oid)))::float8,
            'autovacuums', coalesce(pg_stat_get_autovacuum_count(c.oid), 0)) AS activity
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
    LEFT JOIN attributes a ON a.attrelid = c.oid
    LEFT JOIN stats st ON st.schemaname = n.nspname AND st.tablename = c.relname AND st.inherited = (c.relkind = 'p')
    WHERE c.relkind IN ('r', 'p', 'm') AND {user_relation}
    ORDER BY n.nspname, c.relname",
    variants: &[(
        "{detach_pending}",
        14,
        "c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid AND i.inhdetachpending)",
        "false",
    )],
};

const INDEXES: Query = Query {
    text: "WITH locked AS MATERIALIZED ({locked}),
    busy AS MATERIALIZED (
        SELECT l.relation FROM pg_locks l WHERE l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted),
    building AS MATERIALIZED (SELECT p.index_relid, p.relid FROM pg_stat_progress_create_index p),
    parts AS MATERIALIZED (
        SELECT i.indexrelid,
            json_agg(json_build_object(
                'column', a.attname,
                'expression', CASE WHEN k.attnum <> 0 THEN NULL WHEN i.indrelid IN (TABLE locked) THEN '(unknown)'
                    ELSE pg_get_indexdef(i.indexrelid, k.position::int, false) END,
                'opclass', i.indclass[(k.position - 1)::int]::int8,
                'collation', i.indcollation[(k.position - 1)::int]::int8,
                'descending', (i.indoption[(k.position - 1)::int] & 1) = 1,
                'nulls_first', (i.indoption[(k.position - 1)::int] & 2) = 2) ORDER BY k.position)
                FILTER (WHERE k.position <= i.indnkeyatts) AS keys,
            json_agg(a.attname ORDER BY k.position) FILTER (WHERE k.position > i.indnkeyatts) AS include
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, position)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
        -- Oids below belong to the system.
        WHERE i.indrelid >= 16384
        GROUP BY i.indexrelid),
    enforced AS MATERIALIZED (
        SELECT k.conindid, min(k.conname) FILTER (WHERE k.contype IN ('p', 'u', 'x')) AS constraint_name,
            bool_or(k.contype = 'f') AS referenced
        FROM pg_constraint k WHERE k.conindid <> 0 GROUP BY k.conindid)
    SELECT i.indexrelid::int8 AS oid, json_build_object('schema', xn.nspname, 'name', x.relname) AS name,
        i.indrelid::int8 AS \"table\", json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
        am.amname::text AS method,
        p.keys, coalesce(p.include, '[]') AS include,
        CASE WHEN i.indpred IS NULL THEN NULL
             WHEN i.indrelid IN (TABLE locked) THEN '(unknown)'
             ELSE pg_get_expr(i.indpred, i.indrelid) END AS predicate,
        i.indisunique AS \"unique\", {nulls_not_distinct} AS nulls_not_distinct, i.indisprimary AS \"primary\",
        i.indisexclusion AS exclusion, i.indisvalid AS valid, i.indisready AS ready,
        NOT i.indisvalid AND (i.indrelid IN (TABLE busy)
            OR EXISTS (SELECT FROM building b WHERE b.index_relid = i.indexrelid)) AS building,
        i.indisreplident AS replica_identity, i.indisclustered AS clustered,
        e.constraint_name AS \"constraint\", coalesce(e.referenced, false) AS referenced_by_foreign_key,
        h.inhparent::int8 AS partition_of,
        x.relkind = 'I' AS partitioned,
        coalesce(CASE WHEN x.relkind = 'I' THEN 0
          WHEN i.indrelid IN (TABLE locked) OR i.indexrelid IN (TABLE locked)
          THEN x.relpages::int8 * current_setting('block_size')::int8
          ELSE pg_relation_size(i.indexrelid) END, 0) AS bytes,
        x.reltuples::float8 AS reltuples, coalesce(pg_stat_get_numscans(i.indexrelid), 0) AS scans,
        coalesce(pg_stat_get_blocks_hit(i.indexrelid), 0) AS blocks_hit,
        coalesce(pg_stat_get_blocks_fetched(i.indexrelid) - pg_stat_get_blocks_hit(i.indexrelid), 0) AS blocks_read,
        {last_scan} AS last_scan_age_s, i.indrelid IN (TABLE locked) AS incomplete,
        CASE WHEN i.indrelid IN (TABLE locked) THEN '' ELSE pg_get_indexdef(i.indexrelid) END AS definition
    FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_namespace xn ON xn.oid = x.relnamespace
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am am ON am.oid = x.relam
    JOIN parts p ON p.indexrelid = i.indexrelid
    LEFT JOIN enforced e ON e.conindid = i.indexrelid
    LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
    WHERE c.relkind IN ('r', 'p', 'm') AND {user_relation}
    ORDER BY n.nspname, c.relname, x.relname",
    variants: &[
        ("{nulls_not_distinct}", 15, "i.indnullsnotdistinct", "false"),
        (
            "{last_scan}",
            16,
            "extract(epoch FROM clock_timestamp() - pg_stat_get_lastscan(i.indexrelid))::float8",
            "NULL::float8",
        ),
    ],
};

/// Tables that a note names.
const NAMED: usize = 5;

pub(super) async fn read_tables(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.tables = reader.rows(&TABLES).await?;
    let tables = snapshot.tables.rows();
    let estimated: Vec<String> =
        tables.iter().filter(|table| table.size_estimated).map(|table| table.name.to_string()).collect();
    if let Some(names) = some_of(&estimated) {
        snapshot.notes.push(format!(
            "tables: {names} locked by another session (AccessExclusiveLock), so the size is the planner's estimate"
        ));
    }
    let blind: Vec<String> =
        tables.iter().filter(|table| table.columns_with_stats.is_none()).map(|table| table.name.to_string()).collect();
    if let Some(names) = some_of(&blind) {
        snapshot.notes.push(format!(
            "tables: the planner's statistics of {names} hidden from {user}; GRANT SELECT on them (or pg_read_all_data, \
             14+) TO {user} shows them",
            user = dbwright_sql::quote_ident(reader.user())
        ));
    }
    Ok(())
}

pub(super) async fn read_indexes(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.indexes = reader.rows(&INDEXES).await?;
    Ok(())
}

/// `a.b and 3 more are`, or nothing.
fn some_of(names: &[String]) -> Option<String> {
    let shown = names.get(..names.len().min(NAMED))?.join(", ");
    match names.len() {
        0 => None,
        1 => Some(format!("{shown} is")),
        many if many <= NAMED => Some(format!("{shown} are")),
        many => Some(format!("{shown} and {} more are", many - NAMED)),
    }
}
