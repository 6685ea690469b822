//! The server, its settings and its databases.

use std::collections::BTreeMap;

use dbwright_checks::{Probe, Server, Setting, Settings, Snapshot};
use serde::Deserialize;

use super::reader::{Query, Reader};
use crate::PgError;

const SERVER: Query = Query::new(
    "SELECT current_setting('server_version_num')::int AS version_num, current_setting('server_version') AS version,
        current_database()::text AS database, current_user::text AS \"user\",
        coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false) AS superuser,
        pg_is_in_recovery() AS in_recovery, extract(epoch FROM clock_timestamp())::int8 AS unix_time,
        extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS uptime_s,
        (SELECT extract(epoch FROM clock_timestamp() - stats_reset)::float8 FROM pg_stat_database
         WHERE datname = current_database()) AS stats_age_s",
);

// A walk over the files of the database: apart, because it is the one slow thing here.
const SIZE: Query = Query::new("SELECT pg_database_size(current_database()) AS bytes");

// reset_val: what sessions start with. Our own limits are set for this transaction only.
const SETTINGS: Query = Query::new(
    "SELECT name, coalesce(reset_val, setting, '') AS value, unit, source, boot_val AS boot_value, pending_restart
    FROM pg_settings",
);

const CHECKPOINTS: Query = Query {
    text: "SELECT {columns}, extract(epoch FROM clock_timestamp() - stats_reset)::float8 AS stats_age_s FROM {view}",
    variants: &[
        (
            "{columns}",
            17,
            "num_timed AS timed, num_requested AS requested",
            "checkpoints_timed AS timed, checkpoints_req AS requested",
        ),
        ("{view}", 17, "pg_stat_checkpointer", "pg_stat_bgwriter"),
    ],
};

// The view of the files says `could not be applied` also of what only waits for a restart.
const FILE_ERRORS: Query = Query {
    text: "SELECT f.sourcefile AS file, f.sourceline AS line, f.name, f.error FROM pg_file_settings f
    LEFT JOIN pg_settings g ON g.name = f.name
    WHERE f.error IS NOT NULL AND g.context IS DISTINCT FROM 'postmaster'
    UNION ALL SELECT {hba_file}, h.line_number, NULL, h.error FROM pg_hba_file_rules h WHERE h.error IS NOT NULL
    ORDER BY 1, 2",
    variants: &[("{hba_file}", 16, "h.file_name", "'pg_hba.conf'")],
};

const MAY_READ_FILES: Query = Query::new(
    "SELECT has_table_privilege('pg_file_settings', 'SELECT') AND has_table_privilege('pg_hba_file_rules', 'SELECT')
        AND has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')
        AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE') AS allowed",
);

// Names with a dot are the application's own and may hold its secrets.
const OVERRIDES: Query = Query::new(
    "SELECT r.rolname::text AS role, d.datname::text AS database, split_part(c.entry, '=', 1) AS name,
        substr(c.entry, position('=' IN c.entry) + 1) AS value
    FROM pg_db_role_setting s
    CROSS JOIN LATERAL unnest(s.setconfig) c(entry)
    LEFT JOIN pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE (s.setdatabase = 0 OR d.datname = current_database()) AND split_part(c.entry, '=', 1) NOT LIKE '%.%'
    ORDER BY 1 NULLS FIRST, 2 NULLS FIRST, 3",
);

const SHARED_IO: Query = Query {
    text: "SELECT {columns}",
    variants: &[(
        "{columns}",
        16,
        "coalesce(sum(fsyncs) FILTER (WHERE backend_type = 'client backend'), 0)::int8 AS backend_fsyncs,
            (sum(writes) FILTER (WHERE backend_type = 'client backend' AND context = 'normal'))::int8 AS backend_writes,
            (sum(writes) FILTER (WHERE backend_type IN ('background writer', 'checkpointer')))::int8 AS background_writes,
            extract(epoch FROM clock_timestamp() - min(stats_reset))::float8 AS stats_age_s
        FROM pg_stat_io WHERE object = 'relation'",
        "buffers_backend_fsync AS backend_fsyncs, NULL::int8 AS backend_writes, NULL::int8 AS background_writes,
            extract(epoch FROM clock_timestamp() - stats_reset)::float8 AS stats_age_s
        FROM pg_stat_bgwriter",
    )],
};

