//! A server of its own with the world of `tests/guard/sql`, and what can be seen of its state.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::{fs, path::PathBuf};

use dbwright_postgres::{Database, DatabaseConfig};
use dbwright_servers::{Postgres, PostgresOptions, testing::own_postgres};
use serde::Deserialize;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const ROLE: &str = "specialist";
const TEMPLATE: &str = "world";

/// An attack. Its class says what it does without the guard: a durable or lasting `effect`, a
/// `read` of what is secret, something that `runs` and others feel, `time`, `memory`; or nothing
/// that can be seen, because this server is not in the `state` for it.
#[derive(Debug, Clone, Deserialize)]
pub struct Attack {
    pub id: String,
    pub class: String,
    pub sql: String,
}

/// An ordinary statement.
#[derive(Debug, Clone, Deserialize)]
pub struct Benign {
    pub id: String,
    pub sql: String,
}

pub fn attacks() -> Vec<Attack> {
    lines("attacks.jsonl")
}

pub fn benign() -> Vec<Benign> {
    lines("benign.jsonl")
}

fn lines<T: for<'de> Deserialize<'de>>(name: &str) -> Vec<T> {
    corpus(name)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

fn corpus(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guard/sql").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub struct World {
    server: Postgres,
    folder: tempfile::TempDir,
}

impl World {
    pub async fn start() -> Self {
        let options = PostgresOptions::default()
            .setting("wal_level", "logical")
            .setting("max_wal_senders", "4")
            .setting("max_prepared_transactions", "10")
            .setting("primary_conninfo", "host=127.0.0.1 password=planted-secret");
        let server = own_postgres(options).await;
        let folder = tempfile::tempdir().unwrap();
        // The server's programs and files must be able to leave their trace here.
        let mut permissions = fs::metadata(folder.path()).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o777);
        fs::set_permissions(folder.path(), permissions).unwrap();
        let world = Self { server, folder };
        world.server.create_database(TEMPLATE).await.unwrap();
        let script = corpus("fixture.sql")
            .replace("{role}", ROLE)
            .replace("{folder}", &world.folder.path().display().to_string());
        let mut connection = PgConnection::connect(&world.url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        world
    }

    pub fn url(&self) -> String {
        self.server.url(TEMPLATE)
    }

    pub fn role(&self) -> Database {
        Database::new(DatabaseConfig::new("app", self.server.url_as(ROLE, TEMPLATE))).unwrap()
    }

    pub fn superuser(&self) -> Database {
        Database::new(DatabaseConfig::new("app", self.url())).unwrap()
    }

    /// The attack's text with the names of this world.
    pub fn fill(&self, attack: &Attack) -> String {
        self.filled(attack, TEMPLATE)
    }

    fn filled(&self, attack: &Attack, database: &str) -> String {
        attack
            .sql
            .replace("{folder}", &self.folder.path().display().to_string())
            .replace("{database}", database)
            .replace("{conninfo}", &self.conninfo(database))
            .replace("{n}", &attack.id)
    }

    /// How the server reaches itself.
    fn conninfo(&self, database: &str) -> String {
        let (folder, port) = (self.server.socket_dir(), self.server.port());
        format!("host={} port={port} user=postgres dbname={database}", folder.display())
    }

    pub async fn fingerprint(&self) -> Vec<String> {
        self.fingerprint_of(TEMPLATE).await
    }

    /// Everything durable that an attack could change, and what other sessions would feel.
    async fn fingerprint_of(&self, database: &str) -> Vec<String> {
        let mut connection = PgConnection::connect(&self.server.url(database)).await.unwrap();
        // Where an attack took away what is looked at, or locked it, that is the difference.
        sqlx::raw_sql("SET lock_timeout = '1s'").execute(&mut connection).await.unwrap();
        let mut found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(FINGERPRINT))
            .fetch_all(&mut connection)
            .await
            .unwrap_or_else(|error| vec![error.to_string()]);
        connection.close().await.unwrap();
        let mut files: Vec<String> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| format!("file {}", entry.unwrap().file_name().display()))
            .collect();
        files.sort();
        found.extend(files);
        found
    }

    /// Runs an attack without the guard, as the superuser, on a copy of the world.
    ///
    /// `Err` says that no harm could be seen, and what happened instead.
    pub async fn harm(&self, attack: &Attack) -> Result<(), String> {
        let copy = format!("copy_{}", attack.id);
        let mut admin = PgConnection::connect(&self.server.url("postgres")).await.unwrap();
        let run = |sql: String| AssertSqlSafe(sql);
        sqlx::raw_sql(run(format!("CREATE DATABASE {copy} TEMPLATE {TEMPLATE}"))).execute(&mut admin).await.unwrap();
        let before = self.fingerprint_of(&copy).await;
        let mut connection = PgConnection::connect(&self.server.url(&copy)).await.unwrap();
        sqlx::raw_sql("SET statement_timeout = '2s'; SET search_path = public, app")
            .execute(&mut connection)
            .await
            .unwrap();
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
        let at_start: String = sqlx::query_scalar(AssertSqlSafe(SESSION_STATE))
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let outcome = sqlx::raw_sql(run(self.filled(attack, &copy))).fetch_all(&mut connection).await;
        let peak = peak_kilobytes(pid);
        let state: Option<String> =
            sqlx::query_scalar(AssertSqlSafe(SESSION_STATE)).persistent(false).fetch_one(&mut connection).await.ok();
        let after = self.fingerprint_of(&copy).await;
        let said = match &outcome {
            Ok(rows) => format!("{} rows, {peak} kB", rows.len()),
            Err(error) => format!("{error}, {peak} kB"),
        };
        let stopped = said.contains("statement timeout");
        let harmed = match attack.class.as_str() {
            "effect" => before != after || state.as_deref() != Some(&at_start),
            // What is read, or felt by others: other sessions, the log, WAL, caches.
            // A reading of everything that only time ends has read, too.
            "read" | "runs" => outcome.is_ok() || stopped,
            "time" => stopped,
            _ => peak > 256 * 1024 || stopped || said.contains("memory"),
        };
        drop(outcome);
        let _ = connection.close().await;
        sqlx::raw_sql(AssertSqlSafe(CLEAN_UP)).execute(&mut admin).await.unwrap();
        sqlx::raw_sql("ALTER SYSTEM RESET ALL").execute(&mut admin).await.unwrap();
        // A subscription holds its database; the server is thrown away anyway.
        let _ = sqlx::raw_sql(run(format!("DROP DATABASE IF EXISTS {copy} WITH (FORCE)"))).execute(&mut admin).await;
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let _ = fs::remove_file(entry.unwrap().path());
        }
        if harmed { Ok(()) } else { Err(said) }
    }
}

