//! Where a copy lives: a server of our own, or a database of its own on a server that the settings name.

use std::time::{SystemTime, UNIX_EPOCH};

use dbwright_contract::ToolError;
use dbwright_servers::{Postgres, PostgresBinaries, PostgresOptions};
use dbwright_sql::{quote_ident, quote_literal};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::definitions::Dependencies;
use crate::{Database, PgError, connect::Target};

/// The role that owns the copy and runs everything on it.
pub(super) const ROLE: &str = "dbwright_scratch";
/// Name of the copied database on a server of our own, and how names on other servers begin.
const DATABASE: &str = "dbwright_scratch";
/// What an ended process left behind is removed after this many seconds.
const ABANDONED_S: u64 = 3_600;

/// A place for one copy.
pub(super) struct Host {
    server: Option<Postgres>,
    /// The maintenance database and the copy's own, on a server that is not ours.
    borrowed: Option<(SecretString, String)>,
    /// How the superuser reaches the copy.
    pub(super) admin: SecretString,
    /// How the copy's owner reaches it.
    pub(super) owner: SecretString,
    /// The source database was cloned: everything is there.
    pub(super) cloned: bool,
    /// What is not as on the source, in words.
    pub(super) notes: Vec<String>,
}

impl Host {
    /// A server of our own with an empty database.
    pub(super) async fn own(binaries: &PostgresBinaries, dependencies: &Dependencies) -> Result<Self, ToolError> {
        let mut options = PostgresOptions { preload: Vec::new(), ..PostgresOptions::default() }
            .setting("shared_buffers", "256MB")
            .setting("maintenance_work_mem", "256MB")
            .setting("track_io_timing", "off");
        for (name, value) in &dependencies.settings {
            options = options.setting(name, value);
        }
        let server =
            Postgres::start(binaries, options).await.map_err(|error| ToolError::Unavailable(error.to_string()))?;
        let mut postgres = connect(&server.url("postgres").into()).await?;
        run(&mut postgres, &format!("CREATE ROLE {ROLE} LOGIN")).await?;
        let mut notes = Vec::new();
        create_empty(&mut postgres, DATABASE, dependencies, &mut notes).await?;
        // The last connection to another database: errors of a goodbye do not matter.
        let _ = postgres.close().await;
        let (admin, owner) = (server.url(DATABASE).into(), server.url_as(ROLE, DATABASE).into());
        Ok(Self { server: Some(server), borrowed: None, admin, owner, cloned: false, notes })
    }

