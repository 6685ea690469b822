//! `count(DISTINCT x)` → distinct values first, counted then: hashed and in parallel instead of
//! sorted in one process.

use dbwright_sql::{NodeEnum, ast};

use super::Example;
use crate::{
    Volatility,
    block::{Block, Draft, Outcome},
    build, tree,
};

pub(super) const ID: &str = "count_distinct";

pub(super) const EXAMPLES: &[Example] = &[
    Example::new(
        "SELECT count(DISTINCT referrer_id) FROM orders WHERE status = 'open'",
        "SELECT count(counted) FROM (SELECT DISTINCT referrer_id AS counted FROM orders WHERE status = 'open') once",
    ),
    Example::new(
        "SELECT o.status, count(DISTINCT o.note) AS notes FROM orders o GROUP BY o.status ORDER BY o.status",
        "SELECT status, count(counted) AS notes FROM (SELECT DISTINCT o.status AS status, o.note AS counted FROM orders o) once GROUP BY status ORDER BY status",
    ),
    Example::untouched("SELECT count(DISTINCT note), count(*) FROM orders"),
    Example::untouched("SELECT status, count(DISTINCT note) FROM orders GROUP BY status HAVING count(*) > 2"),
];

pub(super) fn apply(block: &Block<'_>) -> Vec<Outcome> {
    rewritten(block).into_iter().collect()
}

fn rewritten(block: &Block<'_>) -> Option<Outcome> {
    let select = block.select;
    let fits = select.larg.is_none()
        && select.having_clause.is_none()
        && select.distinct_clause.is_empty()
        && select.window_clause.is_empty()
        && select.locking_clause.is_empty()
        && select.with_clause.is_none()
        && !select.from_clause.is_empty()
        && block.volatility_of_all(select) < Volatility::Volatile;
    if !fits {
        return None;
    }
    let groups: Vec<String> = select.group_clause.iter().map(|key| column_name(block, key)).collect::<Option<_>>()?;
    let mut unique = groups.clone();
    unique.dedup();
    if unique.len() != groups.len() || groups.iter().any(|group| group == "counted") {
        return None;
    }
    let (mut inner, mut outer, mut counted) = (Vec::new(), Vec::new(), 0);
    for target in &select.target_list {
        let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return None };
        let value = target.val.as_deref()?;
        let alias = if target.name.is_empty() { String::new() } else { format!(" AS {}", dbwright_sql::quote_ident(&target.name)) };
        if let Some(argument) = distinct_argument(value) {
            counted += 1;
            inner.push(format!("{} AS counted", build::operand(argument)?));
            outer.push(format!("count(counted){alias}"));
        } else {
            let name = column_name(block, value).filter(|name| groups.contains(name))?;
            outer.push(format!("{}{alias}", dbwright_sql::quote_ident(&name)));
        }
    }
    if counted != 1 {
        return None;
    }
    for key in select.group_clause.iter().rev() {
        let name = column_name(block, key)?;
        inner.insert(0, format!("{} AS {}", build::sql(key)?, dbwright_sql::quote_ident(&name)));
    }
    let mut once = build::select(&format!("SELECT DISTINCT {}", inner.join(", ")))?;
    once.from_clause.clone_from(&select.from_clause);
    once.where_clause.clone_from(&select.where_clause);
    let group = if groups.is_empty() {
        String::new()
    } else {
        let names: Vec<String> = groups.iter().map(|name| dbwright_sql::quote_ident(name)).collect();
        format!(" GROUP BY {}", names.join(", "))
    };
    let mut changed =
        build::select(&format!("SELECT {} FROM ({}) AS once{group}", outer.join(", "), build::select_sql(&once)?))?;
    for key in &select.sort_clause {
        let mut key = key.clone();
        let Some(NodeEnum::SortBy(sort)) = key.node.as_mut() else { return None };
        let name = column_name(block, sort.node.as_deref()?).filter(|name| groups.contains(name))?;
        sort.node = Some(Box::new(tree::column(&[&name])));
        changed.sort_clause.push(key);
    }
    changed.limit_count.clone_from(&select.limit_count);
    changed.limit_offset.clone_from(&select.limit_offset);
    changed.limit_option = select.limit_option;
    Some(Outcome::rewrite(Draft::exact(changed).because("count(x) leaves out the one NULL that DISTINCT keeps")))
}

fn column_name(block: &Block<'_>, node: &ast::Node) -> Option<String> {
    block.column(node).filter(|found| found.level == 0).map(|found| found.column.name.clone())
}

/// `x` of `count(DISTINCT x)`.
fn distinct_argument(value: &ast::Node) -> Option<&ast::Node> {
    let NodeEnum::FuncCall(call) = value.node.as_ref()? else { return None };
    let fits = call.agg_distinct && call.over.is_none() && call.agg_filter.is_none() && tree::function_name(call) == Some("count");
    match call.args.as_slice() {
        [only] if fits => Some(only),
        _ => None,
    }
}
