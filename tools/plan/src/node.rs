//! One node of a plan: what the server said, and what follows from it.

use serde::Serialize;

use crate::{Buffers, IoTimes, Kind, Relationship};

/// Position of a node in [`crate::Plan::nodes`]: pre-order, the root is 0.
pub type NodeId = usize;

/// What execution showed; times are milliseconds and, like rows, averages per loop.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Actual {
    /// Until the first row; absent with `TIMING OFF`.
    pub startup_ms: Option<f64>,
    /// Until the last row; absent with `TIMING OFF`.
    pub total_ms: Option<f64>,
    /// Rows given to the parent.
    pub rows: f64,
    /// Executions, over all parallel processes; 0 is "never executed".
    pub loops: u64,
}

/// What a condition is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are the server's own words")]
pub enum ConditionKind {
    IndexCond,
    OrderBy,
    RecheckCond,
    TidCond,
    HashCond,
    MergeCond,
    JoinFilter,
    Filter,
    OneTimeFilter,
    RunCondition,
}

/// A condition as the server prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// What it is for.
    pub kind: ConditionKind,
    /// The expression, outer parentheses included.
    pub text: String,
}

/// Rows thrown away, as averages per loop.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Removed {
    /// By the filter.
    pub filter: f64,
    /// By the join filter.
    pub join_filter: f64,
    /// By rechecking what a lossy index or bitmap had promised.
    pub index_recheck: f64,
}

impl Removed {
    /// All of them.
    pub fn total(&self) -> f64 {
        self.filter + self.join_filter + self.index_recheck
    }
}

/// How a sort ran.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SortRun {
    /// `quicksort`, `top-N heapsort`, `external merge`, …
    pub method: String,
    /// Memory or disk used, in kB; the leader's, or the largest of the workers'.
    pub space_kb: u64,
    /// Whether that was disk.
    pub disk: bool,
}

/// How a join's hash table ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HashTable {
    /// Batches used; 1 fits in memory.
    pub batches: u64,
    /// Batches planned; fewer than `batches` is a surprise at run time.
    pub original_batches: u64,
    /// Peak memory in kB.
    pub peak_kb: u64,
}

/// How a hash aggregate ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HashAggregate {
    /// Batches used; 1 fits in memory.
    pub batches: u64,
    /// Peak memory in kB.
    pub peak_kb: u64,
    /// Disk used in kB.
    pub disk_kb: u64,
}

/// How a Memoize cache did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the server's own words")]
pub struct Memoize {
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
    pub overflows: u64,
    /// Peak memory in kB.
    pub peak_kb: u64,
}

/// Where a tuplestore kept its rows (PG 18+).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Storage {
    /// Whether it went to disk.
    pub disk: bool,
    /// Its largest size in kB.
    pub max_kb: u64,
}

/// Write-ahead log that a node made, with `WAL` (PG 13+).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Wal {
    /// Records.
    pub records: u64,
    /// Full-page images among them.
    pub full_page_images: u64,
    /// Bytes.
    pub bytes: u64,
}

/// One parallel worker's share, where the server printed it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Worker {
    /// Its number, from 0.
    pub number: u64,
    /// Its execution, with `VERBOSE`.
    pub actual: Option<Actual>,
}

/// One node. Fields after `derived` follow from the others (see the accounting module).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the rest are the server's own words")]
pub struct Node {
    pub id: NodeId,
    pub parent: Option<NodeId>,
    pub children: Vec<NodeId>,
    /// Distance from the root.
    pub depth: usize,
    pub relationship: Relationship,
    /// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE recent`.
    pub subplan_name: Option<String>,

    pub kind: Kind,
    /// As in the JSON form: `Seq Scan`, `Aggregate`.
    pub node_type: String,
    /// `Plain`, `Sorted`, `Hashed`, `Mixed`.
    pub strategy: Option<String>,
    /// `Partial` or `Finalize`; absent for `Simple`.
    pub partial_mode: Option<String>,
    /// `Left`, `Semi`, …; absent for `Inner`.
    pub join_type: Option<String>,
    /// `Insert`, `Update`, `Delete`, `Merge`.
    pub operation: Option<String>,
    /// Shares its work between processes.
    pub parallel_aware: bool,
    /// Walks the index backward.
    pub backward: bool,

