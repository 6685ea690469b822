//! The entry: one statement to its shape.

use dbwright_sql::{NodeEnum, ast};

use super::{scope::Frame, types::QueryShape, walk::Walk};
use crate::{Catalog, ShapeError};

/// Reads what one statement asks of its tables.
///
/// # Errors
/// A [`ShapeError`] says why the statement must be passed over; it is never a reason to stop.
pub fn analyze(sql: &str, catalog: &Catalog) -> Result<QueryShape, ShapeError> {
    let parsed = dbwright_sql::parse(sql)?;
    let node = parsed.one()?;
    let mut walk = Walk::new(catalog);
    walk.shape.reads_only = true;
    walk.statement(node)?;
    let mut shape = walk.shape;
    shape.parameters = dbwright_sql::max_parameter(sql)?;
    if shape.relations.is_empty() && shape.inserts_into.is_none() {
        let why = shape.notes.first().map(|note| format!(": {note}")).unwrap_or_default();
        return Err(ShapeError::NoTables(why));
    }
    Ok(shape)
}

impl Walk<'_> {
    /// A statement, at the top or in a CTE.
    pub(super) fn statement(&mut self, node: &NodeEnum) -> Result<(), ShapeError> {
        match node {
            NodeEnum::SelectStmt(select) => {
                // `FOR UPDATE` locks rows and `INTO` makes a table: such a statement is not run.
                self.shape.reads_only &= select.locking_clause.is_empty() && select.into_clause.is_none();
                self.select(select, false).map(drop)
            }
            NodeEnum::InsertStmt(insert) => {
                self.shape.reads_only = false;
                if let Some(target) = insert.relation.as_ref() {
                    let schema = (!target.schemaname.is_empty()).then_some(target.schemaname.as_str());
                    self.shape.inserts_into =
                        self.catalog.find(schema, &target.relname).map(|table| table.name.clone());
                }
                self.in_frame(|walk| {
                    walk.optional_with(insert.with_clause.as_ref())?;
                    insert.select_stmt.as_deref().map_or(Ok(()), |query| walk.query(query, false).map(drop))
                })
            }
            NodeEnum::UpdateStmt(update) => self.in_frame(|walk| walk.update(update)),
            NodeEnum::DeleteStmt(delete) => self.in_frame(|walk| walk.delete(delete)),
            NodeEnum::MergeStmt(merge) => self.in_frame(|walk| walk.merge(merge)),
            NodeEnum::ExplainStmt(explain) => match explain.query.as_deref().and_then(|query| query.node.as_ref()) {
                Some(query) => self.statement(query),
                None => Ok(()),
            },
            other => Err(ShapeError::NotAQuery(name_of(other))),
        }
    }

    fn in_frame(&mut self, walk: impl FnOnce(&mut Self) -> Result<(), ShapeError>) -> Result<(), ShapeError> {
        self.frames.push(Frame::default());
        let result = walk(self);
        self.frames.pop();
        result
    }

    fn optional_with(&mut self, with: Option<&ast::WithClause>) -> Result<(), ShapeError> {
        with.map_or(Ok(()), |with| self.with(with))
    }

    /// The target of a write: its rows are read whole.
    fn target(&mut self, relation: Option<&ast::RangeVar>) -> Result<(), ShapeError> {
        self.shape.reads_only = false;
        let Some(relation) = relation else { return Ok(()) };
        let first = self.shape.relations.len();
        self.scan_table(relation)?;
        if let Some(target) = self.shape.relations.get_mut(first) {
            target.whole_row = true;
        }
        Ok(())
    }

    fn update(&mut self, update: &ast::UpdateStmt) -> Result<(), ShapeError> {
        self.optional_with(update.with_clause.as_ref())?;
        let first = self.shape.relations.len();
        self.target(update.relation.as_ref())?;
        if let Some(table) = self.shape.relations.get(first).map(|relation| relation.table.clone()) {
            let columns = update.target_list.iter().filter_map(|target| match target.node.as_ref() {
                Some(NodeEnum::ResTarget(target)) => Some((table.clone(), target.name.clone())),
                _ => None,
            });
            self.shape.sets.extend(columns);
        }
        for item in &update.from_clause {
            self.scan_item(item)?;
        }
        for target in &update.target_list {
            self.visit(target)?;
        }
        update.where_clause.as_deref().map_or(Ok(()), |condition| self.condition(condition, 0))
    }

    fn delete(&mut self, delete: &ast::DeleteStmt) -> Result<(), ShapeError> {
        self.optional_with(delete.with_clause.as_ref())?;
        let first = self.shape.relations.len();
        self.target(delete.relation.as_ref())?;
        self.shape.deletes_from = self.shape.relations.get(first).map(|relation| relation.table.clone());
        for item in &delete.using_clause {
            self.scan_item(item)?;
        }
        delete.where_clause.as_deref().map_or(Ok(()), |condition| self.condition(condition, 0))
    }

    fn merge(&mut self, merge: &ast::MergeStmt) -> Result<(), ShapeError> {
        self.optional_with(merge.with_clause.as_ref())?;
        self.target(merge.relation.as_ref())?;
        if let Some(source) = merge.source_relation.as_deref() {
            self.scan_item(source)?;
        }
        merge.join_condition.as_deref().map_or(Ok(()), |condition| self.condition(condition, 0))
    }
}

/// A statement kind in words, from its node's name: `a create statement`.
fn name_of(node: &NodeEnum) -> String {
    let debug = format!("{node:?}");
    let kind: String = debug.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    let kind = kind.strip_suffix("Stmt").unwrap_or(&kind);
    let mut words = String::new();
    for (at, c) in kind.chars().enumerate() {
        if at > 0 && c.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    format!("a `{words}` statement")
}
