//! A node's name as TEXT prints it.

use crate::{Kind, Node};

/// `Parallel Seq Scan on public.orders o`, `Hash Left Join`, `Partial HashAggregate`.
pub fn label(node: &Node) -> String {
    let mut out = node_name(node);
    if node.parallel_aware {
        out.insert_str(0, "Parallel ");
    }
    if node.backward {
        out.push_str(" Backward");
    }
    if let Some(index) = &node.index {
        out.push_str(if node.kind == Kind::BitmapIndexScan { " on " } else { " using " });
        out.push_str(index);
    }
    for name in [node.qualified_relation(), node.alias.clone()].into_iter().flatten().enumerate() {
        out.push_str(if name.0 == 0 { " on " } else { " " });
        out.push_str(&name.1);
    }
    out
}

/// The name without what it works on: `Hash Left Join`, `GroupAggregate`.
pub(crate) fn node_name(node: &Node) -> String {
    let joined = |base: &str| match &node.join_type {
        Some(join) => format!("{base} {join} Join"),
        None if base == "Nested Loop" => base.to_owned(),
        None => format!("{base} Join"),
    };
    match node.kind {
        Kind::NestedLoop => joined("Nested Loop"),
        Kind::HashJoin => joined("Hash"),
        Kind::MergeJoin => joined("Merge"),
        Kind::ModifyTable => node.operation.clone().unwrap_or_else(|| node.node_type.clone()),
        Kind::Aggregate => {
            let name = match node.strategy.as_deref() {
                Some("Hashed") => "HashAggregate",
                Some("Sorted") => "GroupAggregate",
                Some("Mixed") => "MixedAggregate",
                _ => "Aggregate",
            };
            match &node.partial_mode {
                Some(mode) => format!("{mode} {name}"),
                None => name.to_owned(),
            }
        }
        Kind::SetOp if node.strategy.as_deref() == Some("Hashed") => "HashSetOp".to_owned(),
        _ => node.node_type.clone(),
    }
}
