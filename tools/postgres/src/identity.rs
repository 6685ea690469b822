//! Who a server is and what we are on it.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{PgError, Probe};

/// A server, a database and our role, as the server tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `server_version_num`: 150018 for 15.18.
    pub version_num: i32,
    /// `server_version`: `15.18 (Debian …)`.
    pub version: String,
    /// Name of the database.
    pub database: String,
    /// Its oid: the key in `pg_stat_statements`.
    pub database_oid: u32,
    /// The cluster's own identifier; the same on all its replicas. `None` where the provider hides it.
    pub system_identifier: Option<String>,
    /// `current_user`.
    pub user: String,
    /// Whether it is a superuser.
    pub is_superuser: bool,
    /// Whether it may read every session's and statement's text.
    pub reads_all_stats: bool,
    /// Whether the server is a standby.
    pub in_recovery: bool,
    /// `pg_postmaster_start_time()`, ISO 8601.
    pub started_at: String,
}

impl Identity {
    /// 15 for 15.18.
    pub const fn major(&self) -> i32 {
        self.version_num / 10_000
    }

    /// A stable key of this database: `system identifier/database`, the same from every host
    /// name and through every pooler. Without the identifier, the database's name and oid.
    pub fn key(&self) -> String {
        match &self.system_identifier {
            Some(identifier) => format!("{identifier}/{}", self.database),
            None => format!("oid{}/{}", self.database_oid, self.database),
        }
    }

    pub(crate) async fn read(probe: &mut Probe) -> Result<Self, PgError> {
        let Json(mut identity): Json<Self> = sqlx::query_scalar(
            "SELECT /* dbwright */ row_to_json(i) FROM (SELECT
                current_setting('server_version_num')::int AS version_num,
                current_setting('server_version') AS version,
                current_database()::text AS database,
                (SELECT oid::int8 FROM pg_database WHERE datname = current_database()) AS database_oid,
                NULL::text AS system_identifier,
                current_user::text AS \"user\",
                (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
                pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS reads_all_stats,
                pg_is_in_recovery() AS in_recovery,
                to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS started_at) i",
        )
        .fetch_one(probe.connection())
        .await?;
        // Last, because a refusal ends the transaction: managed services revoke this function.
        identity.system_identifier =
            sqlx::query_scalar("SELECT /* dbwright */ system_identifier::text FROM pg_control_system()")
                .fetch_one(probe.connection())
                .await
                .ok();
        Ok(identity)
    }
}
