//! DISTINCT in its forms, for the rules that ask what it was fed with.

use crate::{
    Kind, Node,
    insight::{Scope, Stake},
};

/// A node that only removes duplicates: Unique, or an aggregate that gives its keys alone. TEXT
/// shows an aggregate's functions only with VERBOSE; without it nothing is claimed.
pub(crate) fn removes_duplicates(node: &Node) -> bool {
    match node.kind {
        Kind::Unique => true,
        Kind::Aggregate => !node.group_key.is_empty() && node.partial_mode.is_none() && computes_nothing(node),
        _ => false,
    }
}

/// Whether the output is known and holds keys only.
pub(crate) fn computes_nothing(node: &Node) -> bool {
    let is_key = |column: &String| {
        let bare = column.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(column);
        !column.contains('(') || node.group_key.iter().any(|key| key == column || key == bare)
    };
    !node.output.is_empty() && node.output.iter().all(is_key)
}

/// What is below the node, past sorting, gathering and the workers' own removal; with the cost of
/// all that is passed.
pub(crate) fn input<'a>(scope: &Scope<'a>, node: &'a Node) -> Option<(&'a Node, Stake)> {
    let mut stake = scope.own(node);
    let mut input = scope.plan.children(node).next()?;
    while carries(input) || removes_duplicates(input) {
        stake = stake.plus(scope.own(input));
        input = scope.plan.children(input).next()?;
    }
    Some((input, stake))
}

/// The outermost nodes that remove duplicates.
pub(crate) fn outermost<'a>(scope: &Scope<'a>) -> impl Iterator<Item = &'a Node> {
    scope.live().filter(|node| removes_duplicates(node)).filter(|node| {
        let above = scope.plan.ancestors(node).find(|above| !carries(above));
        !above.is_some_and(removes_duplicates)
    })
}

const fn carries(node: &Node) -> bool {
    matches!(node.kind, Kind::Sort | Kind::IncrementalSort | Kind::Gather | Kind::GatherMerge)
}
