//! Applies the rules to every query of a statement, and to what comes out of it.

use std::collections::{BTreeMap, BTreeSet};

use dbwright_sql::{NodeEnum, ast, parse};

use crate::{
    Advice, Facts, Guarantee, Proposals, RULES, Refused, Rewrite,
    block::{Block, Outcome},
    build,
    scope::Scope,
    tree,
};

/// Rewrites of rewrites of rewrites: enough for a statement with several faults.
const DEPTH: usize = 3;
/// Forms kept for one statement.
const MOST: usize = 24;

/// Every form of the statement that the rules know to be equal, simple ones first. A text that is
/// no single query has none.
pub fn propose(sql: &str, facts: &Facts) -> Proposals {
    let mut found = Proposals::default();
    let Some(original) = query(sql) else { return found };
    let Some(canonical) = build::select_sql(&original) else { return found };
    let mut known = BTreeSet::from([canonical]);
    let mut open = vec![(original, Vec::<Rewrite>::new())];
    for depth in 0..DEPTH {
        let mut next = Vec::new();
        for (select, steps) in open {
            for (rewrite, tree) in apply(&select, facts, if depth == 0 { Some(&mut found) } else { None }) {
                if found.rewrites.len() >= MOST || !known.insert(rewrite.sql.clone()) {
                    continue;
                }
                let steps: Vec<Rewrite> = steps.iter().cloned().chain([rewrite]).collect();
                found.rewrites.extend(joined(&steps));
                next.push((tree, steps));
            }
        }
        open = next;
    }
    found
}

/// Names of all functions that a statement calls, for looking up how volatile they are.
pub fn function_names(sql: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Some(select) = query(sql) {
        tree::walk_select(&select, &mut |inner| {
            if let NodeEnum::FuncCall(call) = inner {
                names.extend(call.funcname.last().and_then(tree::string_of).map(str::to_owned));
            }
            true
        });
    }
    names
}

fn query(sql: &str) -> Option<ast::SelectStmt> {
    match parse(sql).ok()?.one().ok()? {
        NodeEnum::SelectStmt(select) => Some((**select).clone()),
        _ => None,
    }
}

/// Several steps as one rewrite: the rule of the first, the conditions of all.
fn joined(steps: &[Rewrite]) -> Option<Rewrite> {
    let (first, last) = (steps.first()?, steps.last()?);
    let mut conditions: Vec<String> = Vec::new();
    for condition in steps.iter().flat_map(|step| &step.conditions) {
        if !conditions.contains(condition) {
            conditions.push(condition.clone());
        }
    }
    let exact = steps.iter().all(|step| step.guarantee == Guarantee::Exact);
    Some(Rewrite {
        rule: first.rule,
        name: steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>().join(" + "),
        sql: last.sql.clone(),
        guarantee: if exact { Guarantee::Exact } else { Guarantee::Conditional },
        conditions,
        subject: steps.iter().find_map(|step| step.subject.clone()),
    })
}

/// One step from one form. What is refused or only advised goes to `report`.
fn apply(
    original: &ast::SelectStmt,
    facts: &Facts,
    mut report: Option<&mut Proposals>,
) -> Vec<(Rewrite, ast::SelectStmt)> {
    let ctes = cte_names(original);
    let mut scopes: BTreeMap<usize, Scope<'_>> = BTreeMap::new();
    let mut selects: Vec<(usize, ast::SelectStmt)> = Vec::new();
    each_select(&mut original.clone(), &[], &mut 0, &mut |id, outer, select| {
        let around = outer.last().and_then(|id| scopes.get(id)).cloned().map(Box::new);
        scopes.insert(id, Scope::of(select, facts, &ctes, around));
        selects.push((id, select.clone()));
    });
    let mut steps = Vec::new();
    for (id, select) in &selects {
        let Some(scope) = scopes.get(id) else { continue };
        let block = Block { select, scope, facts, ctes: &ctes, outermost: *id == 0 };
        for rule in RULES {
            for outcome in (rule.apply)(&block) {
                match outcome {
                    Outcome::Rewrite(draft) => {
                        let tree = replaced(original, *id, &draft.select);
                        let Some(sql) = build::select_sql(&tree) else { continue };
                        let rewrite = Rewrite {
                            rule: rule.id,
                            name: rule.name.to_owned(),
                            sql,
                            guarantee: draft.guarantee,
                            conditions: draft.conditions,
                            subject: draft.subject,
                        };
                        steps.push((rewrite, tree));
                    }
                    Outcome::Refuse(why) => {
                        if let Some(report) = report.as_deref_mut() {
                            report.refused.push(Refused { rule: rule.id, name: rule.name, why });
                        }
                    }
                    Outcome::Advise { template, boundary, notes } => {
                        // A template of a part of the statement could not be sent.
                        if let Some(report) = report.as_deref_mut().filter(|_| block.outermost) {
                            report.advice.push(Advice { rule: rule.id, template, boundary, notes });
                        }
                    }
                }
            }
        }
    }
    steps
}

fn replaced(original: &ast::SelectStmt, target: usize, with: &ast::SelectStmt) -> ast::SelectStmt {
    let mut copy = original.clone();
    let mut done = false;
    each_select(&mut copy, &[], &mut 0, &mut |id, _, select| {
        if id == target && !done {
            select.clone_from(with);
            done = true;
        }
    });
    copy
}

fn cte_names(select: &ast::SelectStmt) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    tree::walk_select(select, &mut |inner| {
        if let NodeEnum::CommonTableExpr(cte) = inner {
            names.insert(cte.ctename.clone());
        }
        true
    });
    names
}

/// Visits a query and all below it in a fixed order, each with the queries whose names it sees,
/// outermost first.
fn each_select(
    select: &mut ast::SelectStmt,
    outer: &[usize],
    next: &mut usize,
    visit: &mut impl FnMut(usize, &[usize], &mut ast::SelectStmt),
) {
    let id = *next;
    *next += 1;
    visit(id, outer, select);
    let inner: Vec<usize> = outer.iter().copied().chain([id]).collect();
    for side in [&mut select.larg, &mut select.rarg].into_iter().flatten() {
        each_select(side, outer, next, visit);
    }
    let lists = [
        &mut select.target_list,
        &mut select.from_clause,
        &mut select.group_clause,
        &mut select.sort_clause,
        &mut select.values_lists,
    ];
    let single = [&mut select.where_clause, &mut select.having_clause];
    let with = select.with_clause.iter_mut().flat_map(|with| &mut with.ctes);
    for node in lists.into_iter().flatten().chain(single.into_iter().flatten().map(AsMut::as_mut)).chain(with) {
        below(node, outer, &inner, next, visit);
    }
}

fn below(
    node: &mut ast::Node,
    outer: &[usize],
    inner: &[usize],
    next: &mut usize,
    visit: &mut impl FnMut(usize, &[usize], &mut ast::SelectStmt),
) {
    match node.node.as_mut() {
        Some(NodeEnum::SelectStmt(select)) => each_select(select, inner, next, visit),
        Some(NodeEnum::RangeSubselect(sub)) if !sub.lateral => {
            if let Some(query) = sub.subquery.as_deref_mut() {
                below(query, outer, outer, next, visit);
            }
        }
        Some(NodeEnum::CommonTableExpr(cte)) => {
            if let Some(query) = cte.ctequery.as_deref_mut() {
                below(query, outer, outer, next, visit);
            }
        }
        Some(other) => {
            for child in tree::children_mut(other) {
                below(child, outer, inner, next, visit);
            }
        }
        None => {}
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
