//! Whether `pg_stat_statements` can be read, and what to do where it cannot.

use serde::Deserialize;
use sqlx::types::Json;

use crate::{PgError, Probe};

/// What stands between us and the statistics of statements.
#[derive(Debug, Deserialize)]
pub(super) struct Source {
    /// Whether this database has the extension.
    created: bool,
    /// Whether the server has loaded the library.
    loaded: bool,
    /// Whether its files are on the server.
    installed: bool,
    /// `shared_preload_libraries`, where this role may see it.
    preload: Option<String>,
}

pub(super) async fn look(probe: &mut Probe) -> Result<Source, PgError> {
    let Json(source): Json<Source> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(s) FROM (SELECT
            EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') AS created,
            EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max') AS loaded,
            EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS installed,
            (SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries') AS preload) s",
    )
    .fetch_one(probe.connection())
    .await?;
    Ok(source)
}

impl Source {
    /// What is missing and the commands that bring it; `None` when nothing is.
    pub(super) fn remedy(&self) -> Option<String> {
        const CREATE: &str = "CREATE EXTENSION pg_stat_statements in this database";
        if self.created && self.loaded {
            return None;
        }
        if self.loaded {
            return Some(format!("pg_stat_statements is loaded but not created here: {CREATE}"));
        }
        let install = if self.installed { "" } else { "install the contrib package of this server version, " };
        let libraries = match self.preload.as_deref().map(str::trim) {
            Some("") => "'pg_stat_statements'".to_owned(),
            Some(loaded) => dbwright_sql::quote_literal(&format!("{loaded},pg_stat_statements")),
            None => "'<what it is now>,pg_stat_statements' (SHOW shared_preload_libraries as a superuser)".to_owned(),
        };
        let create = if self.created { String::new() } else { format!(", then {CREATE}") };
        Some(format!(
            "pg_stat_statements is not loaded: {install}ALTER SYSTEM SET shared_preload_libraries = {libraries}, restart the server{create}"
        ))
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
