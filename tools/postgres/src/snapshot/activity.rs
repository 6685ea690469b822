//! Sessions, lock waits, prepared transactions, slots and standbys.

use dbwright_checks::{Probe, Session, Snapshot};
use dbwright_sql::{collapse_whitespace, redact_literals};

use super::reader::{Query, Reader};
use crate::PgError;

const SESSIONS: Query = Query {
    text: "WITH waits AS MATERIALIZED (
        SELECT DISTINCT ON (l.pid) l.pid, l.locktype, l.mode, {waitstart} AS waitstart,
            CASE WHEN l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                 THEN l.relation::regclass::text END AS relation
        FROM pg_locks l WHERE NOT l.granted ORDER BY l.pid),
    advisory AS MATERIALIZED (
        SELECT l.pid, count(*) AS held FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.granted GROUP BY l.pid)
    SELECT a.pid, a.usename::text AS \"user\", a.datname::text AS database,
        coalesce(a.application_name, '') AS application,
        coalesce(host(a.client_addr), CASE WHEN a.client_port = -1 THEN 'local socket' END) AS client,
        coalesce(a.backend_type, '') AS backend_type, a.state, a.wait_event_type, a.wait_event,
        extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS xact_age_s,
        extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS query_age_s,
        extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_age_s,
        age(a.backend_xid) AS xid_age, age(a.backend_xmin) AS xmin_age,
        left(coalesce(a.query, ''), 2000) AS query,
        CASE WHEN w.pid IS NOT NULL THEN
            ARRAY(SELECT DISTINCT b FROM unnest(pg_blocking_pids(a.pid)) b ORDER BY b) ELSE '{}'::int[] END AS blocked_by,
        CASE WHEN w.pid IS NOT NULL THEN json_build_object('kind', w.locktype, 'mode', w.mode, 'relation', w.relation,
            'wait_s', extract(epoch FROM clock_timestamp() - w.waitstart)::float8) END AS waiting_for,
        coalesce(v.held, 0) AS advisory_locks
    FROM pg_stat_activity a LEFT JOIN waits w ON w.pid = a.pid LEFT JOIN advisory v ON v.pid = a.pid
    WHERE a.pid <> pg_backend_pid() AND coalesce(a.application_name, '') <> 'dbwright'
    ORDER BY a.pid",
    variants: &[("{waitstart}", 14, "l.waitstart", "NULL::timestamptz")],
};

// Progress views show other databases' work without its table.
const PROGRESS: Query = Query::new(
    "SELECT p.pid, p.command, p.relid::regclass::text AS relation, p.phase, p.done, p.total, p.waits_for
    FROM (
        SELECT pid, datid, 'VACUUM' AS command, relid, phase, heap_blks_scanned AS done, heap_blks_total AS total,
            NULL::int AS waits_for FROM pg_stat_progress_vacuum
        UNION ALL SELECT pid, datid, command, relid, phase,
            CASE WHEN blocks_total > 0 THEN blocks_done WHEN tuples_total > 0 THEN tuples_done ELSE lockers_done END,
            CASE WHEN blocks_total > 0 THEN blocks_total WHEN tuples_total > 0 THEN tuples_total ELSE lockers_total END,
            nullif(current_locker_pid, 0)::int FROM pg_stat_progress_create_index
        UNION ALL SELECT pid, datid, command, relid, phase, heap_blks_scanned, heap_blks_total, NULL
        FROM pg_stat_progress_cluster
        UNION ALL SELECT pid, datid, 'ANALYZE', relid, phase, sample_blks_scanned, sample_blks_total, NULL
        FROM pg_stat_progress_analyze) p
    WHERE p.datid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND p.phase IS NOT NULL
    ORDER BY p.pid",
);

const PREPARED: Query = Query::new(
    "SELECT gid, owner::text, database::text, extract(epoch FROM clock_timestamp() - prepared)::float8 AS age_s,
        age(transaction) AS xid_age
    FROM pg_prepared_xacts ORDER BY prepared",
);

