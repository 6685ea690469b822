//! The whole database in a few lines.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::list::{self, ListedRelation};
use crate::{PgError, Probe};

/// Tables that the overview names.
const TABLES: usize = 20;

/// Schemas, biggest tables, extensions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// `server_version`.
    pub version: String,
    /// Size of the database.
    pub database_bytes: i64,
    /// Schemas of users.
    pub schemas: Vec<SchemaLine>,
    /// Installed extensions.
    pub extensions: Vec<ExtensionLine>,
    /// The biggest relations.
    pub relations: Vec<ListedRelation>,
    /// How many relations there are.
    pub total_relations: i64,
}

/// A schema in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaLine {
    /// Its name.
    pub name: String,
    /// Tables, partitions apart.
    pub tables: i64,
    /// Views and materialized views.
    pub views: i64,
    /// Functions and procedures.
    pub functions: i64,
}

/// An extension in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExtensionLine {
    /// Its name.
    pub name: String,
    /// Installed version.
    pub version: String,
    /// The schema of its objects.
    pub schema: String,
}

#[derive(Deserialize)]
struct Head {
    version: String,
    database_bytes: i64,
    schemas: Vec<SchemaLine>,
    extensions: Vec<ExtensionLine>,
}

pub(super) async fn read(probe: &mut Probe) -> Result<Overview, PgError> {
    let Json(head): Json<Head> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(o) FROM (SELECT
            current_setting('server_version') AS version, pg_database_size(current_database()) AS database_bytes,
            coalesce((SELECT json_agg(s) FROM (
                SELECT n.nspname AS name,
                    (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition) AS tables,
                    (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('v', 'm')) AS views,
                    (SELECT count(*) FROM pg_proc p WHERE p.pronamespace = n.oid) AS functions
                FROM pg_namespace n
                WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 2 DESC, 1 LIMIT 50) s), '[]') AS schemas,
            coalesce((SELECT json_agg(e) FROM (
                SELECT x.extname AS name, x.extversion AS version, n.nspname AS schema
                FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace ORDER BY 1) e), '[]') AS extensions) o",
    )
    .fetch_one(probe.connection())
    .await?;
    let mut listing = list::read(probe, "*", "*").await?;
    listing.relations.truncate(TABLES);
    Ok(Overview {
        version: head.version,
        database_bytes: head.database_bytes,
        schemas: head.schemas,
        extensions: head.extensions,
        relations: listing.relations,
        total_relations: listing.total,
    })
}
