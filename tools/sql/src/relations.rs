//! Which tables a statement names.

use std::collections::BTreeSet;

use crate::{Item, SqlError, parse};

/// A table, view or other relation as the statement names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationRef {
    /// The schema, where written.
    pub schema: Option<String>,
    /// The relation's name.
    pub name: String,
    /// The name it goes by in the statement, where one is given.
    pub alias: Option<String>,
}

impl RelationRef {
    /// `schema.name` as SQL text.
    pub fn qualified(&self) -> String {
        crate::quote_qualified(self.schema.as_deref(), &self.name)
    }
}

/// The relations of a text in the order they appear, each mention once; common table
/// expressions in scope are not relations.
///
/// # Errors
/// As [`crate::parse`].
pub fn relations(sql: &str) -> Result<Vec<RelationRef>, SqlError> {
    let mut found = Vec::new();
    for item in parse(sql)?.items() {
        collect(&item, &BTreeSet::new(), &mut found);
    }
    let mut seen = BTreeSet::new();
    found.retain(|relation| seen.insert(relation.clone()));
    Ok(found)
}

/// The relations below (or at) one node, every mention of them.
pub fn relations_of(item: &Item) -> Vec<RelationRef> {
    let mut found = Vec::new();
    collect(item, &BTreeSet::new(), &mut found);
    found
}

/// Walks with the common table expressions that are in scope. Depth is bounded by the parser.
fn collect(item: &Item, scope: &BTreeSet<String>, found: &mut Vec<RelationRef>) {
    match item.name {
        "RangeVar" => found.extend(reference(item, scope)),
        "DropStmt" if is_relation_drop(item) => dropped(item, found),
        _ => {}
    }
    let Some(with) = item.item("with_clause") else {
        item.children().into_iter().for_each(|child| collect(child, scope, found));
        return;
    };
    let recursive = with.field("recursive") == Some(&crate::Value::Bool(true));
    let mut inner = scope.clone();
    if recursive {
        inner.extend(with.list("ctes").map(|cte| cte.text("ctename").to_owned()));
    }
    for cte in with.list("ctes") {
        // Without RECURSIVE an expression sees only those before it: `with f as (select * from
        // f)` reads the table f.
        collect(cte, &inner, found);
        inner.insert(cte.text("ctename").to_owned());
    }
    for child in item.children() {
        if child.name != "WithClause" {
            collect(child, &inner, found);
        }
    }
}

fn reference(item: &Item, scope: &BTreeSet<String>) -> Option<RelationRef> {
    let name = item.text("relname");
    let schema = Some(item.text("schemaname")).filter(|schema| !schema.is_empty());
    if name.is_empty() || (schema.is_none() && scope.contains(name)) {
        return None;
    }
    let alias = item.item("alias").map(|alias| alias.text("aliasname").to_owned());
    Some(RelationRef { schema: schema.map(str::to_owned), name: name.to_owned(), alias })
}

fn is_relation_drop(item: &Item) -> bool {
    use pg_query::protobuf::ObjectType;
    const RELATIONS: [ObjectType; 4] =
        [ObjectType::ObjectTable, ObjectType::ObjectView, ObjectType::ObjectMatview, ObjectType::ObjectForeignTable];
    item.int("remove_type").is_some_and(|kind| RELATIONS.iter().any(|relation| *relation as i64 == kind))
}

/// `DROP TABLE` holds names as lists of strings, not as range variables.
fn dropped(item: &Item, found: &mut Vec<RelationRef>) {
    for object in item.list("objects") {
        let mut parts: Vec<&str> = object.list("items").map(|part| part.text("sval")).collect();
        let Some(name) = parts.pop() else { continue };
        found.push(RelationRef { schema: parts.pop().map(str::to_owned), name: name.to_owned(), alias: None });
    }
}

#[cfg(test)]
#[path = "relations_tests.rs"]
mod tests;
