//! A lookup that is sent once for each key → one that takes all keys.

use dbwright_sql::{NodeEnum, ast, parse};

use crate::{build, compare, compare::Comparison, tree};

/// The statement for many keys at once: `x = $1` becomes `x = ANY($1)`, and `x` joins the output
/// so that the application can tell whose row it is. `None` where the statement is no such
/// lookup: one placeholder, compared with a column, and nothing that depends on how many rows
/// there are.
///
/// ```
/// assert_eq!(
///     dbwright_rewrites::batched("SELECT total FROM orders WHERE customer_id = $1").as_deref(),
///     Some("SELECT customer_id, total FROM orders WHERE customer_id = ANY($1)")
/// );
/// assert_eq!(dbwright_rewrites::batched("SELECT * FROM orders WHERE customer_id = $1 LIMIT 1"), None);
/// ```
pub fn batched(sql: &str) -> Option<String> {
    let parsed = parse(sql).ok()?;
    let NodeEnum::SelectStmt(select) = parsed.one().ok()? else { return None };
    let simple = select.limit_count.is_none()
        && select.limit_offset.is_none()
        && select.group_clause.is_empty()
        && select.distinct_clause.is_empty()
        && select.larg.is_none()
        && !select.target_list.iter().any(crate::block::has_aggregate_or_window);
    if !simple {
        return None;
    }
    let parts = tree::arms(select.where_clause.as_deref()?, ast::BoolExprType::AndExpr);
    let mut found = None;
    let mut kept = Vec::new();
    for part in &parts {
        let lookup = Comparison::both(part).find(|comparison| {
            comparison.operator == "="
                && tree::as_column(comparison.left).is_some()
                && compare::is_parameter(comparison.right)
        });
        match lookup {
            Some(comparison) if found.is_none() => {
                let (column, value) = (build::sql(comparison.left)?, build::sql(comparison.right)?);
                kept.push(build::expression(&format!("{column} = ANY({value})"))?);
                found = Some((comparison.left.clone(), column));
            }
            _ => kept.push((*part).clone()),
        }
    }
    let (column, name) = found?;
    let others = kept.iter().filter(|part| tree::any(part, |inner| matches!(inner, NodeEnum::ParamRef(_)))).count();
    if others > 1 {
        return None;
    }
    let mut changed = (**select).clone();
    changed.where_clause = build::all_of(kept);
    let has_key = changed.target_list.iter().any(|target| {
        let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return false };
        target.val.as_deref().is_some_and(|value| {
            tree::same(value, &column) || tree::any(value, |inner| matches!(inner, NodeEnum::AStar(_)))
        })
    });
    if !has_key {
        let key = build::select(&format!("SELECT {name}"))?.target_list;
        changed.target_list.splice(0..0, key);
    }
    build::select_sql(&changed)
}
