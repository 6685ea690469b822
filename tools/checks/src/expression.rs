//! What an expression of the catalog (`pg_get_expr`) calls and compares for each row.

use dbwright_sql::{Item, parse, quote_ident};

/// A function call that runs once for each row: not inside a sub-select.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// Schema, where the expression names it.
    pub(crate) schema: Option<String>,
    /// Name without its schema.
    pub(crate) name: String,
    /// Whether an argument is a column: then no sub-select can lift the call out of the row.
    pub(crate) uses_columns: bool,
}

impl Call {
    /// The call as SQL, its arguments left out.
    pub(crate) fn text(&self) -> String {
        let name = quote_ident(&self.name);
        self.schema.as_ref().map_or_else(|| format!("{name}()"), |schema| format!("{}.{name}()", quote_ident(schema)))
    }
}

/// Calls outside any sub-select. An expression that cannot be read has none.
pub(crate) fn calls_per_row(expression: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    outside_subselects(expression, &mut |item| {
        if item.name != "FuncCall" {
            return;
        }
        let names: Vec<&str> = item.list("funcname").map(|part| part.text("sval")).collect();
        let Some((name, schema)) = names.split_last() else { return };
        let mut uses_columns = false;
        item.walk(&mut |inner| uses_columns |= inner.name == "ColumnRef");
        calls.push(Call {
            schema: schema.last().map(|schema| (*schema).to_owned()),
            name: (*name).to_owned(),
            uses_columns,
        });
    });
    calls
}

/// Columns that the expression compares with something by `=`, in order of appearance, where
/// the comparison itself is not inside a sub-select.
pub(crate) fn compared_columns(expression: &str) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    outside_subselects(expression, &mut |item| {
        if item.name != "AExpr" || item.last_name("name") != Some("=") {
            return;
        }
        for side in ["lexpr", "rexpr"] {
            if let Some(column) = item.item(side).and_then(column)
                && !columns.contains(&column)
            {
                columns.push(column);
            }
        }
    });
    columns
}

/// The column under any number of casts.
pub(crate) fn column(item: &Item) -> Option<String> {
    match item.name {
        "ColumnRef" => item.last_name("fields").filter(|name| !name.is_empty()).map(str::to_owned),
        "TypeCast" => item.item("arg").and_then(column),
        _ => None,
    }
}

fn outside_subselects(expression: &str, visit: &mut impl FnMut(&Item)) {
    fn descend(item: &Item, visit: &mut impl FnMut(&Item)) {
        if item.name == "SubLink" {
            // The test expression of `x IN (SELECT ...)` belongs to the row, its query does not.
            if let Some(test) = item.item("testexpr") {
                descend(test, visit);
            }
            return;
        }
        visit(item);
        for child in item.children() {
            descend(child, visit);
        }
    }
    let Ok(parsed) = parse(&format!("SELECT {expression}")) else { return };
    for item in &parsed.items() {
        descend(item, visit);
    }
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
