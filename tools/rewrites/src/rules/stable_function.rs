//! `x = f()` with a STABLE function of the application → `x = (SELECT f())`: called once instead
//! of for every row.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    Volatility,
    block::{Block, Changed, Outcome},
    build,
    compare::Comparison,
    tree,
};

pub(super) const ID: &str = "rls_function_per_row";

pub(super) const EXAMPLES: &[Example] = &[
    // Built-in functions are cheap, and volatile ones must be called each time.
    Example::untouched("SELECT id FROM orders WHERE shipped_at < now()"),
    Example::untouched("SELECT id FROM orders WHERE quantity > random()"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    block.each_conjunct(|part| changed(block, part))
}

fn changed(block: &Block<'_>, part: &ast::Node) -> Option<Result<Changed, String>> {
    let (comparison, name) = Comparison::both(part).find_map(|comparison| {
        let NodeEnum::FuncCall(call) = comparison.right.node.as_ref()? else { return None };
        let name = call.funcname.last().and_then(tree::string_of)?;
        // Only functions that the catalog was asked about: those that the server has itself are not.
        (!tree::any(comparison.right, |inner| matches!(inner, NodeEnum::ColumnRef(_) | NodeEnum::SubLink(_)))
            && block.facts.functions.contains_key(name)
            && !crate::block::is_built_in(name))
        .then_some((comparison, name))
    })?;
    match block.volatility(comparison.right) {
        Volatility::Immutable => None,
        Volatility::Volatile => Some(Err(format!(
            "{name} is volatile: called once it may give another result than called for every row (declare it STABLE if it is)"
        ))),
        Volatility::Stable => {
            let sql = format!(
                "{} {} (SELECT {})",
                build::operand(comparison.left)?,
                comparison.operator,
                build::sql(comparison.right)?
            );
            Some(Ok(Changed::exact(sql).because(format!("{name} is STABLE: it gives the same all through a statement"))))
        }
    }
}