const SLOTS: Query = Query {
    text: "SELECT slot_name::text AS name, slot_type AS kind, plugin::text, database::text, active, temporary,
        pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
            restart_lsn)::int8 AS retained_bytes,
        wal_status, safe_wal_size AS safe_wal_bytes, age(xmin) AS xmin_age, age(catalog_xmin) AS catalog_xmin_age,
        {inactive} AS inactive_age_s
    FROM pg_replication_slots ORDER BY slot_name",
    variants: &[("{inactive}", 17, "extract(epoch FROM clock_timestamp() - inactive_since)::float8", "NULL::float8")],
};

const SUBSCRIPTIONS: Query = Query {
    text: "SELECT s.subname::text AS name, s.subenabled AS enabled,
        coalesce(bool_or(t.pid IS NOT NULL), false) AS running,
        (SELECT count(*) FROM pg_subscription_rel r WHERE r.srsubid = min(t.subid) AND r.srsubstate <> 'r')
            AS tables_not_ready,
        {errors} AS apply_errors,
        extract(epoch FROM clock_timestamp() - max(t.last_msg_receipt_time))::float8 AS last_message_age_s
    FROM pg_subscription s
    -- By name: the oid of a subscription is hidden from ordinary roles in old versions.
    JOIN pg_stat_subscription t ON t.subname = s.subname AND t.relid IS NULL
    WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    GROUP BY s.subname, s.subenabled ORDER BY s.subname",
    variants: &[(
        "{errors}",
        15,
        "(SELECT max(e.apply_error_count) FROM pg_stat_subscription_stats e WHERE e.subname = s.subname)",
        "NULL::int8",
    )],
};

const STANDBYS: Query = Query::new(
    "SELECT pid, coalesce(application_name, '') AS application, host(client_addr) AS client, state, sync_state,
        pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END,
            replay_lsn)::int8 AS lag_bytes,
        extract(epoch FROM replay_lag)::float8 AS lag_s, age(backend_xmin) AS xmin_age
    FROM pg_stat_replication ORDER BY application_name, pid",
);

const ARCHIVER: Query = Query::new(
    "SELECT archived_count AS archived, failed_count AS failed,
        extract(epoch FROM clock_timestamp() - last_archived_time)::float8 AS last_archived_age_s,
        extract(epoch FROM clock_timestamp() - last_failed_time)::float8 AS last_failed_age_s
    FROM pg_stat_archiver",
);

/// What the server shows instead of a statement that the viewer may not read.
const HIDDEN: &str = "<insufficient privilege>";

pub(super) async fn read(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    let mut sessions: Probe<Vec<Session>> = reader.rows(&SESSIONS).await?;
    if let Probe::Ok(sessions) = &mut sessions {
        let hidden = sessions.iter().filter(|session| session.query == HIDDEN).count();
        if hidden > 0 {
            snapshot.notes.push(format!(
                "sessions: state, age and statement of {hidden} sessions are hidden from {user}; \
                 GRANT pg_read_all_stats TO {user} shows them",
                user = dbwright_sql::quote_ident(reader.user())
            ));
        }
        for session in sessions {
            // Statements carry the application's data, and passwords of ALTER ROLE.
            session.query = collapse_whitespace(&redact_literals(&session.query)).chars().take(500).collect();
        }
    }
    snapshot.sessions = sessions;
    snapshot.progress = reader.rows(&PROGRESS).await?;
    snapshot.prepared = reader.rows(&PREPARED).await?;
    Ok(())
}

pub(super) async fn read_replication(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.slots = reader.rows(&SLOTS).await?;
    snapshot.standbys = reader.rows(&STANDBYS).await?;
    snapshot.subscriptions = reader.rows(&SUBSCRIPTIONS).await?;
    snapshot.archiver = reader.row(&ARCHIVER).await?;
    Ok(())
}
