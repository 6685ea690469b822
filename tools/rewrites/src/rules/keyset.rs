//! A deep OFFSET → a condition on the last row that was seen. Not an equal statement: what the
//! application sends changes, so it is advice with a template.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    block::{Block, Outcome},
    build, compare, tree,
};

pub(super) const ID: &str = "large_offset";

pub(super) const EXAMPLES: &[Example] = &[
    Example::untouched("SELECT id FROM orders ORDER BY placed_at DESC LIMIT 20 OFFSET 100000"),
    Example::untouched("SELECT id FROM orders LIMIT 20 OFFSET 100000"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    advice(block).into_iter().collect()
}

fn advice(block: &Block<'_>) -> Option<Outcome> {
    let select = block.select;
    let offset = select.limit_offset.as_deref()?;
    if !block.is_plain() || select.sort_clause.is_empty() || block.scope.is_open || select.limit_count.is_none() {
        return None;
    }
    let mut notes = Vec::new();
    let (mut keys, mut order) = (Vec::new(), Vec::new());
    let mut names: Vec<String> = Vec::new();
    for key in &select.sort_clause {
        let Some(NodeEnum::SortBy(sort)) = key.node.as_ref() else { return None };
        let value = sort.node.as_deref()?;
        let column = block.column(value)?;
        if column.is_nullable() {
            notes.push(format!("rows whose {} is NULL need a page of their own", column.column.name));
        }
        if sort.sortby_nulls > ast::SortByNulls::SortbyNullsDefault as i32 {
            return None;
        }
        let descending = sort.sortby_dir == ast::SortByDir::SortbyDesc as i32;
        names.push(column.column.name.clone());
        keys.push((build::sql(value)?, descending));
        order.push(format!("{}{}", build::sql(value)?, if descending { " DESC" } else { "" }));
    }
    // Without a key at the end, rows that tie would be lost or seen twice.
    let [source] = block.scope.sources.as_slice() else { return None };
    let relation = source.relation?;
    if !relation.is_key(&names) {
        let last = keys.last()?.1;
        for part in relation.key()? {
            if names.contains(part) {
                continue;
            }
            let name = build::sql(&tree::column(&[part]))?;
            order.push(format!("{name}{}", if last { " DESC" } else { "" }));
            keys.push((name, last));
        }
        notes.push("the key at the end of ORDER BY makes the order total".to_owned());
    }
    let first = highest_parameter(select) + 1;
    let condition = condition(&keys, first);
    let mut page = block.select.clone();
    page.limit_offset = None;
    let mut parts: Vec<ast::Node> = block.conjuncts().into_iter().cloned().collect();
    parts.push(build::expression(&condition)?);
    page.where_clause = build::all_of(parts);
    let sorted = build::select(&format!("SELECT 1 ORDER BY {}", order.join(", ")))?;
    page.sort_clause.clone_from(&sorted.sort_clause);
    let boundary = compare::integer(offset).filter(|offset| *offset > 0).and_then(|offset| {
        let names: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
        let mut last = build::select(&format!("SELECT {} LIMIT 1 OFFSET {}", names.join(", "), offset - 1))?;
        last.from_clause.clone_from(&select.from_clause);
        last.where_clause.clone_from(&select.where_clause);
        last.sort_clause = sorted.sort_clause;
        build::select_sql(&last)
    });
    let values: Vec<String> =
        keys.iter().enumerate().map(|(at, (key, _))| format!("${} is {key}", first as usize + at)).collect();
    let notes = format!(
        "Send the sort keys of the last row of the page before instead of OFFSET ({}): only forward paging, no page numbers{}.",
        values.join(", "),
        notes.iter().map(|note| format!("; {note}")).collect::<String>()
    );
    Some(Outcome::Advise { template: build::select_sql(&page)?, boundary, notes })
}

/// Rows after the boundary: a row comparison where all keys go the same way.
fn condition(keys: &[(String, bool)], first: i32) -> String {
    let placeholder = |at: usize| format!("${}", first as usize + at);
    let same_way = keys.windows(2).all(|pair| matches!(pair, [(_, one), (_, other)] if one == other));
    if same_way {
        let names: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
        let values: Vec<String> = (0..keys.len()).map(placeholder).collect();
        let operator = if keys.first().is_some_and(|(_, descending)| *descending) { "<" } else { ">" };
        return if keys.len() == 1 {
            format!("{} {operator} {}", names.join(""), values.join(""))
        } else {
            format!("({}) {operator} ({})", names.join(", "), values.join(", "))
        };
    }
    let arms: Vec<String> = keys
        .iter()
        .enumerate()
        .map(|(at, (key, descending))| {
            let mut parts: Vec<String> =
                keys.iter().take(at).enumerate().map(|(other, (key, _))| format!("{key} = {}", placeholder(other))).collect();
            parts.push(format!("{key} {} {}", if *descending { "<" } else { ">" }, placeholder(at)));
            parts.join(" AND ")
        })
        .collect();
    format!("({})", arms.join(" OR "))
}

fn highest_parameter(select: &ast::SelectStmt) -> i32 {
    let mut highest = 0;
    tree::walk_select(select, &mut |inner| {
        if let NodeEnum::ParamRef(parameter) = inner {
            highest = highest.max(parameter.number);
        }
        true
    });
    highest
}
