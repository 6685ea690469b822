//! A uniform view of the tree: every node, by name, with its fields.
//!
//! The typed tree has some 270 node types and no complete visitor: a walk written by hand
//! misses the clause that nobody thought of, and a guard must not. This view is made from the
//! types' own serialisation, so nothing can be left out.

use pg_query::NodeEnum;

/// One node: the name of its type and its fields in the grammar's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Type name as in PostgreSQL's source: `FuncCall`, `RangeVar`, `SelectStmt`.
    pub name: &'static str,
    /// Field names and values.
    pub fields: Vec<(&'static str, Value)>,
}

/// A field's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Absent.
    None,
    /// True or false.
    Bool(bool),
    /// Numbers, enumerations and positions.
    Int(i64),
    /// Names and literals; empty where the grammar has none.
    Text(String),
    /// A node.
    Item(Box<Item>),
    /// Several values.
    List(Vec<Value>),
}

impl Item {
    /// The uniform view of a typed node.
    pub fn of(node: &NodeEnum) -> Self {
        crate::item_serializer::item(node)
    }

    /// A field's value.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    /// A text field; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        match self.field(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// An integer or enumeration field.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.field(name) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// A child node.
    pub fn item(&self, name: &str) -> Option<&Item> {
        match self.field(name) {
            Some(Value::Item(item)) => Some(item),
            _ => None,
        }
    }

    /// The child nodes of a list field.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &Item> {
        let values: &[Value] = match self.field(name) {
            Some(Value::List(values)) => values,
            _ => &[],
        };
        values.iter().filter_map(Value::as_item)
    }

    /// Visits this node and every node below it, parents first.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Item)) {
        let mut stack = vec![self];
        while let Some(item) = stack.pop() {
            visit(item);
            let before = stack.len();
            for child in item.children() {
                stack.push(child);
            }
            if let Some(added) = stack.get_mut(before..) {
                added.reverse();
            }
        }
    }

    /// The nodes directly below.
    pub fn children(&self) -> Vec<&Item> {
        let mut found = Vec::new();
        for (_, value) in &self.fields {
            value.collect(&mut found);
        }
        found
    }

    /// The last part of a dotted name held as a list of strings (`pg_catalog.pg_sleep`), in the
    /// spelling that the server looks up.
    pub fn last_name(&self, field: &str) -> Option<&str> {
        self.list(field).last().map(|part| part.text("sval"))
    }
}

impl Value {
    /// The node in this value.
    pub fn as_item(&self) -> Option<&Item> {
        match self {
            Self::Item(item) => Some(item),
            _ => None,
        }
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Item>) {
        match self {
            Self::Item(item) => found.push(item),
            Self::List(values) => values.iter().for_each(|value| value.collect(found)),
            Self::None | Self::Bool(_) | Self::Int(_) | Self::Text(_) => {}
        }
    }
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
