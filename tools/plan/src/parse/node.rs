//! The one reader of node properties.

use serde_json::Value;

use super::value::{Object, flag, float, string, strings, whole};
use crate::{
    Actual, Buffers, Condition, ConditionKind, HashAggregate, HashTable, IoTimes, Kind, Memoize, Node, NodeId,
    PlanError, Relationship, Removed, SortRun, Storage, Wal, Worker,
};

/// Conditions in the order in which they are shown.
const CONDITIONS: [(&str, ConditionKind); 10] = [
    ("Index Cond", ConditionKind::IndexCond),
    ("Order By", ConditionKind::OrderBy),
    ("Recheck Cond", ConditionKind::RecheckCond),
    ("TID Cond", ConditionKind::TidCond),
    ("Hash Cond", ConditionKind::HashCond),
    ("Merge Cond", ConditionKind::MergeCond),
    ("Join Filter", ConditionKind::JoinFilter),
    ("One-Time Filter", ConditionKind::OneTimeFilter),
    ("Run Condition", ConditionKind::RunCondition),
    ("Filter", ConditionKind::Filter),
];

/// All nodes under `root` in pre-order, without what is derived.
pub(super) fn read_tree(root: &Object) -> Result<Vec<Node>, PlanError> {
    let mut nodes: Vec<Node> = Vec::new();
    // Explicit stack: a deep plan must not depend on the thread's.
    let mut pending: Vec<(&Object, Option<NodeId>, usize)> = vec![(root, None, 0)];
    while let Some((object, parent, position)) = pending.pop() {
        let id = nodes.len();
        let parent_node = parent.and_then(|parent| nodes.get(parent));
        let depth = parent_node.map_or(0, |parent| parent.depth + 1);
        let relationship = relationship(object, parent_node, position);
        let mut node = read_node(object)?;
        node.id = id;
        node.parent = parent;
        node.depth = depth;
        node.relationship = relationship;
        nodes.push(node);
        if let Some(parent) = parent.and_then(|parent| nodes.get_mut(parent)) {
            parent.children.push(id);
        }
        let children = object.get("Plans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut inputs = 0;
        let mut found: Vec<(&Object, Option<NodeId>, usize)> = Vec::with_capacity(children.len());
        for child in children.iter().filter_map(Value::as_object) {
            found.push((child, Some(id), inputs));
            if !matches!(string(child, "Parent Relationship").as_deref(), Some("InitPlan" | "SubPlan")) {
                inputs += 1;
            }
        }
        pending.extend(found.into_iter().rev());
    }
    Ok(nodes)
}

/// What the child is to its parent: said by the server, or told by its position among the
/// parent's inputs (TEXT says it for sub-plans only).
fn relationship(object: &Object, parent: Option<&Node>, position: usize) -> Relationship {
    let Some(parent) = parent else { return Relationship::Root };
    match string(object, "Parent Relationship").as_deref() {
        Some("InitPlan") => {
            let is_cte = string(object, "Subplan Name").is_some_and(|name| name.starts_with("CTE "));
            if is_cte { Relationship::Cte } else { Relationship::InitPlan }
        }
        Some("SubPlan") => Relationship::SubPlan,
        _ => match parent.kind {
            Kind::Append | Kind::MergeAppend | Kind::BitmapAnd | Kind::BitmapOr => Relationship::Member,
            Kind::SubqueryScan => Relationship::Subquery,
            _ if position == 0 => Relationship::Outer,
            _ if position == 1 && parent.kind != Kind::ModifyTable => Relationship::Inner,
            _ => Relationship::Member,
        },
    }
}

fn read_node(object: &Object) -> Result<Node, PlanError> {
    let node_type = string(object, "Node Type").ok_or(PlanError::NoNodeType)?;
    let relation = ["Relation Name", "CTE Name", "Function Name", "Table Function Name", "Tuplestore Name"]
        .iter()
        .find_map(|key| string(object, key));
    let conditions =
        CONDITIONS.iter().filter_map(|&(key, kind)| Some(Condition { kind, text: string(object, key)? })).collect();
    let mut group_key = strings(object, "Group Key");
    group_key.extend(strings(object, "Grouping Sets"));
    Ok(Node {
        id: 0,
        parent: None,
        children: Vec::new(),
        depth: 0,
        relationship: Relationship::Root,
        subplan_name: string(object, "Subplan Name"),
        kind: Kind::from_node_type(&node_type),
        node_type,
        strategy: string(object, "Strategy"),
        partial_mode: string(object, "Partial Mode").filter(|mode| mode != "Simple"),
        join_type: string(object, "Join Type").filter(|join| join != "Inner"),
        operation: string(object, "Operation"),
        parallel_aware: flag(object, "Parallel Aware"),
        backward: string(object, "Scan Direction").is_some_and(|direction| direction == "Backward"),
        alias: string(object, "Alias").filter(|alias| Some(alias) != relation.as_ref()),
        relation,
        schema: string(object, "Schema"),
        index: string(object, "Index Name"),
        conditions,
        sort_key: strings(object, "Sort Key"),
        presorted_key: strings(object, "Presorted Key"),
        group_key,
        cache_key: string(object, "Cache Key"),
        output: strings(object, "Output"),
        remote_sql: string(object, "Remote SQL"),
        startup_cost: float(object, "Startup Cost").unwrap_or_default(),
        total_cost: float(object, "Total Cost").unwrap_or_default(),
        plan_rows: float(object, "Plan Rows").unwrap_or_default(),
        width: whole(object, "Plan Width").unwrap_or_default(),
        actual: actual(object),
        removed: Removed {
            filter: float(object, "Rows Removed by Filter").unwrap_or_default(),
            join_filter: float(object, "Rows Removed by Join Filter").unwrap_or_default(),
            index_recheck: float(object, "Rows Removed by Index Recheck").unwrap_or_default(),
        },
        heap_fetches: whole(object, "Heap Fetches"),
        exact_blocks: whole(object, "Exact Heap Blocks").unwrap_or_default(),
        lossy_blocks: whole(object, "Lossy Heap Blocks").unwrap_or_default(),
        sort: sort_run(object),
        hash: hash_table(object),
        hash_aggregate: hash_aggregate(object),
        memoize: memoize(object),
        storage: string(object, "Storage")
            .map(|kind| Storage { disk: kind == "Disk", max_kb: whole(object, "Maximum Storage").unwrap_or_default() }),
        workers_planned: whole(object, "Workers Planned"),
        workers_launched: whole(object, "Workers Launched"),
        workers: workers(object)
            .map(|worker| Worker { number: whole(worker, "Worker Number").unwrap_or_default(), actual: actual(worker) })
            .collect(),
        subplans_removed: whole(object, "Subplans Removed").unwrap_or_default(),
        disabled: flag(object, "Disabled"),
        index_searches: whole(object, "Index Searches"),
        buffers: buffers(object),
        io: io_times(object),
        wal: Wal {
            records: whole(object, "WAL Records").unwrap_or_default(),
            full_page_images: whole(object, "WAL FPI").unwrap_or_default(),
            bytes: whole(object, "WAL Bytes").unwrap_or_default(),
        },
        processes: 1.0,
        total_ms: 0.0,
        self_ms: 0.0,
        own: Buffers::default(),
        own_io_ms: 0.0,
        q_error: None,
    })
}

fn actual(object: &Object) -> Option<Actual> {
    Some(Actual {
        startup_ms: float(object, "Actual Startup Time").filter(|_| whole(object, "Actual Loops") != Some(0)),
        total_ms: float(object, "Actual Total Time").filter(|_| whole(object, "Actual Loops") != Some(0)),
        rows: float(object, "Actual Rows")?,
        loops: whole(object, "Actual Loops")?,
    })
}

fn workers(object: &Object) -> impl Iterator<Item = &Object> {
    object
        .get("Workers")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_object)
}

