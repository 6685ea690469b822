//! Whether the effect of a step is there already: asked before it runs, so that nothing is done
//! twice, and when nobody saw how an earlier run ended.

use serde::Deserialize;
use sqlx::{PgConnection, types::Json};

use super::{
    essence::essence,
    name::ObjectName,
    step::{SettingScope, Step, StepKind},
};
use crate::PgError;

/// What the catalog says of a step's effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum There {
    /// It is there, whole.
    Yes(String),
    /// Nothing of it is there.
    No(String),
    /// An invalid leftover is there, which the step removes first.
    Leftover(String),
    /// Another backend is making it right now.
    Building { pid: i32, index: String },
    /// Something else stands in its place.
    InTheWay(String),
    /// Nothing can tell, and a repetition does no harm.
    Repeatable(String),
}

#[derive(Debug, Deserialize)]
struct IndexState {
    name: String,
    table: String,
    valid: bool,
    definition: String,
    builder: Option<i32>,
}

/// Asks the catalog, on a connection with the role's search path.
pub(super) async fn there(connection: &mut PgConnection, step: &Step) -> Result<There, PgError> {
    match &step.kind {
        StepKind::CreateIndex { table, index, .. } => index_there(connection, step, table, index).await,
        StepKind::DropIndex { index, .. } => {
            let found: Option<bool> = sqlx::query_scalar(
                "SELECT /* dbwright */ i.indisvalid FROM pg_catalog.pg_index i WHERE i.indexrelid = pg_catalog.to_regclass($1)",
            )
            .bind(index.to_string())
            .fetch_optional(connection)
            .await?;
            Ok(match found {
                None => There::Yes(format!("there is no index {index}")),
                Some(true) => There::No(format!("{index} is there")),
                Some(false) => There::Leftover(format!("{index} is there, invalid")),
            })
        }
        StepKind::AttachIndex { parent, child } => {
            let attached: bool = flag(
                connection,
                "SELECT /* dbwright */ EXISTS (SELECT FROM pg_catalog.pg_inherits
                 WHERE inhparent = pg_catalog.to_regclass($1) AND inhrelid = pg_catalog.to_regclass($2))",
                &[parent.to_string(), child.to_string()],
            )
            .await?;
            Ok(yes_or_no(
                attached,
                format!("{child} is attached to {parent}"),
                format!("{child} is not attached to {parent}"),
            ))
        }
        StepKind::CreateStatistics { statistics, .. } | StepKind::DropStatistics { statistics } => {
            let exists = statistics_exist(connection, statistics).await?;
            let wanted = matches!(step.kind, StepKind::CreateStatistics { .. });
            let words =
                format!("the statistics object {statistics} {}", if exists { "exists" } else { "does not exist" });
            Ok(if exists == wanted { There::Yes(words) } else { There::No(words) })
        }
        StepKind::Options { relation, set, reset } => {
            let now = relation_options(connection, relation).await?;
            Ok(options_there(&relation.to_string(), &now, set, reset))
        }
        StepKind::ColumnOptions { table, column, set, reset } => {
            let now = column_options(connection, table, column).await?;
            Ok(options_there(&format!("{table}.{column}"), &now, set, reset))
        }
        StepKind::StatisticsTarget { table, column, target } => {
            let now = statistics_target(connection, table, column).await?;
            let words = format!("the statistics target of {table}.{column} is {}", target_word(now));
            Ok(if now == *target { There::Yes(words) } else { There::No(words) })
        }
        StepKind::Validate { table, constraint } => {
            let validated = flag(
                connection,
                "SELECT /* dbwright */ coalesce((SELECT convalidated FROM pg_catalog.pg_constraint
                 WHERE conrelid = pg_catalog.to_regclass($1) AND conname = $2), false)",
                &[table.to_string(), constraint.clone()],
            )
            .await?;
            Ok(yes_or_no(
                validated,
                format!("{constraint} of {table} is valid"),
                format!("{constraint} of {table} is not valid"),
            ))
        }
        StepKind::Setting { scope, name, value } => {
            let now = setting(connection, scope, name).await?;
            let words = match &now {
                Some(now) => format!("{name} is set to {now} there"),
                None => format!("{name} is not set there"),
            };
            Ok(if same_value(now.as_deref(), value.as_deref()) { There::Yes(words) } else { There::No(words) })
        }
        StepKind::EndSession { pid, backend_start, .. } => {
            let there = flag(
                connection,
                "SELECT /* dbwright */ EXISTS (SELECT FROM pg_catalog.pg_stat_activity
                 WHERE pid = $1::int AND backend_start = $2::timestamptz AND backend_type = 'client backend')",
                &[pid.to_string(), backend_start.clone()],
            )
            .await?;
            Ok(yes_or_no(
                !there,
                format!("session {pid} of {backend_start} has ended"),
                format!("session {pid} is there"),
            ))
        }
        StepKind::Reindex { .. } | StepKind::Vacuum { .. } | StepKind::Analyze { .. } | StepKind::Reload => {
            Ok(There::Repeatable("maintenance leaves nothing to look up, and may be repeated".to_owned()))
        }
    }
}

