//! A table joined with its own maxima → DISTINCT ON: the newest row of each group in one pass.
//!
//! Equal only where no two rows of a group tie, which takes a unique index on group and value.

use dbwright_sql::{NodeEnum, ast, quote_ident};

use super::Example;
use crate::{
    block::{Block, Draft, Outcome},
    build,
    compare::Comparison,
    tree,
};

pub(super) const ID: &str = "latest_per_group";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT r.sensor, r.value FROM readings r JOIN (SELECT sensor, max(taken_at) AS latest FROM readings GROUP BY sensor) m ON m.sensor = r.sensor AND m.latest = r.taken_at WHERE r.value > 3",
        "SELECT r.sensor, r.value FROM (SELECT DISTINCT ON (sensor) * FROM readings ORDER BY sensor, taken_at DESC) r WHERE r.value > 3",
    ),
    Example::new(
        "SELECT r.* FROM readings r WHERE r.taken_at = (SELECT min(i.taken_at) FROM readings i WHERE i.sensor = r.sensor)",
        "SELECT r.* FROM (SELECT DISTINCT ON (sensor) * FROM readings ORDER BY sensor, taken_at) r",
    ),
    // Two orders of a customer may be placed at the same moment.
    Example::untouched(
        "SELECT o.id FROM orders o WHERE o.placed_at = (SELECT max(i.placed_at) FROM orders i WHERE i.customer_id = o.customer_id)",
    ),
];

/// Group column, value column and whether the greatest is wanted.
struct Extreme {
    group: String,
    value: String,
    greatest: bool,
}

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    joined(block).or_else(|| compared(block)).into_iter().collect()
}

/// The form with a derived table.
fn joined(block: &Block<'_>) -> Option<Outcome> {
    let [item] = block.select.from_clause.as_slice() else { return None };
    let NodeEnum::JoinExpr(join) = item.node.as_ref()? else { return None };
    if join.jointype != ast::JoinType::JoinInner as i32 {
        return None;
    }
    let NodeEnum::RangeVar(table) = join.larg.as_deref()?.node.as_ref()? else { return None };
    let NodeEnum::RangeSubselect(sub) = join.rarg.as_deref()?.node.as_ref()? else { return None };
    let derived = sub.alias.as_ref()?.aliasname.as_str();
    let query = tree::as_select(sub.subquery.as_deref()?)?;
    let [from] = query.from_clause.as_slice() else { return None };
    if !same_table(from, table) || query.where_clause.is_some() || query.having_clause.is_some() {
        return None;
    }
    let [group_output, value_output] = query.target_list.as_slice() else { return None };
    let (group_name, group) = output(group_output)?;
    let (value_name, value) = output(value_output)?;
    let [key] = query.group_clause.as_slice() else { return None };
    let group = last_part(group)?;
    if last_part(key)? != group {
        return None;
    }
    let (greatest, argument) = extreme_call(value)?;
    let found = Extreme { group, value: last_part(argument)?, greatest };
    // The derived table serves the join and nothing else.
    let outside = block.select.target_list.iter().chain(block.select.where_clause.as_deref()).chain(&block.select.sort_clause);
    if outside.flat_map(tree::column_references).any(|reference| tree::column_parts(reference).is_none_or(|parts| parts.first() == Some(&derived) || parts.len() == 1)) {
        return None;
    }
    let source = table_name(table);
    let mut pairs: Vec<(String, String)> = Vec::new();
    for part in tree::arms(join.quals.as_deref()?, ast::BoolExprType::AndExpr) {
        let comparison = Comparison::both(part).find(|comparison| {
            comparison.operator == "=" && qualifier(comparison.left).is_some_and(|name| name == derived)
        })?;
        (qualifier(comparison.right)? == source).then_some(())?;
        pairs.push((last_part(comparison.left)?, last_part(comparison.right)?));
    }
    let wanted = |name: &str, column: &str| pairs.iter().any(|(left, right)| left == name && right == column);
    if pairs.len() != 2 || !wanted(&group_name, &found.group) || !wanted(&value_name, &found.value) {
        return None;
    }
    finish(block, table, &found, block.select.clone())
}

/// The form with a correlated subquery in WHERE.
fn compared(block: &Block<'_>) -> Option<Outcome> {
    let [item] = block.select.from_clause.as_slice() else { return None };
    let NodeEnum::RangeVar(table) = item.node.as_ref()? else { return None };
    let parts = block.conjuncts();
    let (at, found) = parts.iter().enumerate().find_map(|(at, part)| Some((at, extreme(block, part, table)?)))?;
    let kept = parts.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, part)| (*part).clone()).collect();
    finish(block, table, &found, block.with_conjuncts(kept))
}

