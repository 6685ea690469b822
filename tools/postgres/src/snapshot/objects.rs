//! Columns, constraints and sequences.

use dbwright_checks::{Probe, Sequence, Snapshot};
use serde::Deserialize;

use super::reader::{Query, Reader};
use crate::PgError;

const COLUMNS: Query = Query::new(
    "WITH locked AS MATERIALIZED ({locked}),
    keys AS MATERIALIZED (
        SELECT i.indrelid, k.attnum FROM pg_index i, unnest(i.indkey::int2[]) k(attnum) WHERE i.indisprimary),
    stats AS MATERIALIZED (
        SELECT schemaname, tablename, attname, inherited, null_frac, n_distinct, avg_width, correlation,
            most_common_freqs[1] AS top_frequency, histogram_bounds
        FROM pg_stats)
    SELECT a.attrelid::int8 AS \"table\", a.attname::text AS name, a.attnum AS position,
        format_type(a.atttypid, a.atttypmod) AS type_name, coalesce(bt.typname, t.typname)::text AS base_type,
        a.attlen AS length,
        (CASE a.attalign WHEN 'c' THEN 1 WHEN 's' THEN 2 WHEN 'i' THEN 4 ELSE 8 END)::int2 AS alignment,
        a.attnotnull AS not_null,
        CASE WHEN a.atthasdef AND a.attgenerated = '' AND a.attrelid NOT IN (TABLE locked)
             THEN pg_get_expr(d.adbin, d.adrelid) END AS \"default\",
        a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
        CASE WHEN s.attname IS NOT NULL THEN json_build_object(
            'null_frac', s.null_frac, 'n_distinct', s.n_distinct, 'avg_width', s.avg_width,
            'correlation', s.correlation, 'top_frequency', s.top_frequency,
            'max_value', CASE WHEN k.attnum IS NOT NULL AND t.typname IN ('int2', 'int4', 'int8')
                              THEN (regexp_match(s.histogram_bounds::text, '(-?[0-9]+)}$'))[1]::int8 END) END AS stats
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type bt ON bt.oid = t.typbasetype AND t.typtype = 'd'
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN keys k ON k.indrelid = a.attrelid AND k.attnum = a.attnum
    LEFT JOIN stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
        AND s.inherited = (c.relkind = 'p')
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm') AND {user_relation}
    ORDER BY a.attrelid, a.attnum",
);

const CONSTRAINTS: Query = Query {
    text: "SELECT k.oid::int8 AS oid, k.conname::text AS name, k.conrelid::int8 AS \"table\",
        json_build_object('schema', n.nspname, 'name', c.relname) AS relation,
        CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign_key'
            WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not_null' ELSE 'check' END AS kind,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY o(attnum, position)
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.attnum ORDER BY o.position) AS columns,
        k.convalidated AS validated, k.conparentid <> 0 OR k.coninhcount > 0 AS inherited,
        CASE WHEN k.contype = 'f' THEN json_build_object(
            'table', k.confrelid::int8, 'match_full', k.confmatchtype = 'f',
            'relation', (SELECT json_build_object('schema', fn.nspname, 'name', f.relname)
                         FROM pg_class f JOIN pg_namespace fn ON fn.oid = f.relnamespace WHERE f.oid = k.confrelid),
            'columns', ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY o(attnum, position)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = o.attnum ORDER BY o.position),
            'on_delete', (string_to_array('no action,restrict,cascade,set null,set default', ','))[
                position(k.confdeltype::text IN 'arcnd')],
            'on_update', (string_to_array('no action,restrict,cascade,set null,set default', ','))[
                position(k.confupdtype::text IN 'arcnd')]) END AS \"references\"
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype IN ('c', 'p', 'u', 'f', 'x', 'n') AND {enforced} AND {user_relation}
    ORDER BY n.nspname, c.relname, k.conname",
    // A constraint that is NOT ENFORCED counts as not validated and cannot be.
    variants: &[("{enforced}", 18, "k.conenforced", "true")],
};

// nextval and its relatives lock the sequence: those that somebody alters are left out.
const SEQUENCES: Query = Query::new(
    "WITH altered AS MATERIALIZED (
        SELECT DISTINCT l.relation FROM pg_locks l
        WHERE l.locktype = 'relation' AND l.pid <> pg_backend_pid() AND l.mode IN
            ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')),
    feeds AS MATERIALIZED (
        SELECT d.objid AS sequence, d.refobjid AS \"table\", d.refobjsubid AS attnum, d.deptype = 'i' AS identity, 1 AS rank
        FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
        UNION ALL
        SELECT d.refobjid, f.adrelid, f.adnum, false, 2
        FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass),
    owners AS MATERIALIZED (SELECT DISTINCT ON (sequence) * FROM feeds ORDER BY sequence, rank, \"table\", attnum)
    SELECT json_build_object('schema', n.nspname, 'name', c.relname) AS name,
        format_type(q.seqtypid, NULL) AS data_type,
        has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable,
        CASE WHEN has_sequence_privilege(c.oid, 'SELECT, USAGE') AND c.oid NOT IN (TABLE altered)
             THEN pg_sequence_last_value(c.oid) END AS last_value,
        q.seqstart AS start, q.seqmin AS min, q.seqmax AS max, q.seqincrement AS increment, q.seqcycle AS cycle,
        CASE WHEN oc.oid IS NOT NULL THEN json_build_object(
            'table', oc.oid::int8, 'relation', json_build_object('schema', cn.nspname, 'name', oc.relname),
            'column', a.attname, 'column_type', t.typname, 'identity', o.identity) END AS owner
    FROM pg_sequence q
    JOIN pg_class c ON c.oid = q.seqrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN owners o ON o.sequence = c.oid
    LEFT JOIN pg_class oc ON oc.oid = o.\"table\"
    LEFT JOIN pg_namespace cn ON cn.oid = oc.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = o.\"table\" AND a.attnum = o.attnum
    LEFT JOIN pg_type t ON t.oid = a.atttypid
    WHERE {user_relation}
    ORDER BY n.nspname, c.relname",
);

#[derive(Deserialize)]
struct SequenceRow {
    readable: bool,
    #[serde(flatten)]
    sequence: Sequence,
}

pub(super) async fn read_columns(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.columns = reader.rows(&COLUMNS).await?;
    Ok(())
}

pub(super) async fn read_constraints(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.constraints = reader.rows(&CONSTRAINTS).await?;
    Ok(())
}

pub(super) async fn read_sequences(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.sequences = match reader.rows::<SequenceRow>(&SEQUENCES).await? {
        Probe::Ok(rows) => {
            let hidden = rows.iter().filter(|row| !row.readable).count();
            if hidden > 0 {
                snapshot.notes.push(format!(
                    "sequences: the last value of {hidden} sequences is hidden from {user}; GRANT SELECT ON SEQUENCE ... \
                     TO {user} shows it",
                    user = dbwright_sql::quote_ident(reader.user())
                ));
            }
            Probe::Ok(rows.into_iter().map(|row| row.sequence).collect())
        }
        Probe::Skipped { reason } => Probe::Skipped { reason },
        Probe::NotAsked => Probe::NotAsked,
    };
    Ok(())
}