async fn index_there(
    connection: &mut PgConnection,
    step: &Step,
    table: &ObjectName,
    index: &ObjectName,
) -> Result<There, PgError> {
    let indexes: Vec<Json<IndexState>> =
        sqlx::query_scalar(INDEXES).bind(table.to_string()).bind(&index.name).fetch_all(connection).await?;
    let wanted = essence(&step.sql);
    let same = |state: &IndexState| wanted.is_some() && essence(&state.definition) == wanted;
    let named = indexes.iter().map(|Json(state)| state).find(|state| state.name == index.name);
    if let Some(state) = named {
        let IndexState { name, definition, builder, .. } = state;
        return Ok(match (same(state), state.valid, builder) {
            (true, true, _) => There::Yes(format!("{name} is there and valid: {definition}")),
            (true, false, Some(pid)) => There::Building { pid: *pid, index: name.clone() },
            (true, false, None) => {
                There::Leftover(format!("{name} is there, but invalid: a build that failed left it"))
            }
            (false, ..) => There::InTheWay(format!(
                "another index has the name {name}, on {}: {definition}; give the new one another name",
                state.table
            )),
        });
    }
    let twin = indexes.iter().map(|Json(state)| state).find(|state| state.valid && same(state));
    Ok(match twin {
        Some(twin) => There::Yes(format!("the same index is there under the name {}: {}", twin.name, twin.definition)),
        None => There::No(format!("there is no index {}", index.name)),
    })
}

/// Indexes of the table, and whatever bears the name in its schema.
const INDEXES: &str = "
SELECT /* dbwright */ pg_catalog.json_build_object(
    'name', c.relname, 'table', i.indrelid::pg_catalog.regclass::text,
    'valid', i.indisvalid AND i.indisready, 'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
    'builder', (SELECT p.pid FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid LIMIT 1))
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = pg_catalog.to_regclass($1)
   OR (c.relname = $2 AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)))";

async fn flag(connection: &mut PgConnection, sql: &'static str, values: &[String]) -> Result<bool, PgError> {
    let mut query = sqlx::query_scalar(sql);
    for value in values {
        query = query.bind(value.clone());
    }
    Ok(query.fetch_one(connection).await?)
}

fn yes_or_no(there: bool, yes: String, no: String) -> There {
    if there { There::Yes(yes) } else { There::No(no) }
}

async fn statistics_exist(connection: &mut PgConnection, name: &ObjectName) -> Result<bool, PgError> {
    Ok(sqlx::query_scalar(
        "SELECT /* dbwright */ EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s
           JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
         WHERE s.stxname = $1 AND (n.nspname = $2 OR ($2 IS NULL AND pg_catalog.pg_statistics_obj_is_visible(s.oid))))",
    )
    .bind(&name.name)
    .bind(name.schema.as_deref())
    .fetch_one(connection)
    .await?)
}

/// Options of a relation by name; those of its TOAST table begin with `toast.`.
pub(super) async fn relation_options(
    connection: &mut PgConnection,
    relation: &ObjectName,
) -> Result<Vec<(String, String)>, PgError> {
    Ok(sqlx::query_as(
        "SELECT /* dbwright */ o.option_name, o.option_value FROM pg_catalog.pg_class c,
           pg_catalog.pg_options_to_table(c.reloptions) o WHERE c.oid = pg_catalog.to_regclass($1)
         UNION ALL
         SELECT 'toast.' || o.option_name, o.option_value FROM pg_catalog.pg_class c
           JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid, pg_catalog.pg_options_to_table(t.reloptions) o
         WHERE c.oid = pg_catalog.to_regclass($1)",
    )
    .bind(relation.to_string())
    .fetch_all(connection)
    .await?)
}

