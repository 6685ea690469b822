//! The card of a table or view.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{PgError, Probe};

/// Everything about one table, view, materialized view or foreign table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RelationCard {
    /// `table`, `partitioned table`, `view`, `materialized view`, `foreign table`, `composite type`.
    pub relation_kind: String,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// COMMENT ON it.
    pub comment: Option<String>,
    /// Rows by the statistics, partitions included; `None` when never analysed.
    pub estimated_rows: Option<i64>,
    /// Heap and TOAST, partitions included.
    pub table_bytes: i64,
    /// All indexes, partitions included.
    pub index_bytes: i64,
    /// Whether somebody holds or awaits ACCESS EXCLUSIVE: then sizes are those of the last vacuum.
    pub locked: bool,
    /// Storage parameters (`fillfactor=70`).
    pub options: Vec<String>,
    /// Columns in order.
    pub columns: Vec<ColumnCard>,
    /// Columns of the primary key.
    pub primary_key: Vec<String>,
    /// Foreign keys of this table.
    pub foreign_keys: Vec<ForeignKey>,
    /// Foreign keys of other tables to this one.
    pub referenced_by: Vec<Referencing>,
    /// Indexes.
    pub indexes: Vec<IndexLine>,
    /// CHECK and EXCLUDE constraints.
    pub checks: Vec<CheckConstraint>,
    /// Triggers, internal ones excepted.
    pub triggers: Vec<Trigger>,
    /// Whether row-level security is on.
    pub row_security: bool,
    /// Whether it binds the owner too.
    pub row_security_forced: bool,
    /// Row-level security policies.
    pub policies: Vec<Policy>,
    /// As parent or as child, if partitioned.
    pub partitioning: Option<Partitioning>,
    /// Activity and age of the planner's statistics; not for views.
    pub stats: Option<RelationStats>,
    /// The query of a view.
    #[serde(default)]
    pub view_definition: Option<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnCard {
    /// Its name.
    pub name: String,
    /// Its type with modifiers.
    #[serde(rename = "type")]
    pub type_name: String,
    /// NOT NULL.
    pub not_null: bool,
    /// The DEFAULT, or the expression of a generated column.
    pub default: Option<String>,
    /// `always` or `by default` for an identity column.
    pub identity: Option<String>,
    /// Whether the value is generated.
    pub generated: bool,
    /// Labels of an enum type, 20 at most.
    pub labels: Option<Vec<String>>,
    /// COMMENT ON it.
    pub comment: Option<String>,
}

/// A foreign key of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: String,
    /// Referencing columns.
    pub columns: Vec<String>,
    /// Referenced table.
    pub references: String,
    /// Referenced columns.
    pub referenced_columns: Vec<String>,
    /// `cascade`, `set null`, … ; `None` for no action.
    pub on_delete: Option<String>,
    /// False for NOT VALID.
    pub validated: bool,
}

/// A foreign key of another table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Referencing {
    /// The referencing table.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// `cascade`, `set null`, … ; `None` for no action.
    pub on_delete: Option<String>,
}

/// An index in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexLine {
    /// Its name.
    pub name: String,
    /// `btree (a, b DESC) INCLUDE (c) WHERE d`.
    pub definition: String,
    /// UNIQUE.
    pub unique: bool,
    /// Behind the primary key.
    pub primary: bool,
    /// False after a failed concurrent build.
    pub valid: bool,
    /// Size.
    pub bytes: i64,
    /// Scans since the statistics were reset.
    pub scans: Option<i64>,
}

/// A CHECK or EXCLUDE constraint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckConstraint {
    /// Its name.
    pub name: String,
    /// As `pg_get_constraintdef` writes it.
    pub definition: String,
    /// False for NOT VALID.
    pub validated: bool,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// From its timing on: `BEFORE UPDATE … EXECUTE FUNCTION f()`.
    pub definition: String,
    /// False when disabled.
    pub enabled: bool,
}

/// A row-level security policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// `all`, `select`, `insert`, `update`, `delete`.
    pub command: String,
    /// False for RESTRICTIVE.
    pub permissive: bool,
    /// Roles; `public` for everybody.
    pub roles: Vec<String>,
    /// The USING expression.
    pub using: Option<String>,
    /// The WITH CHECK expression.
    pub with_check: Option<String>,
}

/// The place in a partition tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Partitioning {
    /// `RANGE (created_at)`, of a parent.
    pub key: Option<String>,
    /// The parent, of a partition.
    pub parent: Option<String>,
    /// `FOR VALUES …` or `DEFAULT`, of a partition.
    pub bound: Option<String>,
    /// How many partitions, direct ones only.
    pub partitions: i64,
    /// The first of them with their bounds.
    pub first_partitions: Vec<String>,
}

/// What the statistics collector knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RelationStats {
    /// Sequential scans.
    pub seq_scans: i64,
    /// Index scans.
    pub index_scans: i64,
    /// Live rows.
    pub live_rows: i64,
    /// Dead rows.
    pub dead_rows: i64,
    /// Rows inserted, updated and deleted.
    pub inserts: i64,
    /// Rows updated.
    pub updates: i64,
    /// Rows deleted.
    pub deletes: i64,
    /// Rows changed since the last ANALYZE.
    pub changed_since_analyze: i64,
    /// Seconds since the last ANALYZE, automatic or not.
    pub analyzed_seconds_ago: Option<i64>,
    /// Seconds since the last VACUUM, automatic or not.
    pub vacuumed_seconds_ago: Option<i64>,
}

/// Reads the card. No function in it takes a lock that can wait, except on relations that nobody
/// has locked.
pub(super) async fn read(probe: &mut Probe, oid: i64) -> Result<Option<RelationCard>, PgError> {
    let card: Option<Json<RelationCard>> =
        sqlx::query_scalar(CARD).bind(oid).fetch_optional(probe.connection()).await?;
    Ok(card.map(|Json(card)| card))
}

/// The query of a view. It locks the relations behind the view, so it is asked last.
pub(super) async fn view_definition(probe: &mut Probe, oid: i64) -> Result<Option<String>, PgError> {
    Ok(sqlx::query_scalar("SELECT /* dbwright */ pg_get_viewdef($1::int8::oid, true)")
        .bind(oid)
        .fetch_one(probe.connection())
        .await?)
}

const CARD: &str = include_str!("card.sql");
