//! `x NOT IN (SELECT y …)` → `NOT EXISTS`, which the server can do as an anti join.
//!
//! A single NULL among the `y` makes NOT IN return nothing at all, and a NULL `x` is never
//! returned. Where the catalog does not exclude that, plain NOT EXISTS is refused and the form
//! with guards is given.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Changed, Outcome},
    build, tree,
};

pub(super) const ID: &str = "not_in_subplan";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT email FROM customers c WHERE c.id NOT IN (SELECT customer_id FROM orders WHERE status = 'open')",
        "SELECT email FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders WHERE status = 'open' AND customer_id = c.id)",
    ),
    Example::new(
        "SELECT email FROM customers WHERE id NOT IN (SELECT o.referrer_id FROM orders o)",
        "SELECT email FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.referrer_id = customers.id) AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.referrer_id IS NULL)",
    ),
    Example::new(
        "SELECT email FROM customers WHERE id NOT IN (SELECT o.referrer_id FROM orders o WHERE o.referrer_id IS NOT NULL)",
        "SELECT email FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.referrer_id IS NOT NULL AND o.referrer_id = customers.id)",
    ),
    Example::new(
        "SELECT name FROM customers WHERE tier <> ALL (SELECT o.customer_id FROM orders o)",
        "SELECT name FROM customers WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = customers.tier) AND (customers.tier IS NOT NULL OR NOT EXISTS (SELECT 1 FROM orders o))",
    ),
    Example::untouched("SELECT email FROM customers WHERE id NOT IN (1, 2, 3)"),
    Example::untouched("SELECT email FROM customers WHERE id NOT IN (SELECT customer_id FROM orders LIMIT 3)"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    let mut outcomes = block.each_conjunct(|part| changed(block, part).map(|found| Ok(found.0)));
    for part in block.conjuncts() {
        if let Some((_, Some(why))) = changed(block, part) {
            outcomes.push(Outcome::Refuse(why));
        }
    }
    outcomes
}

/// The other form, and why the plain one would not be equal.
fn changed(block: &Block<'_>, part: &ast::Node) -> Option<(Changed, Option<String>)> {
    let (test, query) = not_in(part)?;
    let scope = block.inner_scope(query);
    let inner = block.inner(query, &scope);
    if !inner.is_plain() || inner.is_limited() || query.with_clause.is_some() {
        return None;
    }
    let [target] = query.target_list.as_slice() else { return None };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return None };
    let value = target.val.as_deref()?;
    if tree::any(value, |inner| matches!(inner, NodeEnum::AStar(_))) {
        return None;
    }
    let outside = build::operand(&block.exported(test, &scope)?)?;
    let inside = build::operand(value)?;
    let guarded = inner.conjuncts().iter().any(|part| is_not_null(part, value));
    let (x_nullable, y_nullable) = (block.is_nullable(test), !guarded && inner.is_nullable(value));
    let exists = |condition: Option<String>| -> Option<String> {
        let mut parts: Vec<ast::Node> = inner.conjuncts().into_iter().cloned().collect();
        if let Some(condition) = condition {
            parts.push(build::expression(&condition)?);
        }
        let query = ast::SelectStmt {
            target_list: build::select("SELECT 1")?.target_list,
            where_clause: build::all_of(parts),
            sort_clause: Vec::new(),
            ..query.clone()
        };
        Some(format!("NOT EXISTS ({})", build::select_sql(&query)?))
    };
    let mut sql = exists(Some(format!("{inside} = {outside}")))?;
    let (x, y) = (build::sql(test)?, build::sql(value)?);
    let mut nullable = Vec::new();
    if y_nullable {
        sql.push_str(&format!(" AND {}", exists(Some(format!("{inside} IS NULL")))?));
        nullable.push(format!("one NULL in {y} and NOT IN returns nothing"));
    }
    if x_nullable {
        sql.push_str(&format!(" AND ({outside} IS NOT NULL OR {})", exists(None)?));
        nullable.push(format!("NOT IN never returns a row with a NULL in {x} unless the subquery is empty"));
    }
    if nullable.is_empty() {
        return Some((Changed::exact(sql).because(format!("neither {x} nor {y} can be NULL")), None));
    }
    let why = format!("a plain NOT EXISTS would return other rows: {}", nullable.join("; "));
    let changed = Changed::exact(sql).because("the guards keep what NOT IN does with NULLs".to_owned());
    Some((changed, Some(why)))
}

/// `x NOT IN (SELECT …)` or `x <> ALL (SELECT …)`.
fn not_in(part: &ast::Node) -> Option<(&ast::Node, &ast::SelectStmt)> {
    let link = match part.node.as_ref()? {
        NodeEnum::BoolExpr(not) if not.boolop == ast::BoolExprType::NotExpr as i32 => {
            let NodeEnum::SubLink(link) = not.args.first()?.node.as_ref()? else { return None };
            let is_in = link.sub_link_type == ast::SubLinkType::AnySublink as i32
                && (link.oper_name.is_empty() || link.oper_name.last().and_then(tree::string_of) == Some("="));
            is_in.then_some(link)?
        }
        NodeEnum::SubLink(link) => {
            let is_all = link.sub_link_type == ast::SubLinkType::AllSublink as i32
                && link.oper_name.last().and_then(tree::string_of) == Some("<>");
            is_all.then_some(link)?
        }
        _ => return None,
    };
    let test = link.testexpr.as_deref()?;
    // A row of several columns is NULL in parts.
    if matches!(test.node, Some(NodeEnum::RowExpr(_))) {
        return None;
    }
    Some((test, tree::as_select(link.subselect.as_deref()?)?))
}

fn is_not_null(part: &ast::Node, value: &ast::Node) -> bool {
    match part.node.as_ref() {
        Some(NodeEnum::NullTest(test)) => {
            test.nulltesttype == ast::NullTestType::IsNotNull as i32
                && test.arg.as_deref().is_some_and(|argument| tree::same(argument, value))
        }
        _ => false,
    }
}
