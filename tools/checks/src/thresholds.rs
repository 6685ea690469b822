//! The numbers that decide, each with its reason.

use serde::{Deserialize, Serialize};

/// What the database is used for: some risks are only risks where data matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Data must survive: the strict reading.
    #[default]
    Production,
    /// A rehearsal of production.
    Staging,
    /// May be lost: durability settings are only noted.
    Development,
}

/// Limits of the rules. Every field has a default, so a partial configuration is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Decides how bad non-durable settings are.
    pub environment: Environment,
    /// A lock wait shorter than this is ordinary concurrency.
    pub lock_wait_s: f64,
    /// Users notice a stop of this length.
    pub lock_wait_high_s: f64,
    /// An application that thinks this long inside a transaction holds locks and old row versions.
    pub idle_in_transaction_s: f64,
    /// Longer transactions keep VACUUM from removing rows that died meanwhile.
    pub long_transaction_s: f64,
    /// A single statement of a client that runs longer is worth a look.
    pub long_query_s: f64,
    /// Share of `max_connections` in use: above it a burst ends in refused connections.
    pub connections_share: f64,
    /// Two-phase commits take milliseconds; one this old has been forgotten.
    pub prepared_age_s: f64,
    /// Deadlocks a day that are no longer an accident.
    pub deadlocks_per_day: f64,
    /// Transactions that the oldest snapshot may be behind: at 1,000 writes a second, 15 minutes.
    pub horizon_xids: i64,
    /// Share of the 2,147 M transaction ids used: at half, autovacuum has been failing for long.
    pub wraparound_share: f64,
    /// Dead rows below this are not worth a word.
    pub dead_rows: i64,
    /// Dead rows as a multiple of the point where autovacuum should have started.
    pub dead_rows_overdue: f64,
    /// Share of rows changed since ANALYZE above which estimates are off.
    pub stale_share: f64,
    /// Tables with fewer rows are planned well enough without statistics.
    pub stale_rows: f64,
    /// Bloat estimates are useless below this size.
    pub bloat_bytes: i64,
    /// Estimated share of wasted space worth a rewrite: fill factor and free space are normal up to it.
    pub bloat_share: f64,
    /// Dead rows that the scale factor allows to pile up before VACUUM starts.
    pub scale_factor_rows: f64,
    /// Tables that only grow: rows since VACUUM without which index-only scans read the heap.
    pub insert_only_rows: f64,
    /// An unused index needs this much history; monthly jobs need more, so the finding says the window.
    pub unused_window_s: f64,
    /// Smaller indexes cost too little to argue about.
    pub index_bytes: i64,
    /// Foreign keys of smaller child tables are scanned in no time.
    pub foreign_key_rows: f64,
    /// A low-cardinality or mostly-NULL index is only worth a word on a table of this many rows.
    pub cardinality_rows: f64,
    /// Distinct values up to which an index seldom narrows a search.
    pub low_cardinality: f64,
    /// NULL share above which a partial index is much smaller.
    pub null_share: f64,
    /// Updates needed before the share of HOT updates means anything.
    pub hot_updates: i64,
    /// HOT share below which index maintenance dominates updates.
    pub hot_share: f64,
    /// Indexes on one table above which each insert is dominated by them.
    pub index_count: usize,
    /// Rows of a table whose sequential scans matter.
    pub seq_scan_rows: f64,
    /// Sequential scans needed before they count as a habit.
    pub seq_scans: i64,
    /// Share of a sequence or key range used up: the change of type needs planning ahead.
    pub sequence_share: f64,
    /// Close to the end: inserts will fail soon.
    pub sequence_share_high: f64,
    /// Tables with fewer rows do not need a primary key finding above low.
    pub no_key_rows: f64,
    /// WAL kept by an inactive slot.
    pub slot_bytes: i64,
    /// Lag of a standby.
    pub replica_lag_s: f64,
    /// Calls of a statement before it can be one query per row.
    pub n_plus_one_calls: i64,
    /// Child calls for one call of the parent statement.
    pub n_plus_one_ratio: f64,
    /// Share of all execution time that makes one statement the first thing to improve.
    pub statement_share: f64,
    /// Statements are only ranked when they used this much time together.
    pub statement_total_ms: f64,
    /// A mean above this is slow for an interactive statement.
    pub statement_mean_ms: f64,
    /// Temporary bytes per call that a larger `work_mem` would save.
    pub spill_bytes: i64,
    /// Blocks read before a cache hit ratio means anything.
    pub cache_blocks: i64,
    /// Hit ratio below which a statement depends on the disk.
    pub cache_hit_share: f64,
    /// Share of checkpoints forced by WAL volume.
    pub requested_checkpoints_share: f64,
    /// Checkpoints needed before the share means anything.
    pub checkpoints: i64,
    /// `max_connections` above this costs snapshots and memory; a pooler serves more.
    pub max_connections: f64,
    /// Databases smaller than this run well on the default memory settings.
    pub small_database_bytes: i64,
    /// Smaller b-trees are rebuilt so fast that their bloat is no subject.
    pub index_bloat_bytes: i64,
    /// Wasted share of a b-tree worth a REINDEX: random inserts alone leave a quarter empty.
    pub index_bloat_share: f64,
    /// Indexes of a table together as a multiple of its rows' bytes.
    pub index_weight: f64,
    /// Tables smaller than this have neither a visibility nor a TOAST problem worth words.
    pub large_table_bytes: i64,
    /// Share of all-visible pages below which index-only scans visit the table anyway.
    pub visible_share: f64,
    /// Share of the forced-vacuum age at which a very large table should be frozen by plan.
    pub freeze_share: f64,
    /// Bytes that a better order of columns would save in one table.
    pub padding_bytes: f64,
    /// Partitions of one table above which planning takes longer than most queries.
    pub partitions: usize,
    /// Share of a partition's range that must be left before the next one has to exist.
    pub partition_lead_share: f64,
    /// Calls of a statement before a missing partition key in it matters.
    pub partition_calls: i64,
    /// Days of counters before a table that never held a row counts as forgotten.
    pub empty_window_s: f64,
    /// Ask for a comment on every table: a matter of taste, so off.
    pub require_comments: bool,
    /// Advisory locks of one idle session above which somebody forgets to unlock.
    pub advisory_locks: i64,
    /// Roles that an API gives to whoever calls it.
    pub exposed_roles: Vec<String>,
    /// Pages read into one of the small caches before its hit ratio means anything.
    pub slru_reads: i64,
    /// Hit ratio of a small cache below which every backend waits for its lock and the disk.
    pub slru_hit_share: f64,
    /// Flushes a day that client backends had to do themselves: from 16 on each index build counts as one.
    pub backend_fsyncs_per_day: f64,
    /// Shared buffers from which huge pages save a noticeable part of the memory and of the CPU.
    pub huge_pages_bytes: f64,
    /// Databases from which maintenance with the default memory takes several passes.
    pub maintenance_bytes: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        const MIB: i64 = 1 << 20;
        const DAY: f64 = 86_400.0;
        Self {
            environment: Environment::Production,
            lock_wait_s: 1.0,
            lock_wait_high_s: 30.0,
            idle_in_transaction_s: 60.0,
            long_transaction_s: 600.0,
            long_query_s: 300.0,
            connections_share: 0.8,
            prepared_age_s: 600.0,
            deadlocks_per_day: 5.0,
            horizon_xids: 1_000_000,
            wraparound_share: 0.5,
            dead_rows: 10_000,
            dead_rows_overdue: 1.5,
            stale_share: 0.2,
            stale_rows: 10_000.0,
            bloat_bytes: 10 * MIB,
            bloat_share: 0.4,
            scale_factor_rows: 2_000_000.0,
            insert_only_rows: 1_000_000.0,
            unused_window_s: 7.0 * DAY,
            index_bytes: MIB,
            foreign_key_rows: 10_000.0,
            cardinality_rows: 100_000.0,
            low_cardinality: 5.0,
            null_share: 0.8,
            hot_updates: 10_000,
            hot_share: 0.5,
            index_count: 10,
            seq_scan_rows: 50_000.0,
            seq_scans: 100,
            sequence_share: 0.7,
            sequence_share_high: 0.9,
            no_key_rows: 1_000.0,
            slot_bytes: 1024 * MIB,
            replica_lag_s: 60.0,
            n_plus_one_calls: 1_000,
            n_plus_one_ratio: 10.0,
            statement_share: 0.2,
            statement_total_ms: 10_000.0,
            statement_mean_ms: 100.0,
            spill_bytes: MIB,
            cache_blocks: 100_000,
            cache_hit_share: 0.9,
            requested_checkpoints_share: 0.2,
            checkpoints: 20,
            max_connections: 500.0,
            small_database_bytes: 1024 * MIB,
            index_bloat_bytes: 64 * MIB,
            index_bloat_share: 0.5,
            index_weight: 3.0,
            large_table_bytes: 1024 * MIB,
            visible_share: 0.3,
            freeze_share: 0.9,
            padding_bytes: 512.0 * 1024.0 * 1024.0,
            partitions: 1_000,
            partition_lead_share: 0.1,
            partition_calls: 1_000,
            empty_window_s: 30.0 * DAY,
            require_comments: false,
            advisory_locks: 50,
            exposed_roles: ["anon", "authenticated", "web_anon"].map(str::to_owned).to_vec(),
            slru_reads: 100_000,
            slru_hit_share: 0.9,
            backend_fsyncs_per_day: 1_000.0,
            huge_pages_bytes: 8.0 * 1024.0 * 1024.0 * 1024.0,
            maintenance_bytes: 20 * 1024 * MIB,
        }
    }
}