/// `t.value = (SELECT max(value) FROM same i WHERE i.group = t.group)`.
fn extreme(block: &Block<'_>, part: &ast::Node, table: &ast::RangeVar) -> Option<Extreme> {
    let comparison = Comparison::both(part).find(|comparison| comparison.operator == "=" && block.column(comparison.left).is_some())?;
    let NodeEnum::SubLink(link) = comparison.right.node.as_ref()? else { return None };
    let query = tree::as_select(link.subselect.as_deref()?)?;
    let [from] = query.from_clause.as_slice() else { return None };
    let plain = query.group_clause.is_empty() && query.limit_count.is_none() && query.having_clause.is_none();
    if link.sub_link_type != ast::SubLinkType::ExprSublink as i32 || !same_table(from, table) || !plain {
        return None;
    }
    let [target] = query.target_list.as_slice() else { return None };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return None };
    let (greatest, argument) = extreme_call(target.val.as_deref()?)?;
    let scope = block.inner_scope(query);
    let inner = block.inner(query, &scope);
    let [only] = inner.conjuncts()[..] else { return None };
    let key = Comparison::both(only).find(|key| key.operator == "=" && inner.column(key.left).is_some_and(|column| column.level == 0))?;
    let (own, other) = (inner.column(key.left)?, inner.column(key.right)?);
    let value = inner.column(argument).filter(|column| column.level == 0)?;
    let fits = other.level == 1
        && own.column.name == other.column.name
        && block.column(comparison.left)?.column.name == value.column.name;
    fits.then(|| Extreme { group: own.column.name.clone(), value: value.column.name.clone(), greatest })
}

fn finish(block: &Block<'_>, table: &ast::RangeVar, found: &Extreme, mut select: ast::SelectStmt) -> Option<Outcome> {
    let relation = block.facts.relation(&table.schemaname, &table.relname)?;
    let (group, value) = (relation.find(&found.group)?, relation.find(&found.value)?);
    let columns = [&found.group, &found.value];
    let unique = relation.unique.iter().any(|set| set.iter().all(|part| columns.contains(&part)));
    if !unique {
        return Some(Outcome::Refuse(format!(
            "no unique index on {} ({}, {}): rows that tie would be left out",
            relation.name, found.group, found.value
        )));
    }
    let present: Vec<String> = [group, value]
        .into_iter()
        .filter(|column| column.nullable)
        .map(|column| format!("{} IS NOT NULL", quote_ident(&column.name)))
        .collect();
    let filter = if present.is_empty() { String::new() } else { format!(" WHERE {}", present.join(" AND ")) };
    let (group, value) = (quote_ident(&found.group), quote_ident(&found.value));
    let name = build::from_item(&build::node(NodeEnum::RangeVar(ast::RangeVar { alias: None, ..table.clone() })))?;
    let item = format!(
        "(SELECT DISTINCT ON ({group}) * FROM {name}{filter} ORDER BY {group}, {value}{}) AS {}",
        if found.greatest { " DESC" } else { "" },
        quote_ident(table_name(table))
    );
    select.from_clause = build::select(&format!("SELECT 1 FROM {item}"))?.from_clause;
    let because = format!("({group}, {value}) is unique, so each group has one such row");
    Some(Outcome::rewrite(Draft::exact(select).because(because)))
}

fn same_table(item: &ast::Node, table: &ast::RangeVar) -> bool {
    matches!(item.node.as_ref(), Some(NodeEnum::RangeVar(other)) if other.relname == table.relname && other.schemaname == table.schemaname)
}

fn table_name(table: &ast::RangeVar) -> &str {
    table.alias.as_ref().map_or(&table.relname, |alias| &alias.aliasname)
}

fn output(target: &ast::Node) -> Option<(String, &ast::Node)> {
    let NodeEnum::ResTarget(target) = target.node.as_ref()? else { return None };
    let value = target.val.as_deref()?;
    let name = if !target.name.is_empty() {
        target.name.clone()
    } else if let Some((function, _)) = tree::as_call(value) {
        function.to_owned()
    } else {
        last_part(value)?
    };
    Some((name, value))
}

fn extreme_call(value: &ast::Node) -> Option<(bool, &ast::Node)> {
    match tree::as_call(value)? {
        ("max", [argument]) => Some((true, argument)),
        ("min", [argument]) => Some((false, argument)),
        _ => None,
    }
}

fn last_part(node: &ast::Node) -> Option<String> {
    tree::column_parts(tree::as_column(node)?)?.last().map(|&name| name.to_owned())
}

fn qualifier(node: &ast::Node) -> Option<&str> {
    match tree::column_parts(tree::as_column(node)?)?.as_slice() {
        [qualifier, _] => Some(qualifier),
        _ => None,
    }
}