/// The most memory that a process has had.
pub fn peak_kilobytes(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let shared = status.lines().find_map(|line| line.strip_prefix("RssShmem:")).unwrap_or_default();
    let number = |text: &str| text.split_whitespace().next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0);
    // Buffers of the server belong to all its backends.
    number(line).saturating_sub(number(shared))
}

/// State of a session that survives a statement.
pub const SESSION_STATE: &str = "SELECT concat_ws(' ', current_user, session_user, current_setting('work_mem'),
    current_setting('transaction_read_only'), current_setting('session_replication_role'),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), 'locks',
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), 'prepared',
    (SELECT count(*) FROM pg_cursors WHERE name NOT LIKE '' AND is_holdable), 'cursors',
    (SELECT count(*) FROM pg_listening_channels()), 'channels')";

/// [`SESSION_STATE`] of a superuser's session that nothing was left in.
pub const CLEAN_STATE: &str = "postgres postgres 4MB off origin 0 locks 0 prepared 0 cursors 0 channels";

const CLEAN_UP: &str = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active;
    SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin WHERE roname LIKE 'evil%';
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'copy_%';
    DO $$ DECLARE r record; BEGIN
        FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'evil%' LOOP EXECUTE format('DROP ROLE %I', r.rolname); END LOOP;
    END $$;
    ALTER ROLE postgres RESET ALL;";

const FINGERPRINT: &str = "SELECT 'relation ' || concat_ws(' ', c.oid, c.relname, c.relkind, c.relfilenode, c.relacl::text, c.reltuples, c.xmin)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('app', 'public')
    UNION ALL SELECT 'column ' || concat_ws(' ', attrelid, attname, xmin) FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0
    UNION ALL SELECT 'function ' || concat_ws(' ', oid, proname, xmin) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'counter ' || concat_ws(' ', ctid, n, xmin, xmax) FROM app.counter
    UNION ALL SELECT 'places ' || count(*) FROM app.places
    UNION ALL SELECT 'customers ' || concat_ws(' ', count(*), max(xmin::text), max(xmax::text)) FROM app.customers
    UNION ALL SELECT 'ticket ' || concat_ws(' ', last_value, is_called) FROM app.ticket
    UNION ALL SELECT 'large object ' || concat_ws(' ', oid, md5(lo_get(oid))) FROM pg_largeobject_metadata
    UNION ALL SELECT 'role ' || concat_ws(' ', rolname, rolsuper, rolconfig::text) FROM pg_roles
    UNION ALL SELECT 'database setting ' || concat_ws(' ', d.setdatabase, d.setconfig::text) FROM pg_db_role_setting d
        JOIN pg_database b ON b.oid = d.setdatabase WHERE b.datname = current_database()
    UNION ALL SELECT 'extension ' || extname FROM pg_extension
    UNION ALL SELECT 'comment ' || concat_ws(' ', objoid, description) FROM pg_description WHERE objoid >= 16384
    UNION ALL SELECT 'statistic ' || concat_ws(' ', starelid, staattnum, xmin) FROM pg_statistic WHERE starelid >= 16384
    UNION ALL SELECT 'server ' || srvname FROM pg_foreign_server
    UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
    UNION ALL SELECT 'publication ' || pubname FROM pg_publication
    UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace
    UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
    UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
    UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts
    UNION ALL SELECT 'advisory lock ' || concat_ws(' ', objid, mode, pid) FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'reset ' || coalesce(stats_reset::text, '-') FROM pg_stat_bgwriter
    UNION ALL SELECT 'reset ' || coalesce(stats_reset::text, '-') FROM pg_stat_database WHERE datname = current_database()
    UNION ALL SELECT 'reset ' || stats_reset::text FROM pg_stat_statements_info
    UNION ALL SELECT 'reset ' || concat_ws(' ', name, stats_reset) FROM pg_stat_slru
    UNION ALL SELECT 'loaded ' || pg_conf_load_time()::text
    UNION ALL SELECT 'settings ' || md5(pg_read_file('postgresql.auto.conf'))
    UNION ALL SELECT 'segment ' || pg_walfile_name(pg_current_wal_lsn())
    ORDER BY 1";
