//! Who spent what: elapsed and own time, own pages, q-error.
//!
//! The server's figures are inclusive averages per loop, where the loops of all parallel
//! processes count. Here every millisecond and page is charged once:
//!
//! - a node below Gather is divided by the processes that ran it, so figures are elapsed time;
//! - a CTE's cost is charged to its readers' account: it ran inside the CTE Scans that pulled
//!   it, so it is taken off them;
//! - an InitPlan ran inside the node that first needed its value, which need not be the node it
//!   hangs on: the node whose conditions name its parameter, if it can have paid for it.

use crate::{Buffers, Kind, NodeId, Plan, Relationship, node::count};

/// PG 17 and older price a disabled node with this much.
const DISABLE_COST: f64 = 1e10;

/// Fills every derived field.
pub(crate) fn derive(plan: &mut Plan) {
    processes(plan);
    own(plan);
    charge_subplans(plan);
    disabled(plan);
    misestimates(plan);
}

/// Processes per node: what hangs below a Gather runs once in each.
fn processes(plan: &mut Plan) {
    for id in 0..plan.nodes.len() {
        let node = plan.node(id);
        let of_parent = plan.parent(node).map_or(1.0, |parent| parent.processes);
        let below_gather = plan
            .parent(node)
            .filter(|parent| matches!(parent.kind, Kind::Gather | Kind::GatherMerge))
            .filter(|_| node.relationship == Relationship::Outer)
            .map(|gather| {
                // The direct input runs once in each process and rescan, so its loops say how
                // many took part, whether or not the leader did.
                let rescans = count(gather.loops()).max(1.0);
                (count(node.loops()) / rescans).max(1.0)
            });
        // InitPlans and CTEs run in the leader alone.
        let processes = match node.relationship {
            Relationship::InitPlan | Relationship::Cte => 1.0,
            _ => below_gather.unwrap_or(of_parent),
        };
        let total_ms =
            node.actual.map_or(0.0, |actual| actual.total_ms.unwrap_or(0.0) * count(actual.loops) / processes);
        if let Some(node) = plan.nodes.get_mut(id) {
            node.processes = processes;
            node.total_ms = total_ms;
        }
    }
}

/// Inclusive figures less those of the inputs and SubPlans.
fn own(plan: &mut Plan) {
    for id in 0..plan.nodes.len() {
        let node = plan.node(id);
        let (mut ms, mut pages, mut io) = (node.total_ms, node.buffers, total_io(plan, id));
        for child in plan.children(node) {
            if !matches!(child.relationship, Relationship::InitPlan | Relationship::Cte) {
                ms -= child.total_ms;
                pages = pages.minus(child.buffers);
                io -= total_io(plan, child.id);
            }
        }
        if let Some(node) = plan.nodes.get_mut(id) {
            node.self_ms = ms.max(0.0);
            node.own = pages;
            node.own_io_ms = io.max(0.0);
        }
    }
}

fn total_io(plan: &Plan, id: NodeId) -> f64 {
    let io = plan.node(id).io;
    io.read_ms + io.write_ms + io.temp_ms
}

/// Takes what InitPlans and CTEs cost off the nodes in which they ran.
fn charge_subplans(plan: &mut Plan) {
    let subplans: Vec<NodeId> = plan
        .nodes
        .iter()
        .filter(|node| matches!(node.relationship, Relationship::InitPlan | Relationship::Cte))
        .map(|node| node.id)
        .collect();
    for id in subplans {
        let payers = match plan.node(id).relationship {
            Relationship::Cte => readers(plan, id),
            _ => consumers(plan, id),
        };
        let (mut ms, mut pages, mut io) = (plan.node(id).total_ms, plan.node(id).buffers, total_io(plan, id));
        for payer in payers {
            let Some(node) = plan.nodes.get_mut(payer) else { continue };
            let paid_ms = ms.min(node.self_ms);
            node.self_ms -= paid_ms;
            ms -= paid_ms;
            let left = node.own.minus(pages);
            pages = pages.minus(node.own);
            node.own = left;
            let paid_io = io.min(node.own_io_ms);
            node.own_io_ms -= paid_io;
            io -= paid_io;
            if ms <= 0.0 && pages == Buffers::default() {
                break;
            }
        }
    }
}

/// The CTE Scans that read this CTE, first in plan order first.
fn readers(plan: &Plan, cte: NodeId) -> Vec<NodeId> {
    let node = plan.node(cte);
    let name = node.subplan_name.as_deref().and_then(|name| name.strip_prefix("CTE "));
    let scope = plan.parent(node).map_or(0, |parent| parent.id);
    plan.subtree(plan.node(scope))
        .filter(|node| node.kind == Kind::CteScan && node.relation.as_deref() == name && node.loops() > 0)
        .map(|node| node.id)
        .collect()
}

