//! `a.x = 1 OR b.y = 2` → two queries, each with its own index, joined by UNION ALL; the second
//! leaves out what the first has.

use std::collections::BTreeSet;

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    Volatility,
    block::{Block, Draft, Outcome},
    build, tree,
};

pub(super) const ID: &str = "or_predicate";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open' OR c.tier = 3",
        "SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open' UNION ALL SELECT o.id, c.email FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.tier = 3 AND (o.status = 'open') IS NOT TRUE",
    ),
    Example::new(
        "SELECT count(*) FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) OR EXISTS (SELECT 1 FROM orders r WHERE r.referrer_id = c.id)",
        "SELECT count(*) FROM (SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) UNION ALL SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders r WHERE r.referrer_id = c.id) AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)) arms",
    ),
    Example::new(
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.quantity > 3 AND (o.status = 'open' OR c.tier = 3) ORDER BY o.id DESC LIMIT 5",
        "SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.quantity > 3 AND o.status = 'open' UNION ALL SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.quantity > 3 AND c.tier = 3 AND (o.status = 'open') IS NOT TRUE ORDER BY id DESC LIMIT 5",
    ),
    // One table: the server combines bitmaps itself.
    Example::untouched("SELECT id FROM orders WHERE status = 'open' OR note = 'x'"),
    Example::untouched(
        "SELECT o.status FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open' OR c.tier = 3 ORDER BY o.id",
    ),
];

/// More parts read the same tables too often.
const MOST: usize = 3;

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    let parts = block.conjuncts();
    parts.iter().enumerate().find_map(|(at, part)| outcome(block, &parts, at, part)).into_iter().collect()
}

fn outcome(block: &Block<'_>, parts: &[&ast::Node], at: usize, part: &ast::Node) -> Option<Outcome> {
    let groups = groups(block, part)?;
    let counted = is_count(block);
    if !(block.is_plain() || counted) || block.volatility_of_all(block.select) == Volatility::Volatile {
        return None;
    }
    if block.is_limited() && block.select.sort_clause.is_empty() {
        return Some(Outcome::Refuse("without ORDER BY the rows that LIMIT keeps would be others".to_owned()));
    }
    let mut branches = Vec::new();
    for (number, group) in groups.iter().enumerate() {
        let mut kept: Vec<String> =
            parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, part)| sql(part)).collect::<Option<_>>()?;
        kept.push(joined(group)?);
        for earlier in groups.iter().take(number) {
            kept.push(excluded(earlier)?);
        }
        let tree = build::expression(&kept.join(" AND "))?;
        let target_list =
            if counted { build::select("SELECT 1")?.target_list } else { block.select.target_list.clone() };
        let branch = ast::SelectStmt {
            target_list,
            where_clause: Some(Box::new(tree)),
            sort_clause: Vec::new(),
            limit_count: None,
            limit_offset: None,
            limit_option: ast::LimitOption::Default as i32,
            with_clause: None,
            ..block.select.clone()
        };
        branches.push(build::select_sql(&branch)?);
    }
    let union = branches.join(" UNION ALL ");
    let mut select = if counted {
        let mut select = build::select(&format!("SELECT count(*) FROM ({union}) AS arms"))?;
        select.target_list.clone_from(&block.select.target_list);
        select
    } else {
        build::select(&union)?
    };
    select.sort_clause = block.select.sort_clause.iter().map(|key| over_outputs(block, key)).collect::<Option<_>>()?;
    select.limit_count.clone_from(&block.select.limit_count);
    select.limit_offset.clone_from(&block.select.limit_offset);
    select.limit_option = block.select.limit_option;
    select.with_clause.clone_from(&block.select.with_clause);
    let draft = Draft::exact(select)
        .because("UNION ALL keeps duplicates, and what an earlier part returns is left out of the later ones, NULLs included");
    Some(Outcome::rewrite(draft))
}

/// The arms by what they read: two or more groups, or nothing to gain.
fn groups<'n>(block: &Block<'_>, part: &'n ast::Node) -> Option<Vec<Vec<&'n ast::Node>>> {
    let arms = tree::arms(part, ast::BoolExprType::OrExpr);
    if arms.len() < 2 {
        return None;
    }
    let mut groups: Vec<(Option<BTreeSet<usize>>, Vec<&ast::Node>)> = Vec::new();
    for arm in arms {
        let has_query = tree::any(arm, |inner| matches!(inner, NodeEnum::SubLink(_)));
        let reads = if has_query { None } else { Some(block.scope.sources_of(arm)?) };
        match groups.iter_mut().find(|(known, _)| reads.is_some() && *known == reads) {
            Some((_, group)) => group.push(arm),
            None => groups.push((reads, vec![arm])),
        }
    }
    (2..=MOST).contains(&groups.len()).then(|| groups.into_iter().map(|(_, group)| group).collect())
}

fn joined(group: &[&ast::Node]) -> Option<String> {
    let arms: Vec<String> = group.iter().map(|arm| sql(arm)).collect::<Option<_>>()?;
    Some(match arms.as_slice() {
        [only] => only.clone(),
        many => format!("({})", many.join(" OR ")),
    })
}

/// True for exactly the rows for which the group is not.
fn excluded(group: &[&ast::Node]) -> Option<String> {
    if let [only] = group
        && let Some(NodeEnum::SubLink(link)) = only.node.as_ref()
        && link.sub_link_type == ast::SubLinkType::ExistsSublink as i32
    {
        return Some(format!("NOT {}", build::sql(only)?));
    }
    let arms: Vec<String> = group.iter().map(|arm| build::sql(arm)).collect::<Option<_>>()?;
    Some(format!("({}) IS NOT TRUE", arms.join(" OR ")))
}

fn sql(node: &ast::Node) -> Option<String> {
    let text = build::sql(node)?;
    Some(match node.node.as_ref() {
        Some(NodeEnum::BoolExpr(inner)) if inner.boolop == ast::BoolExprType::OrExpr as i32 => format!("({text})"),
        _ => text,
    })
}

/// `SELECT count(*)` over everything.
fn is_count(block: &Block<'_>) -> bool {
    let select = block.select;
    let [target] = select.target_list.as_slice() else { return false };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return false };
    let counts = target.val.as_deref().is_some_and(
        |value| matches!(value.node.as_ref(), Some(NodeEnum::FuncCall(call)) if call.agg_star && call.over.is_none() && call.agg_filter.is_none()),
    );
    counts
        && select.group_clause.is_empty()
        && select.having_clause.is_none()
        && select.distinct_clause.is_empty()
        && select.sort_clause.is_empty()
        && select.larg.is_none()
        && select.locking_clause.is_empty()
        && !block.is_limited()
}

/// A sort key as a set operation takes it: by name of an output.
fn over_outputs(block: &Block<'_>, key: &ast::Node) -> Option<ast::Node> {
    let mut key = key.clone();
    let Some(NodeEnum::SortBy(sort)) = key.node.as_mut() else { return None };
    let value = sort.node.as_deref()?;
    if !matches!(value.node, Some(NodeEnum::AConst(_))) {
        let name = block.select.target_list.iter().find_map(|target| {
            let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return None };
            let expression = target.val.as_deref()?;
            let own = tree::as_column(expression).and_then(tree::column_parts)?;
            let name = if target.name.is_empty() { (*own.last()?).to_owned() } else { target.name.clone() };
            (tree::same(expression, value) || build::sql(value)? == name).then_some(name)
        })?;
        sort.node = Some(Box::new(tree::column(&[&name])));
    }
    Some(key)
}
