//! What is missing from a plan that was cut or edited on its way here.

use crate::{Kind, Node, Plan, Relationship, label};

/// Faults told at most; one cut makes few of them.
const MOST: usize = 5;

/// What the tree shows to be missing. `lines` are the nodes' lines in the text, where there are any.
pub(super) fn notes(plan: &Plan, lines: &[usize]) -> Vec<String> {
    let executed = plan.is_executed();
    let faults = plan.nodes().iter().filter_map(|node| {
        let fault = fault(plan, node, executed)?;
        let place = lines.get(node.id).map(|line| format!("line {line}: ")).unwrap_or_default();
        Some(format!("{place}{} {fault}; the plan was cut or edited there", label(node)))
    });
    let mut out: Vec<String> = faults.take(MOST).collect();
    let is_timed = plan.is_timed() && !lines.is_empty();
    if is_timed && plan.execution_ms.is_none() && plan.planning_ms.is_some() {
        out.push("the plan ends after its planning time: the execution time is missing".to_owned());
    }
    out
}

fn fault(plan: &Plan, node: &Node, executed: bool) -> Option<String> {
    if executed && node.actual.is_none() && node.kind != Kind::Other {
        return Some("has no actual figures although the statement was executed".to_owned());
    }
    let inputs = plan
        .children(node)
        .filter(|child| {
            !matches!(child.relationship, Relationship::InitPlan | Relationship::SubPlan | Relationship::Cte)
        })
        .count();
    let needed = needed(node.kind);
    match (inputs, needed) {
        (inputs, needed) if inputs >= needed => None,
        (0, _) => Some("has no input".to_owned()),
        _ => Some("has one input of two".to_owned()),
    }
}

/// Inputs without which a node cannot be.
const fn needed(kind: Kind) -> usize {
    match kind {
        Kind::NestedLoop | Kind::HashJoin | Kind::MergeJoin => 2,
        Kind::Sort
        | Kind::IncrementalSort
        | Kind::Hash
        | Kind::Materialize
        | Kind::Memoize
        | Kind::Aggregate
        | Kind::Unique
        | Kind::Limit
        | Kind::Gather
        | Kind::GatherMerge
        | Kind::WindowAgg
        | Kind::LockRows
        | Kind::BitmapHeapScan => 1,
        _ => 0,
    }
}
