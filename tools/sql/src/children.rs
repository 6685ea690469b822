//! What stands directly below an expression.

use pg_query::{NodeEnum, protobuf as ast};

/// The expressions directly below an expression. Subqueries are not entered: they open a scope
/// of their own and are walked as such.
macro_rules! children_of {
    ($node:expr, $iter:ident, $as_ref:ident, $deref:ident) => {{
        let mut found = Vec::new();
        match $node {
            NodeEnum::AExpr(x) => {
                found.extend(x.lexpr.$deref());
                found.extend(x.rexpr.$deref());
            }
            NodeEnum::BoolExpr(x) => found.extend(x.args.$iter()),
            NodeEnum::FuncCall(x) => {
                found.extend(x.args.$iter());
                found.extend(x.agg_order.$iter());
                found.extend(x.agg_filter.$deref());
                if let Some(over) = x.over.$as_ref() {
                    found.extend(over.partition_clause.$iter());
                    found.extend(over.order_clause.$iter());
                }
            }
            NodeEnum::TypeCast(x) => found.extend(x.arg.$deref()),
            NodeEnum::CollateClause(x) => found.extend(x.arg.$deref()),
            NodeEnum::CoalesceExpr(x) => found.extend(x.args.$iter()),
            NodeEnum::MinMaxExpr(x) => found.extend(x.args.$iter()),
            NodeEnum::NullTest(x) => found.extend(x.arg.$deref()),
            NodeEnum::BooleanTest(x) => found.extend(x.arg.$deref()),
            NodeEnum::CaseExpr(x) => {
                found.extend(x.arg.$deref());
                found.extend(x.args.$iter());
                found.extend(x.defresult.$deref());
            }
            NodeEnum::CaseWhen(x) => {
                found.extend(x.expr.$deref());
                found.extend(x.result.$deref());
            }
            NodeEnum::AArrayExpr(x) => found.extend(x.elements.$iter()),
            NodeEnum::RowExpr(x) => found.extend(x.args.$iter()),
            NodeEnum::AIndirection(x) => {
                found.extend(x.arg.$deref());
                found.extend(x.indirection.$iter());
            }
            NodeEnum::AIndices(x) => {
                found.extend(x.lidx.$deref());
                found.extend(x.uidx.$deref());
            }
            NodeEnum::NamedArgExpr(x) => found.extend(x.arg.$deref()),
            NodeEnum::List(x) => found.extend(x.items.$iter()),
            NodeEnum::ResTarget(x) => found.extend(x.val.$deref()),
            NodeEnum::SortBy(x) => found.extend(x.node.$deref()),
            NodeEnum::GroupingSet(x) => found.extend(x.content.$iter()),
            NodeEnum::WindowDef(x) => {
                found.extend(x.partition_clause.$iter());
                found.extend(x.order_clause.$iter());
            }
            NodeEnum::SubLink(x) => found.extend(x.testexpr.$deref()),
            _ => {}
        }
        found
    }};
}

/// The expressions directly below `node`. Subqueries are not entered: they open a scope of their
/// own.
pub fn expression_children(node: &NodeEnum) -> Vec<&ast::Node> {
    children_of!(node, iter, as_ref, as_deref)
}

/// [`expression_children`], to be changed.
pub fn expression_children_mut(node: &mut NodeEnum) -> Vec<&mut ast::Node> {
    children_of!(node, iter_mut, as_mut, as_deref_mut)
}
