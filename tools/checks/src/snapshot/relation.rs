//! Tables, indexes, columns, constraints and sequences.

use std::collections::BTreeMap;

use dbwright_sql::quote_ident;
use serde::{Deserialize, Serialize};

use crate::{Grant, RelationName};

/// What kind of relation holds the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table or a partition.
    #[default]
    Table,
    /// A partitioned table: no rows of its own.
    Partitioned,
    /// A materialized view.
    MaterializedView,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Table {
    /// Oid.
    pub oid: u32,
    /// Qualified name.
    pub name: RelationName,
    /// Table, partitioned table or materialized view.
    pub kind: TableKind,
    /// Oid of the partitioned table it belongs to.
    pub partition_of: Option<u32>,
    /// The default partition of that table.
    pub default_partition: bool,
    /// The key of a partitioned table: `RANGE (created_at)`.
    pub partition_key: Option<String>,
    /// The bound of a partition: `FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`.
    pub partition_bound: Option<String>,
    /// `DETACH PARTITION CONCURRENTLY` was interrupted (14+).
    pub detach_pending: bool,
    /// Not written to WAL: empty after a crash.
    pub unlogged: bool,
    /// Planner's row count; negative when never counted.
    pub reltuples: f64,
    /// Planner's page count.
    pub relpages: i64,
    /// Pages known to be visible to all.
    pub all_visible_pages: i64,
    /// Main fork in bytes; from `relpages` when it could not be measured.
    pub heap_bytes: i64,
    /// The size is the planner's page count: another session's lock was in the way of the file.
    pub size_estimated: bool,
    /// Its TOAST table in bytes.
    pub toast_bytes: i64,
    /// Storage options: `fillfactor`, `autovacuum_enabled`, ...
    pub options: BTreeMap<String, String>,
    /// Options of the TOAST table.
    pub toast_options: BTreeMap<String, String>,
    /// `age(relfrozenxid)`, the older of table and TOAST table.
    pub xid_age: i64,
    /// `mxid_age(relminmxid)`, likewise.
    pub mxid_age: i64,
    /// Row level security enabled.
    pub row_security: bool,
    /// Row level security holds for the owner as well.
    pub force_row_security: bool,
    /// Owner.
    pub owner: String,
    /// The owner is a superuser: no policy ever holds for it. Known for tables with row security.
    pub owner_superuser: bool,
    /// Roles other than the owner with rights on it.
    pub grants: Vec<Grant>,
    /// It has a comment.
    pub commented: bool,
    /// `default`, `nothing`, `full` or `index`.
    pub replica_identity: String,
    /// Columns that have planner statistics; `None` when they may not be read.
    pub columns_with_stats: Option<i64>,
    /// Bytes of a row's columns by the planner's statistics.
    pub row_width: Option<f64>,
    /// Number of columns.
    pub column_count: i64,
    /// VACUUM works on it now.
    pub vacuum_running: bool,
    /// Usage counters.
    pub activity: TableActivity,
}

impl Table {
    /// The best row count there is: the planner's, else the collector's.
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^52")]
    pub fn rows(&self) -> f64 {
        let live = self.activity.live_rows as f64;
        if self.reltuples > 0.0 { self.reltuples } else { live.max(0.0) }
    }

    /// A storage option as a number.
    pub fn option_number(&self, name: &str) -> Option<f64> {
        self.options.get(name)?.parse().ok()
    }
}

/// Counters of `pg_stat_user_tables`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TableActivity {
    /// Live rows by the collector.
    pub live_rows: i64,
    /// Dead rows by the collector.
    pub dead_rows: i64,
    /// Rows changed since the last ANALYZE.
    pub modified_since_analyze: i64,
    /// Rows inserted since the last VACUUM (13+).
    pub inserted_since_vacuum: i64,
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated.
    pub updated: i64,
    /// Rows updated without touching any index.
    pub hot_updated: i64,
    /// Rows deleted.
    pub deleted: i64,
    /// Sequential scans.
    pub seq_scans: i64,
    /// Rows that they read.
    pub seq_rows: i64,
    /// Index scans.
    pub index_scans: i64,
    /// Seconds since the last VACUUM of either kind.
    pub vacuum_age_s: Option<f64>,
    /// Seconds since the last ANALYZE of either kind.
    pub analyze_age_s: Option<f64>,
    /// Autovacuum runs.
    pub autovacuums: i64,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// Oid.
    pub oid: u32,
    /// Qualified name.
    pub name: RelationName,
    /// Oid of the table.
    pub table: u32,
    /// The table.
    pub relation: RelationName,
    /// Access method.
    pub method: String,
    /// Key columns and expressions in order.
    pub keys: Vec<IndexKey>,
    /// INCLUDE columns.
    pub include: Vec<String>,
    /// WHERE clause of a partial index.
    pub predicate: Option<String>,
    /// Enforces uniqueness.
    pub unique: bool,
    /// NULLs count as equal (15+).
    pub nulls_not_distinct: bool,
    /// Backs the primary key.
    pub primary: bool,
    /// Backs an exclusion constraint.
    pub exclusion: bool,
    /// Usable by queries.
    pub valid: bool,
    /// Maintained by writes.
    pub ready: bool,
    /// CREATE INDEX or REINDEX works on it now.
    pub building: bool,
    /// The table's replica identity.
    pub replica_identity: bool,
    /// CLUSTER uses it.
    pub clustered: bool,
    /// Constraint that owns it.
    pub constraint: Option<String>,
    /// A foreign key elsewhere refers to it.
    pub referenced_by_foreign_key: bool,
    /// Index of the partitioned table that it is attached to.
    pub partition_of: Option<u32>,
    /// An index of a partitioned table: no storage of its own.
    pub partitioned: bool,
    /// Size.
    pub bytes: i64,
    /// Entries by the planner's count.
    pub reltuples: f64,
    /// Scans since the statistics were reset.
    pub scans: i64,
    /// Blocks found in shared buffers.
    pub blocks_hit: i64,
    /// Blocks read from outside.
    pub blocks_read: i64,
    /// Seconds since the last scan (16+).
    pub last_scan_age_s: Option<f64>,
    /// Expressions, predicate and definition are unknown: another session's lock was in the way.
    pub incomplete: bool,
    /// `CREATE INDEX ...` as the server prints it; empty when `incomplete`.
    pub definition: String,
}

