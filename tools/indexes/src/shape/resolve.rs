//! Column names to keys of relations.

use dbwright_sql::ast;

use super::{
    scope::{Item, Located, Resolved, Source},
    tree,
    walk::Walk,
};
use crate::KeyExpression;

impl Walk<'_> {
    /// What a column reference stands for, innermost block first.
    pub(super) fn resolve(&self, reference: &ast::ColumnRef) -> Resolved {
        let Some(parts) = tree::column_parts(reference) else { return Resolved::Unknown };
        match parts.as_slice() {
            [column] => self.resolve_name(column),
            [item, column] => self.resolve_in(None, item, column),
            [schema, item, column] => self.resolve_in(Some(schema), item, column),
            _ => Resolved::Unknown,
        }
    }

    /// An unqualified name.
    pub(super) fn resolve_name(&self, column: &str) -> Resolved {
        for frame in self.frames.iter().rev() {
            for item in &frame.items {
                match self.column_of(item, column) {
                    Resolved::Unknown => {}
                    found => return found,
                }
            }
            // A view or function in the block may well own the name: an outer table must not
            // be blamed for it.
            if frame.items.iter().any(|item| matches!(item.source, Source::Opaque)) {
                return Resolved::Computed;
            }
        }
        Resolved::Unknown
    }

    fn resolve_in(&self, schema: Option<&str>, name: &str, column: &str) -> Resolved {
        for frame in self.frames.iter().rev() {
            let found = frame.items.iter().find(|item| {
                item.name == name && schema.is_none_or(|schema| self.schema_of(item).is_none_or(|own| own == schema))
            });
            if let Some(item) = found {
                return match (&item.source, self.column_of(item, column)) {
                    (Source::Opaque, _) => Resolved::Computed,
                    (_, resolved) => resolved,
                };
            }
        }
        Resolved::Unknown
    }

    fn schema_of(&self, item: &Item) -> Option<&str> {
        match item.source {
            Source::Relation { relation, .. } => {
                self.shape.relations.get(relation).map(|relation| relation.table.schema.as_str())
            }
            Source::Derived(_) | Source::Opaque => None,
        }
    }

    /// A column of one item of FROM.
    pub(super) fn column_of(&self, item: &Item, column: &str) -> Resolved {
        match &item.source {
            Source::Relation { relation, renamed } => {
                let Some(table) = self.table_of(*relation) else { return Resolved::Unknown };
                let own = match renamed.iter().position(|name| name == column) {
                    Some(at) => table.columns.get(at),
                    // Columns behind the end of the alias list keep their names.
                    None => table.columns.iter().skip(renamed.len()).find(|known| known.name == column),
                };
                match own {
                    Some(own) => {
                        Resolved::Located(Located { relation: *relation, key: KeyExpression::Column(own.name.clone()) })
                    }
                    None => Resolved::Unknown,
                }
            }
            Source::Derived(columns) => match columns.iter().find(|known| known.name == column) {
                Some(known) => known.origin.clone().map_or(Resolved::Computed, Resolved::Located),
                None => Resolved::Unknown,
            },
            Source::Opaque => Resolved::Unknown,
        }
    }

    /// What `t.*`, `*` or a bare `t` reads: relations whole, and keys of those behind subqueries.
    pub(super) fn whole_rows(&self, reference: &ast::ColumnRef) -> (Vec<usize>, Vec<Located>) {
        let names: Vec<&str> = reference.fields.iter().filter_map(tree::string_of).collect();
        let items: Vec<&Item> = match names.last() {
            None => self.frames.last().map(|frame| frame.items.iter().collect()).unwrap_or_default(),
            Some(name) => self
                .frames
                .iter()
                .rev()
                .find_map(|frame| frame.items.iter().find(|item| item.name == *name))
                .into_iter()
                .collect(),
        };
        let relations = items.iter().flat_map(|item| relations_of(item)).collect();
        (relations, items.into_iter().flat_map(origins_of).collect())
    }
}

fn relations_of(item: &Item) -> Vec<usize> {
    match &item.source {
        Source::Relation { relation, .. } => vec![*relation],
        // A star over a subquery reads what the subquery's own target list names.
        Source::Derived(_) | Source::Opaque => Vec::new(),
    }
}

/// The keys that a star over subqueries and views stands for.
fn origins_of(item: &Item) -> Vec<Located> {
    match &item.source {
        Source::Derived(columns) => columns.iter().filter_map(|column| column.origin.clone()).collect(),
        Source::Relation { .. } | Source::Opaque => Vec::new(),
    }
}