/// Nodes that may have run this InitPlan: those that name its parameter, then the node it hangs
/// on, then any below that; each only if it spent as much.
fn consumers(plan: &Plan, init: NodeId) -> Vec<NodeId> {
    let node = plan.node(init);
    let Some(owner) = plan.parent(node) else { return Vec::new() };
    let names = parameters(node.subplan_name.as_deref().unwrap_or_default());
    let can_pay = |id: &NodeId| {
        let candidate = plan.node(*id);
        // Times are printed with three decimals.
        candidate.self_ms + 0.002 >= node.total_ms && candidate.own.touched() >= node.buffers.touched()
    };
    let inside = node.id..node.id + plan.subtree(node).len();
    let below = || plan.subtree(owner).map(|node| node.id).filter(|id| !inside.contains(id));
    let naming = below().filter(|id| {
        let texts = plan.node(*id).conditions.iter().map(|condition| condition.text.as_str());
        let outputs = plan.node(*id).output.iter().map(String::as_str);
        texts.chain(outputs).any(|text| names.iter().any(|name| mentions(text, name)))
    });
    naming.chain(std::iter::once(owner.id)).chain(below()).find(can_pay).map_or_else(|| vec![owner.id], |id| vec![id])
}

/// `InitPlan 1 (returns $0,$1)` is known as `$0` and `$1`, since PG 17 as `InitPlan 1`.
fn parameters(name: &str) -> Vec<String> {
    let mut names: Vec<String> = name
        .split_once("(returns ")
        .map(|(_, list)| list.trim_end_matches(')').split(',').map(|item| item.trim().to_owned()).collect())
        .unwrap_or_default();
    names.push(name.split(" (").next().unwrap_or(name).to_owned());
    names
}

/// Whether `text` holds `name` not followed by a further digit.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name)
        .any(|(at, _)| !text.get(at + name.len()..).unwrap_or_default().starts_with(|c: char| c.is_ascii_digit()))
}

/// Before PG 18 only the cost tells: the lowest node that carries it was switched off.
fn disabled(plan: &mut Plan) {
    let is_priced = |plan: &Plan, id: NodeId| plan.node(id).total_cost >= DISABLE_COST;
    let found: Vec<NodeId> = plan
        .nodes
        .iter()
        .filter(|node| is_priced(plan, node.id) && !node.children.iter().any(|child| is_priced(plan, *child)))
        .map(|node| node.id)
        .collect();
    for id in found {
        if let Some(node) = plan.nodes.get_mut(id) {
            node.disabled = true;
        }
    }
}

/// By what factor rows were misjudged, where that can be told.
fn misestimates(plan: &mut Plan) {
    for id in 0..plan.nodes.len() {
        let q_error = q_error(plan, id);
        if let Some(node) = plan.nodes.get_mut(id) {
            node.q_error = q_error;
        }
    }
}

fn q_error(plan: &Plan, id: NodeId) -> Option<f64> {
    let node = plan.node(id);
    let actual = node.actual?;
    let tellable = actual.loops > 0
        && node.plan_rows > 0.0
        && !matches!(
            node.kind,
            // BitmapAnd and BitmapOr report no rows, Materialize and Memoize count rescans,
            // ModifyTable gives none without RETURNING.
            Kind::BitmapAnd
                | Kind::BitmapOr
                | Kind::Materialize
                | Kind::Memoize
                | Kind::ModifyTable
                | Kind::WorkTableScan
        );
    // Hash and Sort repeat the rows of what they hold.
    let holds = node.children.first().filter(|_| matches!(node.kind, Kind::Hash | Kind::Sort));
    if !tellable || holds.is_some_and(|&child| plan.node(child).kind == Kind::WorkTableScan) {
        return None;
    }
    let (expected, found) = (node.plan_rows.max(1.0), actual.rows.max(1.0));
    let parent = plan.parent(node);
    // Mark and restore makes a merge join read its inner side again.
    let reread = node.relationship == Relationship::Inner && parent.is_some_and(|p| p.kind == Kind::MergeJoin);
    if (found < expected && may_be_cut(plan, id)) || (found > expected && reread) {
        return None;
    }
    Some((found / expected).max(expected / found))
}

/// Whether the node may have been stopped before its last row: fewer rows than expected then
/// mean nothing.
fn may_be_cut(plan: &Plan, id: NodeId) -> bool {
    let mut node = plan.node(id);
    loop {
        let Some(parent) = plan.parent(node) else { return false };
        let stops = match node.relationship {
            Relationship::SubPlan | Relationship::InitPlan | Relationship::Cte => true,
            Relationship::Inner => match parent.kind {
                Kind::MergeJoin => true,
                Kind::NestedLoop => matches!(parent.join_type.as_deref(), Some("Semi" | "Anti" | "Right Semi")),
                _ => false,
            },
            _ => parent.kind == Kind::Limit || parent.kind == Kind::MergeJoin,
        };
        if stops {
            return true;
        }
        let blocks = parent.kind.is_blocking()
            || (parent.kind == Kind::Aggregate && parent.strategy.as_deref() != Some("Sorted"))
            || (parent.kind == Kind::HashJoin && node.relationship == Relationship::Inner);
        if blocks {
            return false;
        }
        node = parent;
    }
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
