//! Indexes and extended statistics.

use dbwright_sql::{NodeEnum, ast, deparse_node};

use super::Judged;
use crate::change::{
    name::ObjectName,
    step::{Lock, Step, StepKind},
};

/// The server cuts longer names.
const LONGEST_NAME: usize = 63;

/// `CREATE INDEX`: always CONCURRENTLY, except ON ONLY a partitioned table, which builds nothing.
/// Always with a name, so that it can be looked up; never IF NOT EXISTS, which takes an invalid
/// leftover for the index.
pub(super) fn create(index: &ast::IndexStmt) -> Judged {
    let relation = index.relation.as_ref().ok_or("it names no table")?;
    if index.primary || index.isconstraint || !index.exclude_op_names.is_empty() {
        return Err("it makes a constraint".to_owned());
    }
    let table = ObjectName::of(relation);
    let name = if index.idxname.is_empty() { generated(index, relation) } else { index.idxname.clone() };
    let concurrently = relation.inh;
    let exact = ast::IndexStmt {
        idxname: cut(&name).to_owned(),
        concurrent: concurrently,
        if_not_exists: false,
        ..index.clone()
    };
    let sql = deparse_node(&NodeEnum::IndexStmt(Box::new(exact))).map_err(|error| error.to_string())?;
    let kind = StepKind::CreateIndex { index: table.beside(cut(&name)), table, concurrently };
    let lock = if concurrently { Lock::ShareUpdateExclusiveLock } else { Lock::ShareLock };
    Ok(Step::new(kind, sql, lock, !concurrently))
}

/// `table_column_column_idx`, as the server would call it.
fn generated(index: &ast::IndexStmt, relation: &ast::RangeVar) -> String {
    let mut parts = vec![relation.relname.as_str()];
    for parameter in index.index_params.iter().filter_map(|node| node.node.as_ref()) {
        if let NodeEnum::IndexElem(element) = parameter {
            parts.push(if element.name.is_empty() { "expr" } else { &element.name });
        }
    }
    let stem = parts.join("_");
    format!("{}_idx", stem.get(..stem.floor_char_boundary(LONGEST_NAME - 4)).unwrap_or_default())
}

fn cut(name: &str) -> &str {
    name.get(..name.floor_char_boundary(LONGEST_NAME)).unwrap_or_default()
}

/// `DROP INDEX` and `DROP STATISTICS` of one object, never CASCADE.
pub(super) fn drop_object(drop: &ast::DropStmt) -> Judged {
    if drop.behavior == ast::DropBehavior::DropCascade as i32 {
        return Err("CASCADE drops what it does not name".to_owned());
    }
    let [object] = drop.objects.as_slice() else { return Err("it drops more than one object".to_owned()) };
    let name = qualified(object).ok_or("it names no object")?;
    let exact = ast::DropStmt { missing_ok: false, ..drop.clone() };
    let sql = deparse_node(&NodeEnum::DropStmt(exact)).map_err(|error| error.to_string())?;
    match ast::ObjectType::try_from(drop.remove_type) {
        Ok(ast::ObjectType::ObjectIndex) => {
            let concurrently = drop.concurrent;
            let lock = if concurrently { Lock::ShareUpdateExclusiveLock } else { Lock::AccessExclusiveLock };
            Ok(Step::new(StepKind::DropIndex { index: name, concurrently }, sql, lock, !concurrently))
        }
        Ok(ast::ObjectType::ObjectStatisticExt) => {
            Ok(Step::new(StepKind::DropStatistics { statistics: name }, sql, Lock::ShareUpdateExclusiveLock, true))
        }
        _ => Err("it drops something other than an index or a statistics object".to_owned()),
    }
}

/// `CREATE STATISTICS` on one table.
pub(super) fn statistics(statistics: &ast::CreateStatsStmt) -> Judged {
    let [relation] = statistics.relations.as_slice() else { return Err("it names more than one table".to_owned()) };
    let Some(NodeEnum::RangeVar(relation)) = &relation.node else { return Err("it names no table".to_owned()) };
    let table = ObjectName::of(relation);
    let mut exact = statistics.clone();
    exact.if_not_exists = false;
    if exact.defnames.is_empty() {
        return Err("it has no name by which it could be found again".to_owned());
    }
    let parts: Vec<&str> = exact.defnames.iter().filter_map(text).collect();
    let name = match parts.as_slice() {
        [name] => ObjectName::new("", name),
        [schema, name] => ObjectName::new(schema, name),
        _ => return Err("its name is none".to_owned()),
    };
    let sql = deparse_node(&NodeEnum::CreateStatsStmt(exact)).map_err(|error| error.to_string())?;
    let kind = StepKind::CreateStatistics { statistics: name, table };
    Ok(Step::new(kind, sql, Lock::ShareUpdateExclusiveLock, true))
}

/// A dotted name held as a list of strings.
fn qualified(object: &ast::Node) -> Option<ObjectName> {
    let Some(NodeEnum::List(list)) = &object.node else { return None };
    let parts: Vec<&str> = list.items.iter().filter_map(text).collect();
    match parts.as_slice() {
        [name] => Some(ObjectName::new("", name)),
        [schema, name] => Some(ObjectName::new(schema, name)),
        _ => None,
    }
}

fn text(node: &ast::Node) -> Option<&str> {
    match &node.node {
        Some(NodeEnum::String(text)) => Some(&text.sval),
        _ => None,
    }
}