impl Index {
    /// Names of the key columns; expressions as the server prints them.
    pub fn key_names(&self) -> Vec<&str> {
        self.keys.iter().map(IndexKey::text).collect()
    }

    /// The keys as SQL and people read them: `customer_id, lower(email)`.
    pub fn key_list(&self) -> String {
        let key = |key: &IndexKey| match (&key.column, &key.expression) {
            (Some(column), _) => quote_ident(column),
            (None, expression) => expression.clone().unwrap_or_default(),
        };
        self.keys.iter().map(key).collect::<Vec<_>>().join(", ")
    }

    /// The leading key column, unless it is an expression.
    pub fn leading_column(&self) -> Option<&str> {
        self.keys.first()?.column.as_deref()
    }

    /// Whether dropping it would change what data is allowed or how it is replicated.
    pub fn guards_data(&self) -> bool {
        self.unique
            || self.primary
            || self.exclusion
            || self.constraint.is_some()
            || self.replica_identity
            || self.referenced_by_foreign_key
    }
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IndexKey {
    /// Column, unless the key is an expression.
    pub column: Option<String>,
    /// Expression, unless the key is a column.
    pub expression: Option<String>,
    /// Oid of the operator class.
    pub opclass: u32,
    /// Oid of the collation, 0 for none.
    pub collation: u32,
    /// Descending order.
    pub descending: bool,
    /// NULLs first.
    pub nulls_first: bool,
}

impl IndexKey {
    /// The column's name, or the expression.
    pub fn text(&self) -> &str {
        self.column.as_deref().or(self.expression.as_deref()).unwrap_or_default()
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Column {
    /// Oid of the table.
    pub table: u32,
    /// Name.
    pub name: String,
    /// `attnum`.
    pub position: i16,
    /// Type with modifiers: `character varying(20)`.
    pub type_name: String,
    /// Internal name of the type: `int4`, `bpchar`, `timestamp`.
    pub base_type: String,
    /// Bytes of a value of fixed length; negative for variable length.
    pub length: i16,
    /// Alignment in bytes.
    pub alignment: i16,
    /// Declared NOT NULL.
    pub not_null: bool,
    /// Default expression.
    pub default: Option<String>,
    /// GENERATED ... AS IDENTITY.
    pub identity: bool,
    /// GENERATED ... AS (expression).
    pub generated: bool,
    /// The planner's statistics.
    pub stats: Option<ColumnStats>,
}

/// The planner's statistics of one column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnStats {
    /// Share of NULLs, 0 to 1.
    pub null_frac: f64,
    /// Distinct values; negative: the negated share of the rows.
    pub n_distinct: f64,
    /// Mean width in bytes.
    pub avg_width: f64,
    /// Share of the most common value.
    pub top_frequency: Option<f64>,
    /// Physical order against logical order, -1 to 1.
    pub correlation: Option<f64>,
    /// Upper end of the histogram, for integer key columns.
    pub max_value: Option<i64>,
}

/// The kind of a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the field's own terms")]
pub enum ConstraintKind {
    #[default]
    Check,
    PrimaryKey,
    Unique,
    ForeignKey,
    Exclusion,
    NotNull,
}

/// One constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraint {
    /// Oid.
    pub oid: u32,
    /// Name, unique within the table.
    pub name: String,
    /// Oid of the table.
    pub table: u32,
    /// The table.
    pub relation: RelationName,
    /// What it enforces.
    pub kind: ConstraintKind,
    /// Its columns in order.
    pub columns: Vec<String>,
    /// Existing rows were checked.
    pub validated: bool,
    /// Copied from the partitioned table or the inheritance parent.
    pub inherited: bool,
    /// What a foreign key refers to.
    pub references: Option<Reference>,
}

/// The other side of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Oid of the referenced table.
    pub table: u32,
    /// The referenced table.
    pub relation: RelationName,
    /// `MATCH FULL`: all columns are NULL or none.
    pub match_full: bool,
    /// Referenced columns in the order of the referring ones.
    pub columns: Vec<String>,
    /// `no action`, `restrict`, `cascade`, `set null`, `set default`.
    pub on_delete: String,
    /// Likewise for updates of the key.
    pub on_update: String,
}

/// One sequence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sequence {
    /// Qualified name.
    pub name: RelationName,
    /// `smallint`, `integer` or `bigint`.
    pub data_type: String,
    /// Last value handed out; `None` when unused or not readable.
    pub last_value: Option<i64>,
    /// First value.
    pub start: i64,
    /// Lower limit.
    pub min: i64,
    /// Upper limit.
    pub max: i64,
    /// Step.
    pub increment: i64,
    /// Starts again at the limit.
    pub cycle: bool,
    /// The column that it feeds: owned, identity, or by a default expression.
    pub owner: Option<SequenceOwner>,
}

/// The column that a sequence feeds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SequenceOwner {
    /// Oid of the table.
    pub table: u32,
    /// The table.
    pub relation: RelationName,
    /// The column.
    pub column: String,
    /// Internal type name: `int2`, `int4`, `int8`.
    pub column_type: String,
    /// GENERATED ... AS IDENTITY.
    pub identity: bool,
}
