//! A CTE that the server computes as a whole → NOT MATERIALIZED, so that conditions reach into it.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    Volatility,
    block::{Block, Draft, Outcome},
    tree,
};

pub(super) const ID: &str = "cte_fence";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "WITH o AS MATERIALIZED (SELECT * FROM orders) SELECT status FROM o WHERE id = 42",
        "WITH o AS NOT MATERIALIZED (SELECT * FROM orders) SELECT status FROM o WHERE id = 42",
    ),
    Example::new(
        "WITH o AS (SELECT * FROM orders) SELECT a.status FROM o a JOIN o b ON b.id = a.id WHERE a.customer_id = 7",
        "WITH o AS NOT MATERIALIZED (SELECT * FROM orders) SELECT a.status FROM o a JOIN o b ON b.id = a.id WHERE a.customer_id = 7",
    ),
    // Read once, it is no fence since PostgreSQL 12.
    Example::untouched("WITH o AS (SELECT * FROM orders) SELECT status FROM o WHERE id = 42"),
    Example::untouched("WITH o AS MATERIALIZED (SELECT id, random() AS r FROM orders) SELECT r FROM o WHERE id = 42"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    rewritten(block).into_iter().collect()
}

fn rewritten(block: &Block<'_>) -> Option<Outcome> {
    let with = block.select.with_clause.as_ref().filter(|with| !with.recursive)?;
    let mut select = block.select.clone();
    let mut refused = None;
    let mut changed = false;
    for (at, cte) in with.ctes.iter().enumerate() {
        let Some(NodeEnum::CommonTableExpr(cte)) = cte.node.as_ref() else { continue };
        let forced = cte.ctematerialized == ast::CteMaterialize::Always as i32;
        let shared = cte.ctematerialized == ast::CteMaterialize::Default as i32 && uses(block.select, &cte.ctename) > 1;
        if !(forced || shared) {
            continue;
        }
        let Some(query) = cte.ctequery.as_deref().and_then(tree::as_select) else { continue };
        if block.volatility_of_all(query) == Volatility::Volatile {
            refused = Some(format!("{} calls a volatile function: computed again, it would give other values", cte.ctename));
            continue;
        }
        if !query.locking_clause.is_empty() {
            continue;
        }
        if let Some(NodeEnum::CommonTableExpr(cte)) =
            select.with_clause.as_mut().and_then(|with| with.ctes.get_mut(at)).and_then(|node| node.node.as_mut())
        {
            cte.ctematerialized = ast::CteMaterialize::Never as i32;
            changed = true;
        }
    }
    if changed {
        return Some(Outcome::rewrite(Draft::exact(select).because("the CTE reads only, and calls nothing volatile")));
    }
    refused.map(Outcome::Refuse)
}

fn uses(select: &ast::SelectStmt, name: &str) -> usize {
    let mut found = 0;
    tree::walk_select(select, &mut |inner| {
        if let NodeEnum::RangeVar(table) = inner
            && table.schemaname.is_empty()
            && table.relname == name
        {
            found += 1;
        }
        true
    });
    found
}