    /// Table, or the name of the CTE, function or tuplestore.
    pub relation: Option<String>,
    /// Only with `VERBOSE`.
    pub schema: Option<String>,
    /// Only where it differs from `relation`.
    pub alias: Option<String>,
    pub index: Option<String>,
    pub conditions: Vec<Condition>,
    pub sort_key: Vec<String>,
    pub presorted_key: Vec<String>,
    pub group_key: Vec<String>,
    /// `Cache Key` of a Memoize.
    pub cache_key: Option<String>,
    /// Only with `VERBOSE`.
    pub output: Vec<String>,
    /// What a foreign server is asked.
    pub remote_sql: Option<String>,

    pub startup_cost: f64,
    pub total_cost: f64,
    /// Rows expected per loop.
    pub plan_rows: f64,
    /// Bytes expected per row.
    pub width: u64,
    /// Absent unless executed.
    pub actual: Option<Actual>,
    pub removed: Removed,
    pub heap_fetches: Option<u64>,
    pub exact_blocks: u64,
    pub lossy_blocks: u64,
    pub sort: Option<SortRun>,
    pub hash: Option<HashTable>,
    pub hash_aggregate: Option<HashAggregate>,
    pub memoize: Option<Memoize>,
    pub storage: Option<Storage>,
    pub workers_planned: Option<u64>,
    pub workers_launched: Option<u64>,
    pub workers: Vec<Worker>,
    /// Partitions pruned at run time.
    pub subplans_removed: u64,
    /// Chosen although switched off: said by PG 18, otherwise read from the cost.
    pub disabled: bool,
    /// Descents of the index (PG 18+).
    pub index_searches: Option<u64>,
    /// Pages of this node and everything below it.
    pub buffers: Buffers,
    /// I/O times of this node and everything below it.
    pub io: IoTimes,
    /// WAL of this node and everything below it.
    pub wal: Wal,

    /// Derived: processes that ran this node at once; times below are divided by it.
    pub processes: f64,
    /// Derived: elapsed milliseconds of all loops, children included.
    pub total_ms: f64,
    /// Derived: elapsed milliseconds of this node alone; never negative.
    pub self_ms: f64,
    /// Derived: pages of this node alone.
    pub own: Buffers,
    /// Derived: I/O milliseconds (all kinds) of this node alone.
    pub own_io_ms: f64,
    /// Derived: by what factor rows per loop were misjudged, where that can be told.
    pub q_error: Option<f64>,
}

impl Node {
    /// The text of the first condition of `kind`.
    pub fn condition(&self, kind: ConditionKind) -> Option<&str> {
        self.conditions.iter().find(|condition| condition.kind == kind).map(|condition| condition.text.as_str())
    }

    /// The filter, if any.
    pub fn filter(&self) -> Option<&str> {
        self.condition(ConditionKind::Filter)
    }

    /// Executions; 0 when never executed or not executed at all.
    pub fn loops(&self) -> u64 {
        self.actual.map_or(0, |actual| actual.loops)
    }

    /// Rows per loop: actual where executed, otherwise expected.
    pub fn rows_per_loop(&self) -> f64 {
        self.actual.map_or(self.plan_rows, |actual| actual.rows)
    }

    /// Rows given to the parent over all loops (expected, where not executed).
    pub fn rows(&self) -> f64 {
        self.actual.map_or(self.plan_rows, |actual| actual.rows * count(actual.loops))
    }

    /// Rows thrown away over all loops.
    pub fn rows_removed(&self) -> f64 {
        self.removed.total() * count(self.loops())
    }

    /// `schema.relation` as far as known.
    pub fn qualified_relation(&self) -> Option<String> {
        let relation = self.relation.as_deref()?;
        Some(match &self.schema {
            Some(schema) => format!("{schema}.{relation}"),
            None => relation.to_owned(),
        })
    }

    /// The name that conditions use for this node's columns.
    pub fn reference(&self) -> Option<&str> {
        self.alias.as_deref().or(self.relation.as_deref())
    }

    /// Whether the node was to run and did not.
    pub fn never_executed(&self) -> bool {
        self.actual.is_some_and(|actual| actual.loops == 0)
    }
}

/// A count as a float; counts stay far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "row, page and loop counts stay far below 2^52")]
pub(crate) const fn count(n: u64) -> f64 {
    n as f64
}
