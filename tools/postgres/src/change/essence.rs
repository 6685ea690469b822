//! What an index is, apart from its name and from how it was built: to know the same one again.

use dbwright_sql::{Item, NodeEnum, Value, parse};

/// Table, method, keys, included columns and predicate of a CREATE INDEX statement, as a text that
/// two statements share when they make the same index. Casts are left out, because the server
/// adds its own when it prints a definition; so are the schema and the name.
pub(super) fn essence(create_index: &str) -> Option<String> {
    let parsed = parse(create_index).ok()?;
    let node = parsed.one().ok()?;
    let NodeEnum::IndexStmt(index) = node else { return None };
    let mut out = index.relation.as_ref()?.relname.clone();
    out.push_str(if index.access_method.is_empty() { " btree" } else { "" });
    let item = Item::of(node);
    for (name, value) in &item.fields {
        match *name {
            "access_method"
            | "index_params"
            | "index_including_params"
            | "where_clause"
            | "unique"
            | "nulls_not_distinct" => write(value, &mut out),
            _ => {}
        }
    }
    Some(out)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::None => out.push('-'),
        Value::Bool(flag) => out.push_str(if *flag { " t" } else { " f" }),
        Value::Int(number) => out.push_str(&format!(" {number}")),
        Value::Text(text) => {
            out.push(' ');
            out.push_str(text);
        }
        Value::List(values) => {
            out.push('[');
            values.iter().for_each(|value| write(value, out));
            out.push(']');
        }
        Value::Item(item) => match (item.name, item.field("arg")) {
            ("TypeCast", Some(inner)) => write(inner, out),
            // `ASC` and no word, `NULLS LAST` after it and no word, are the same order.
            ("IndexElem", _) => element(item, out),
            _ => {
                out.push('(');
                out.push_str(item.name);
                for (name, value) in &item.fields {
                    if *name != "location" && !name.ends_with("_location") {
                        write(value, out);
                    }
                }
                out.push(')');
            }
        },
    }
}

fn element(item: &Item, out: &mut String) {
    use dbwright_sql::ast::{SortByDir, SortByNulls};
    let descending = item.int("ordering") == Some(SortByDir::SortbyDesc as i64);
    let first = match item.int("nulls_ordering") {
        Some(order) if order == SortByNulls::SortbyNullsFirst as i64 => true,
        Some(order) if order == SortByNulls::SortbyNullsLast as i64 => false,
        _ => descending,
    };
    out.push_str(&format!("(key {} {descending} {first}", item.text("name")));
    for field in ["expr", "collation", "opclass", "opclassopts"] {
        item.field(field).into_iter().for_each(|value| write(value, out));
    }
    out.push(')');
}

#[cfg(test)]
#[path = "essence_tests.rs"]
mod tests;