/// Pages of a node, or of planning.
pub(super) fn buffers(object: &Object) -> Buffers {
    let get = |key| whole(object, key).unwrap_or_default();
    Buffers {
        hit: get("Shared Hit Blocks"),
        read: get("Shared Read Blocks"),
        dirtied: get("Shared Dirtied Blocks"),
        written: get("Shared Written Blocks"),
        local: get("Local Hit Blocks") + get("Local Read Blocks"),
        temp_read: get("Temp Read Blocks"),
        temp_written: get("Temp Written Blocks"),
    }
}

/// PG 17 split the shared from the local times and renamed them.
fn io_times(object: &Object) -> IoTimes {
    let get = |keys: &[&str]| keys.iter().filter_map(|key| float(object, key)).sum::<f64>();
    IoTimes {
        read_ms: get(&["I/O Read Time", "Shared I/O Read Time", "Local I/O Read Time"]),
        write_ms: get(&["I/O Write Time", "Shared I/O Write Time", "Local I/O Write Time"]),
        temp_ms: get(&["Temp I/O Read Time", "Temp I/O Write Time"]),
    }
}

/// The leader's run or the largest of the workers'; disk counts as larger than memory.
fn sort_run(object: &Object) -> Option<SortRun> {
    let plain = |object: &Object| {
        Some(SortRun {
            method: string(object, "Sort Method")?,
            space_kb: whole(object, "Sort Space Used").unwrap_or_default(),
            disk: string(object, "Sort Space Type").is_some_and(|kind| kind == "Disk"),
        })
    };
    let groups = ["Full-sort Groups", "Pre-sorted Groups"].iter().filter_map(|key| {
        let group = object.get(*key)?.as_object()?;
        let peak =
            |key| group.get(key).and_then(Value::as_object).and_then(|space| whole(space, "Peak Sort Space Used"));
        let disk = peak("Sort Space Disk");
        Some(SortRun {
            method: strings(group, "Sort Methods Used").join(", "),
            space_kb: disk.or_else(|| peak("Sort Space Memory")).unwrap_or_default(),
            disk: disk.is_some(),
        })
    });
    plain(object)
        .into_iter()
        .chain(workers(object).filter_map(plain))
        .chain(groups)
        .max_by_key(|run| (run.disk, run.space_kb))
}