const SLRU: Query = Query::new("SELECT name, blks_hit AS hit, blks_read AS read FROM pg_stat_slru ORDER BY name");

const DATABASES: Query = Query {
    text: "SELECT d.datname::text AS name, d.datname = current_database() AS current,
        age(d.datfrozenxid) AS xid_age, mxid_age(d.datminmxid) AS mxid_age,
        coalesce(s.deadlocks, 0) AS deadlocks, coalesce(s.temp_files, 0) AS temp_files,
        coalesce(s.temp_bytes, 0) AS temp_bytes, coalesce(s.blks_hit, 0) AS blocks_hit,
        coalesce(s.blks_read, 0) AS blocks_read, coalesce(s.xact_commit, 0) AS commits,
        coalesce(s.xact_rollback, 0) AS rollbacks, s.checksum_failures,
        extract(epoch FROM clock_timestamp() - s.stats_reset)::float8 AS stats_age_s, {collation}
    FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid
    ORDER BY d.datname",
    variants: &[(
        "{collation}",
        15,
        "d.datcollversion AS collation_recorded, CASE WHEN d.datname = current_database()
            THEN pg_database_collation_actual_version(d.oid) END AS collation_actual",
        "NULL::text AS collation_recorded, NULL::text AS collation_actual",
    )],
};

#[derive(Deserialize)]
struct Size {
    bytes: i64,
}

#[derive(Deserialize)]
struct Allowed {
    allowed: bool,
}

#[derive(Deserialize)]
struct NamedSetting {
    name: String,
    #[serde(flatten)]
    setting: Setting,
}

pub(super) async fn read(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    let mut server: Probe<Server> = reader.row(&SERVER).await?;
    if let Probe::Ok(server) = &mut server {
        match reader.row::<Size>(&SIZE).await? {
            Probe::Ok(size) => server.size_bytes = Some(size.bytes),
            Probe::Skipped { reason } => snapshot.notes.push(format!("size of the database: {reason}")),
            Probe::NotAsked => {}
        }
    }
    snapshot.server = server;
    snapshot.settings = match reader.rows::<NamedSetting>(&SETTINGS).await? {
        Probe::Ok(rows) => {
            let by_name: BTreeMap<String, Setting> = rows.into_iter().map(|row| (row.name, row.setting)).collect();
            Probe::Ok(Settings(by_name))
        }
        Probe::Skipped { reason } => Probe::Skipped { reason },
        Probe::NotAsked => Probe::NotAsked,
    };
    snapshot.checkpoints = reader.row(&CHECKPOINTS).await?;
    snapshot.file_errors = match reader.row::<Allowed>(&MAY_READ_FILES).await? {
        Probe::Ok(Allowed { allowed: true }) => reader.rows(&FILE_ERRORS).await?,
        Probe::Ok(_) => Probe::skipped("only administrators may read pg_file_settings and pg_hba_file_rules"),
        Probe::Skipped { reason } => Probe::Skipped { reason },
        Probe::NotAsked => Probe::NotAsked,
    };
    snapshot.overrides = reader.rows(&OVERRIDES).await?;
    snapshot.shared_io = reader.row(&SHARED_IO).await?;
    snapshot.slru = reader.rows(&SLRU).await?;
    Ok(())
}

pub(super) async fn read_databases(reader: &Reader<'_>, snapshot: &mut Snapshot) -> Result<(), PgError> {
    snapshot.databases = reader.rows(&DATABASES).await?;
    Ok(())
}