    /// A database on the server behind `url`: a clone of the source where that is on the same
    /// server and nobody uses it, else empty.
    pub(super) async fn borrowed(
        url: &SecretString,
        database: &Database,
        dependencies: &Dependencies,
        major: u32,
    ) -> Result<Self, ToolError> {
        let mut maintenance = connect(url).await?;
        let (version, superuser, system): (i32, bool, Option<String>) = sqlx::query_as(
            "SELECT current_setting('server_version_num')::int, current_setting('is_superuser')::bool,
                 (SELECT system_identifier::text FROM pg_control_system())",
        )
        .fetch_one(&mut maintenance)
        .await
        .map_err(PgError::from)?;
        if !superuser {
            return Err(ToolError::Unavailable(
                "the role of advise.scratch is no superuser: it cannot hide indexes from the planner".to_owned(),
            ));
        }
        if version.unsigned_abs() / 10_000 != major {
            return Err(ToolError::Unavailable(format!(
                "the server of advise.scratch is PostgreSQL {}, the database is on {major}",
                version / 10_000
            )));
        }
        sweep(&mut maintenance).await?;
        run(
            &mut maintenance,
            &format!("DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"),
        )
        .await?;
        let name = format!("{DATABASE}_{}_{}", now(), std::process::id());
        let identity = database.identity().await?;
        let same_server = system.is_some() && system == identity.system_identifier;
        let mut notes = Vec::new();
        let mut cloned = false;
        if same_server {
            database.pool().close_idle().await;
            let clone = format!("CREATE DATABASE {name} TEMPLATE {}", quote_ident(&identity.database));
            match run(&mut maintenance, &clone).await {
                Ok(()) => cloned = true,
                Err(PgError::Server(error)) => {
                    notes.push(format!(
                        "the database could not be cloned, so its tables were copied: {}",
                        error.message
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !cloned {
            create_empty(&mut maintenance, &name, dependencies, &mut notes).await?;
        }
        for (setting, value) in &dependencies.settings {
            let statement = format!("ALTER DATABASE {name} SET {} = {}", quote_ident(setting), quote_literal(value));
            if run(&mut maintenance, &statement).await.is_err() {
                notes.push(format!("the scratch copy does not have the database's setting of {setting}"));
            }
        }
        let (admin, owner) = (in_database(url, &name, None), in_database(url, &name, Some(ROLE)));
        Ok(Self { server: None, borrowed: Some((url.clone(), name)), admin, owner, cloned, notes })
    }

    /// Removes the copy.
    pub(super) async fn stop(self) {
        if let Some(server) = self.server
            && let Err(error) = server.stop().await
        {
            tracing::warn!(%error, "the scratch server was left to its guard");
        }
        if let Some((url, name)) = self.borrowed {
            let dropped = async {
                let mut maintenance = connect(&url).await?;
                run(&mut maintenance, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
            };
            if let Err(error) = dropped.await {
                tracing::warn!(%error, name, "the scratch database was left behind; the next copy on that server removes it");
            }
        }
    }
}

/// Removes copies whose process ended without doing so: old by their name, and with nobody in them.
async fn sweep(maintenance: &mut PgConnection) -> Result<(), PgError> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database d WHERE starts_with(datname, $1 || '_')
           AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.datid = d.oid)",
    )
    .bind(DATABASE)
    .fetch_all(&mut *maintenance)
    .await?;
    for name in names {
        let made: Option<u64> = name.strip_prefix(DATABASE).and_then(|rest| rest.split('_').nth(1)?.parse().ok());
        if made.is_some_and(|made| now().saturating_sub(made) > ABANDONED_S) {
            run(maintenance, &format!("DROP DATABASE IF EXISTS {}", quote_ident(&name))).await?;
        }
    }
    Ok(())
}

async fn create_empty(
    connection: &mut PgConnection,
    name: &str,
    dependencies: &Dependencies,
    notes: &mut Vec<String>,
) -> Result<(), PgError> {
    let plain = format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE template0");
    let exact = dependencies.locale.as_ref().map(|(collate, ctype)| {
        format!(
            "{plain} ENCODING {} LC_COLLATE {} LC_CTYPE {}",
            quote_literal(&dependencies.encoding),
            quote_literal(collate),
            quote_literal(ctype)
        )
    });
    let created = match &exact {
        Some(exact) => run(connection, exact).await.is_ok(),
        None => false,
    };
    if !created {
        run(connection, &plain).await?;
        notes.push("the scratch copy sorts text by another locale than the database".to_owned());
    }
    Ok(())
}

/// The same server's URL for another database, as another role.
fn in_database(url: &SecretString, database: &str, role: Option<&str>) -> SecretString {
    let text = url.expose_secret();
    let (place, query) = text.split_once('?').map_or((text, ""), |(place, query)| (place, query));
    let authority = place.find("://").map_or(0, |at| at + 3);
    let end = place.get(authority..).and_then(|rest| rest.find('/')).map_or(place.len(), |at| authority + at);
    let mut out = format!("{}/{database}", place.get(..end).unwrap_or(place));
    let role = role.map(|role| format!("options=-c%20role%3D{role}"));
    let parts: Vec<&str> =
        [query, role.as_deref().unwrap_or_default()].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        out.push('?');
        out.push_str(&parts.join("&"));
    }
    out.into()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

pub(super) async fn connect(url: &SecretString) -> Result<PgConnection, PgError> {
    Target::parse(url)?.connect().await
}

/// Runs one statement on the copy.
pub(super) async fn run(connection: &mut PgConnection, statement: &str) -> Result<(), PgError> {
    sqlx::query(AssertSqlSafe(statement)).persistent(false).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
#[path = "host_tests.rs"]
mod tests;
