//! The shape of a normalized statement: is it a look-up of rows by key, and in which table.
//!
//! Only the simple form that an ORM sends is recognised: one table, equality of columns with
//! placeholders. Anything else has no shape, which keeps the N+1 rule silent.

use dbwright_sql::{Item, parse};

use crate::expression::column;

/// A SELECT from one table by equality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// Schema, where the statement names it.
    pub(crate) schema: Option<String>,
    /// The table.
    pub(crate) table: String,
    /// Columns compared with a placeholder.
    pub(crate) columns: Vec<String>,
}

/// Recognises `SELECT ... FROM one_table WHERE a = $1 [AND b = $2] [ORDER BY ...] [LIMIT $3]`.
pub(crate) fn lookup(sql: &str) -> Option<Lookup> {
    let items = parse(sql).ok()?.items();
    let [select] = items.as_slice() else { return None };
    if select.name != "SelectStmt" || select.list("group_clause").next().is_some() {
        return None;
    }
    let mut from = select.list("from_clause");
    let (Some(relation), None) = (from.next(), from.next()) else { return None };
    if relation.name != "RangeVar" {
        return None;
    }
    let mut columns = Vec::new();
    conditions(select.item("where_clause")?, &mut columns)?;
    let schema = Some(relation.text("schemaname")).filter(|schema| !schema.is_empty());
    Some(Lookup { schema: schema.map(str::to_owned), table: relation.text("relname").to_owned(), columns })
}

/// Collects the columns of equalities joined by AND; `None` for any other condition.
fn conditions(item: &Item, columns: &mut Vec<String>) -> Option<()> {
    // The enumeration values of the parse tree: AEXPR_OP and AND_EXPR are the first of theirs.
    const FIRST: i64 = 1;
    match item.name {
        "BoolExpr" if item.int("boolop") == Some(FIRST) => {
            item.list("args").try_for_each(|arg| conditions(arg, columns))
        }
        "AExpr" if item.int("kind") == Some(FIRST) && item.last_name("name") == Some("=") => {
            let (left, right) = (item.item("lexpr")?, item.item("rexpr")?);
            let key = match (is_parameter(left), is_parameter(right)) {
                (false, true) => column(left)?,
                (true, false) => column(right)?,
                _ => return None,
            };
            columns.push(key);
            Some(())
        }
        _ => None,
    }
}

fn is_parameter(item: &Item) -> bool {
    match item.name {
        "ParamRef" => true,
        "TypeCast" => item.item("arg").is_some_and(is_parameter),
        _ => false,
    }
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