fn hash_table(object: &Object) -> Option<HashTable> {
    let batches = whole(object, "Hash Batches")?;
    Some(HashTable {
        batches,
        original_batches: whole(object, "Original Hash Batches").unwrap_or(batches),
        peak_kb: whole(object, "Peak Memory Usage").unwrap_or_default(),
    })
}

/// The leader's table and the workers': batches and memory of the largest, disk of all.
fn hash_aggregate(object: &Object) -> Option<HashAggregate> {
    std::iter::once(object)
        .chain(workers(object))
        .filter_map(|object| {
            Some(HashAggregate {
                batches: whole(object, "HashAgg Batches")?,
                peak_kb: whole(object, "Peak Memory Usage").unwrap_or_default(),
                disk_kb: whole(object, "Disk Usage").unwrap_or_default(),
            })
        })
        .reduce(|one, other| HashAggregate {
            batches: one.batches.max(other.batches),
            peak_kb: one.peak_kb.max(other.peak_kb),
            disk_kb: one.disk_kb + other.disk_kb,
        })
}

/// The leader's cache and the workers' added up.
fn memoize(object: &Object) -> Option<Memoize> {
    std::iter::once(object)
        .chain(workers(object))
        .filter_map(|object| {
            Some(Memoize {
                hits: whole(object, "Cache Hits")?,
                misses: whole(object, "Cache Misses").unwrap_or_default(),
                evictions: whole(object, "Cache Evictions").unwrap_or_default(),
                overflows: whole(object, "Cache Overflows").unwrap_or_default(),
                peak_kb: whole(object, "Peak Memory Usage").unwrap_or_default(),
            })
        })
        .reduce(|one, other| Memoize {
            hits: one.hits + other.hits,
            misses: one.misses + other.misses,
            evictions: one.evictions + other.evictions,
            overflows: one.overflows + other.overflows,
            peak_kb: one.peak_kb.max(other.peak_kb),
        })
}
