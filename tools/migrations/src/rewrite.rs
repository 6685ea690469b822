//! Safe statements made from the hazardous ones: the tree is changed and written back, so that
//! everything else in the statement survives.

use dbwright_sql::{NodeEnum, ast, deparse_node, quote_ident, quote_literal};

use crate::name::{Name, derived};
use crate::operation::{AlterTable, CreateIndex};

/// First statement of every sequence that takes a blocking lock: give up rather than let the
/// whole table queue behind a waiting `ALTER TABLE`.
pub(crate) const LOCK_TIMEOUT: &str = "SET lock_timeout = '2s'";

/// Before a concurrent form: it blocks nobody while it waits, and giving up leaves an invalid
/// index behind.
pub(crate) const NO_LOCK_TIMEOUT: &str = "SET lock_timeout = 0";

/// `CREATE INDEX CONCURRENTLY` with everything that the original says.
pub(crate) fn concurrently(index: &CreateIndex) -> String {
    let node = ast::IndexStmt { concurrent: true, idxname: index.effective_name(), ..(*index.node).clone() };
    statement(&NodeEnum::IndexStmt(Box::new(node)))
}

/// The original `CREATE INDEX` on the parent of partitions only.
pub(crate) fn on_only(index: &CreateIndex) -> String {
    let mut node = (*index.node).clone();
    node.concurrent = false;
    node.idxname = index.effective_name();
    if let Some(relation) = &mut node.relation {
        relation.inh = false;
    }
    statement(&NodeEnum::IndexStmt(Box::new(node)))
}

/// The original `CREATE INDEX`, concurrently on another table under another name.
pub(crate) fn on_partition(index: &CreateIndex, table: &str, name: &str) -> String {
    let mut node = (*index.node).clone();
    node.concurrent = true;
    node.idxname = name.to_owned();
    if let Some(relation) = &mut node.relation {
        relation.relname = table.to_owned();
        relation.inh = true;
    }
    statement(&NodeEnum::IndexStmt(Box::new(node)))
}

/// `DROP INDEX CONCURRENTLY`.
pub(crate) fn drop_concurrently(table: &Name, index: &str) -> String {
    format!("DROP INDEX CONCURRENTLY IF EXISTS {}", table.sibling(index).sql())
}

/// The `ALTER TABLE` with its one constraint named and `NOT VALID`.
pub(crate) fn not_valid(alter: &AlterTable, name: &str) -> String {
    edit(alter, |command| {
        if let Some(NodeEnum::Constraint(constraint)) = command.def.as_mut().and_then(|def| def.node.as_mut()) {
            name.clone_into(&mut constraint.conname);
            constraint.skip_validation = true;
            constraint.initially_valid = false;
        }
    })
}

/// The `ADD COLUMN` with only its type: no constraint, no default, no expression.
pub(crate) fn bare_column(alter: &AlterTable, sql_type: Option<&str>) -> String {
    edit(alter, |command| {
        if let Some(NodeEnum::ColumnDef(column)) = command.def.as_mut().and_then(|def| def.node.as_mut()) {
            column.constraints.clear();
            column.raw_default = None;
            column.is_not_null = false;
            if let Some(name) = sql_type {
                column.type_name = Some(ast::TypeName {
                    names: vec![ast::Node { node: Some(NodeEnum::String(ast::String { sval: name.to_owned() })) }],
                    typemod: -1,
                    location: -1,
                    ..Default::default()
                });
            }
        }
    })
}

/// The `ADD COLUMN` without those inline constraints that `unwanted` picks.
pub(crate) fn column_without(alter: &AlterTable, unwanted: impl Fn(ast::ConstrType) -> bool) -> String {
    edit(alter, |command| {
        if let Some(NodeEnum::ColumnDef(column)) = command.def.as_mut().and_then(|def| def.node.as_mut()) {
            column.constraints.retain(|node| match &node.node {
                Some(NodeEnum::Constraint(constraint)) => !unwanted(constraint.contype()),
                _ => true,
            });
        }
    })
}

fn edit(alter: &AlterTable, change: impl FnOnce(&mut ast::AlterTableCmd)) -> String {
    let mut node = (*alter.node).clone();
    if let Some(NodeEnum::AlterTableCmd(command)) = node.cmds.first_mut().and_then(|first| first.node.as_mut()) {
        change(command);
    }
    statement(&NodeEnum::AlterTableStmt(node))
}

fn statement(node: &NodeEnum) -> String {
    deparse_node(node).unwrap_or_default()
}

/// Name of the CHECK that proves a column to be not null; not `…_not_null`, which is what
/// PostgreSQL 18 calls its own constraints.
pub(crate) fn proof_name(table: &Name, column: &str) -> String {
    quote_ident(&derived(&table.name, &[column.to_owned()], "present"))
}

/// The steps to `NOT NULL` whose only long part blocks nobody.
pub(crate) fn set_not_null(table: &Name, column: &str) -> Vec<String> {
    let check = proof_name(table, column);
    let quoted = quote_ident(column);
    vec![
        LOCK_TIMEOUT.to_owned(),
        format!("ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({quoted} IS NOT NULL) NOT VALID"),
        format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}"),
        format!("ALTER TABLE {table} ALTER COLUMN {quoted} SET NOT NULL"),
        format!("ALTER TABLE {table} DROP CONSTRAINT {check}"),
    ]
}

/// A block that writes `assignment` to every row that `pending` picks. It walks the table's
/// pages once and commits every batch, so that no lock and no snapshot lives for more than a
/// moment; it can be stopped and started again. Runs outside a transaction, on a plain table (for
/// a partitioned one: on each partition).
pub(crate) fn backfill(table: &Name, assignment: &str, pending: &str) -> String {
    batches("backfill", table, &format!("UPDATE {table} SET {assignment}"), Some(pending))
}

/// The same for a statement without its `WHERE`.
pub(crate) fn batches(tag: &str, table: &Name, statement: &str, pending: Option<&str>) -> String {
    let filter = pending.map(|pending| format!("\n      AND ({pending})")).unwrap_or_default();
    let relation = quote_literal(&table.sql());
    format!(
        "DO ${tag}$\nDECLARE\n  pages bigint := pg_relation_size({relation}) / current_setting('block_size')::bigint;\n  page bigint := 0;\n\
         BEGIN\n  WHILE page <= pages LOOP\n    {statement}\n    WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 100)::tid{filter};\n    \
         COMMIT;\n    page := page + 100;\n    PERFORM pg_sleep(0.02);\n  END LOOP;\nEND\n${tag}$"
    )
}