/// Options of a column by name.
pub(super) async fn column_options(
    connection: &mut PgConnection,
    table: &ObjectName,
    column: &str,
) -> Result<Vec<(String, String)>, PgError> {
    Ok(sqlx::query_as(
        "SELECT /* dbwright */ o.option_name, o.option_value FROM pg_catalog.pg_attribute a,
           pg_catalog.pg_options_to_table(a.attoptions) o
         WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2",
    )
    .bind(table.to_string())
    .bind(column)
    .fetch_all(connection)
    .await?)
}

/// A column's statistics target; `None` for the server's default (-1 before PG 17, NULL since).
pub(super) async fn statistics_target(
    connection: &mut PgConnection,
    table: &ObjectName,
    column: &str,
) -> Result<Option<i32>, PgError> {
    let target: Option<Option<i32>> = sqlx::query_scalar(
        "SELECT /* dbwright */ a.attstattarget::int FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2",
    )
    .bind(table.to_string())
    .bind(column)
    .fetch_optional(connection)
    .await?;
    Ok(target.flatten().filter(|target| *target >= 0))
}

/// What a setting is set to in this scope; for the server, in `postgresql.auto.conf`.
pub(super) async fn setting(
    connection: &mut PgConnection,
    scope: &SettingScope,
    name: &str,
) -> Result<Option<String>, PgError> {
    let (role, database) = match scope {
        SettingScope::System => {
            let value: Option<Option<String>> = sqlx::query_scalar(
                "SELECT /* dbwright */ setting FROM pg_catalog.pg_file_settings
                 WHERE name = $1 AND sourcefile LIKE '%postgresql.auto.conf' ORDER BY seqno DESC LIMIT 1",
            )
            .bind(name)
            .fetch_optional(connection)
            .await?;
            return Ok(value.flatten());
        }
        SettingScope::Role { role, database } => (Some(role.as_str()), database.as_deref()),
        SettingScope::Database(database) => (None, Some(database.as_str())),
    };
    let value: Option<String> = sqlx::query_scalar(
        "SELECT /* dbwright */ pg_catalog.substr(c, pg_catalog.length($3) + 2)
         FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
         WHERE c LIKE $3 || '=%'
           AND s.setrole = coalesce((SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1), 0::oid)
           AND s.setdatabase = coalesce((SELECT oid FROM pg_catalog.pg_database WHERE datname = $2), 0::oid)",
    )
    .bind(role)
    .bind(database)
    .bind(name)
    .fetch_optional(connection)
    .await?;
    Ok(value)
}

fn options_there(object: &str, now: &[(String, String)], set: &[(String, String)], reset: &[String]) -> There {
    let value = |name: &str| now.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let done = set.iter().all(|(name, wanted)| same_value(value(name), Some(wanted)))
        && reset.iter().all(|name| value(name).is_none());
    let names: Vec<String> = set
        .iter()
        .map(|(name, _)| name)
        .chain(reset)
        .map(|name| format!("{name} is {}", value(name).unwrap_or("not set")))
        .collect();
    let words = format!("{object}: {}", names.join(", "));
    if done { There::Yes(words) } else { There::No(words) }
}

/// Equal as written, as numbers, or as truth values.
fn same_value(now: Option<&str>, wanted: Option<&str>) -> bool {
    let (Some(now), Some(wanted)) = (now, wanted) else { return now.is_none() && wanted.is_none() };
    let truth = |text: &str| match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" => Some(true),
        "off" | "false" | "no" => Some(false),
        _ => None,
    };
    let numbers = now.parse::<f64>().ok().zip(wanted.parse::<f64>().ok());
    now == wanted
        || numbers.is_some_and(|(now, wanted)| (now - wanted).abs() < f64::EPSILON)
        || truth(now).is_some_and(|now| truth(wanted) == Some(now))
}

fn target_word(target: Option<i32>) -> String {
    target.map_or_else(|| "the server's default".to_owned(), |target| target.to_string())
}
