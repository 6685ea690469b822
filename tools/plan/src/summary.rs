//! The plan as rows, for programs and for reports that draw it.

use serde::{Deserialize, Serialize};

use crate::{
    ConditionKind, Node, Plan, label,
    node::count,
    units::{self, cut},
};

/// A plan as a flat list of nodes with their depth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSummary {
    /// Whether it was executed; if not, rows are expected ones and times are absent.
    pub executed: bool,
    /// Milliseconds of planning.
    pub planning_ms: Option<f64>,
    /// Milliseconds of execution.
    pub execution_ms: Option<f64>,
    /// The planner's total cost.
    pub total_cost: f64,
    /// Shared pages touched by the whole statement.
    pub buffers: Option<u64>,
    /// Temporary file pages moved by the whole statement.
    pub temp_pages: u64,
    /// Milliseconds of just-in-time compilation.
    pub jit_ms: Option<f64>,
    /// Triggers as `name`, milliseconds, calls.
    pub triggers: Vec<(String, f64, u64)>,
    /// Plan-relevant settings that differ from their defaults.
    pub settings: Vec<(String, String)>,
    /// Nodes in pre-order.
    pub nodes: Vec<NodeSummary>,
}

/// One node, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeSummary {
    /// Position in the list.
    pub id: usize,
    /// Position of the parent.
    pub parent: Option<usize>,
    /// Distance from the root.
    pub depth: usize,
    /// As TEXT prints it: `Seq Scan on public.orders o`.
    pub label: String,
    /// `InitPlan 1 (returns $0)`, `CTE recent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subplan: Option<String>,
    /// Table with its schema where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// Index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Conditions and keys as `name`, text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<(String, String)>,
    /// The planner's total cost.
    pub cost: f64,
    /// Elapsed milliseconds of the node alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_ms: Option<f64>,
    /// Elapsed milliseconds with everything below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<f64>,
    /// `self_ms` as a share of the execution, or own cost as a share of the total: 0 to 1.
    pub share: f64,
    /// Rows expected per loop.
    pub rows_expected: f64,
    /// Rows found per loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<f64>,
    /// Executions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loops: Option<u64>,
    /// Rows thrown away over all loops.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_removed: f64,
    /// Factor by which rows were misjudged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q_error: Option<f64>,
    /// Shared pages touched by the node alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffers: Option<u64>,
    /// Of those, read from outside shared buffers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffers_read: Option<u64>,
    /// Temporary file pages moved by the node alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temp_pages: Option<u64>,
    /// Short remarks: `never executed`, `12 MB on disk`, `8 batches`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// The plan as rows.
pub fn summary(plan: &Plan) -> PlanSummary {
    PlanSummary {
        executed: plan.is_executed(),
        planning_ms: plan.planning_ms,
        execution_ms: plan.elapsed_ms(),
        total_cost: plan.root().total_cost,
        buffers: plan.has_buffers.then(|| plan.root().buffers.touched()),
        temp_pages: plan.root().buffers.temp(),
        jit_ms: plan.jit.map(|jit| jit.total_ms),
        triggers: plan.triggers.iter().map(|trigger| (trigger.name.clone(), trigger.ms, trigger.calls)).collect(),
        settings: plan.settings.clone(),
        nodes: plan.nodes().iter().map(|node| node_summary(plan, node)).collect(),
    }
}

fn node_summary(plan: &Plan, node: &Node) -> NodeSummary {
    let timed =
        node.actual.filter(|actual| actual.total_ms.is_some() || actual.loops == 0).is_some() && plan.is_timed();
    NodeSummary {
        id: node.id,
        parent: node.parent,
        depth: node.depth,
        label: label::label(node),
        subplan: node.subplan_name.clone(),
        relation: node.qualified_relation(),
        index: node.index.clone(),
        conditions: conditions(node),
        cost: node.total_cost,
        self_ms: timed.then_some(round(node.self_ms)),
        total_ms: timed.then_some(round(node.total_ms)),
        share: share(plan, node),
        rows_expected: node.plan_rows,
        rows: node.actual.map(|actual| actual.rows),
        loops: node.actual.map(|actual| actual.loops),
        rows_removed: node.rows_removed(),
        q_error: node.q_error.map(round),
        buffers: plan.has_buffers.then(|| node.own.touched()),
        buffers_read: plan.has_buffers.then_some(node.own.read).filter(|pages| *pages > 0),
        temp_pages: Some(node.own.temp()).filter(|pages| *pages > 0),
        flags: flags(node),
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Share of the statement that this node alone takes: of the time where timed, else of the cost.
pub(crate) fn share(plan: &Plan, node: &Node) -> f64 {
    let (own, all) = if plan.is_timed() {
        (node.self_ms, plan.elapsed_ms().unwrap_or_default())
    } else {
        (own_cost(plan, node), plan.root().total_cost)
    };
    if all > 0.0 { round((own / all).clamp(0.0, 1.0)) } else { 0.0 }
}

/// The node's cost without that of its inputs; never negative.
pub(crate) fn own_cost(plan: &Plan, node: &Node) -> f64 {
    let inputs: f64 = plan.children(node).map(|child| child.total_cost).sum();
    (node.total_cost - inputs).max(0.0)
}

fn conditions(node: &Node) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = node
        .conditions
        .iter()
        .map(|condition| (condition_name(condition.kind).to_owned(), cut(&condition.text, 400)))
        .collect();
    for (name, keys) in [("Sort Key", &node.sort_key), ("Group Key", &node.group_key)] {
        if !keys.is_empty() {
            out.push((name.to_owned(), cut(&keys.join(", "), 400)));
        }
    }
    out
}

/// The server's name for a condition.
pub(crate) const fn condition_name(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::IndexCond => "Index Cond",
        ConditionKind::OrderBy => "Order By",
        ConditionKind::RecheckCond => "Recheck Cond",
        ConditionKind::TidCond => "TID Cond",
        ConditionKind::HashCond => "Hash Cond",
        ConditionKind::MergeCond => "Merge Cond",
        ConditionKind::JoinFilter => "Join Filter",
        ConditionKind::Filter => "Filter",
        ConditionKind::OneTimeFilter => "One-Time Filter",
        ConditionKind::RunCondition => "Run Condition",
    }
}

fn flags(node: &Node) -> Vec<String> {
    let mut out = Vec::new();
    if node.never_executed() {
        out.push("never executed".to_owned());
    }
    if let Some(sort) = node.sort.as_ref().filter(|sort| sort.disk) {
        out.push(format!("{} on disk", units::size_kb(sort.space_kb)));
    }
    if let Some(hash) = node.hash.filter(|hash| hash.batches > 1) {
        out.push(format!("{} batches", hash.batches));
    }
    if let Some(table) = node.hash_aggregate.filter(|table| table.disk_kb > 0) {
        out.push(format!("{} on disk", units::size_kb(table.disk_kb)));
    }
    if node.lossy_blocks > 0 {
        out.push(format!("{} lossy pages", units::grouped(count(node.lossy_blocks))));
    }
    if let Some(fetches) = node.heap_fetches.filter(|fetches| *fetches > 0) {
        out.push(format!("{} heap fetches", units::grouped(count(fetches))));
    }
    if let Some((planned, launched)) = node.workers_planned.zip(node.workers_launched) {
        out.push(format!("{launched} of {planned} workers"));
    }
    if node.subplans_removed > 0 {
        out.push(format!("{} pruned", node.subplans_removed));
    }
    if node.disabled {
        out.push("disabled".to_owned());
    }
    out
}
