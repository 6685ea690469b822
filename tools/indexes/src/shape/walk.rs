//! The state of one walk, and the parts that every step of it uses.

use std::collections::BTreeSet;

use dbwright_sql::{NodeEnum, ast};

use super::{
    scope::{Frame, Located, Resolved},
    tree,
    types::{Predicate, QueryShape, RelationUse, SortKey},
};
use crate::{Catalog, ShapeError, Table, catalog::TableName};

/// A walk over one statement.
pub(super) struct Walk<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) shape: QueryShape,
    /// Innermost last.
    pub(super) frames: Vec<Frame>,
    branches: usize,
    /// Views that are being walked, one in the other.
    pub(super) views_open: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, shape: QueryShape::default(), frames: Vec::new(), branches: 0, views_open: 0 }
    }

    /// A number for a new arm of an OR.
    pub(super) fn new_branch(&mut self) -> usize {
        self.branches += 1;
        self.branches
    }

    /// Registers an occurrence of a table in the current block.
    pub(super) fn add_relation(&mut self, table: &TableName, alias: &str) -> usize {
        let relation = self.shape.relations.len();
        self.shape.relations.push(RelationUse {
            table: table.clone(),
            alias: alias.to_owned(),
            predicates: Vec::new(),
            sorts: Vec::new(),
            reads: BTreeSet::new(),
            whole_row: false,
            limited: false,
        });
        if let Some(frame) = self.frames.last_mut() {
            frame.relations.push(relation);
        }
        relation
    }

    /// The catalog's entry for a relation of the shape.
    pub(super) fn table_of(&self, relation: usize) -> Option<&'a Table> {
        self.catalog.table(&self.shape.relations.get(relation)?.table)
    }

    pub(super) fn add_predicate(&mut self, relation: usize, predicate: Predicate) {
        if let Some(target) = self.shape.relations.get_mut(relation)
            && !target.predicates.contains(&predicate)
        {
            target.predicates.push(predicate);
        }
    }

    pub(super) fn add_sort(&mut self, relation: usize, keys: Vec<SortKey>) {
        if let Some(target) = self.shape.relations.get_mut(relation)
            && !keys.is_empty()
            && !target.sorts.contains(&keys)
        {
            target.sorts.push(keys);
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.shape.notes.contains(&note) {
            self.shape.notes.push(note);
        }
    }

    /// Notes which columns an expression reads, and walks the subqueries in it.
    pub(super) fn visit(&mut self, node: &ast::Node) -> Result<(), ShapeError> {
        match node.node.as_ref() {
            Some(NodeEnum::ColumnRef(reference)) => self.read(reference),
            Some(NodeEnum::SubLink(link)) => self.sub_link(link, 0)?,
            Some(inner) => {
                if let NodeEnum::FuncCall(call) = inner {
                    self.function_sorts(call);
                }
                for child in tree::children(inner) {
                    self.visit(child)?;
                }
            }
            None => {}
        }
        Ok(())
    }

    fn read(&mut self, reference: &ast::ColumnRef) {
        match self.resolve(reference) {
            Resolved::Located(located) => self.mark_read(&located),
            Resolved::Computed => {}
            // `t` or `t.*`: the row as a whole.
            Resolved::Unknown => {
                let (relations, keys) = self.whole_rows(reference);
                for relation in relations {
                    if let Some(target) = self.shape.relations.get_mut(relation) {
                        target.whole_row = true;
                    }
                }
                keys.iter().for_each(|key| self.mark_read(key));
            }
        }
    }

    pub(super) fn mark_read(&mut self, located: &Located) {
        if let Some(target) = self.shape.relations.get_mut(located.relation) {
            target.reads.extend(located.key.columns().into_iter().map(str::to_owned));
        }
    }
}
