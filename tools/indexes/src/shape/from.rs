//! FROM: tables, subqueries, CTEs, functions and joins become items of the block's scope.

use dbwright_sql::{NodeEnum, ast};

use super::{
    scope::{Item, OutputColumn, Resolved, Source},
    tree,
    walk::Walk,
};
use crate::{ShapeError, Table, TableKind};

/// Views upon views are looked through this deep.
const MOST_NESTED_VIEWS: usize = 16;

/// The part of a block's items that one side of a join brought in.
type Span = std::ops::Range<usize>;

impl Walk<'_> {
    /// Adds one item of FROM to the current block; says which scope items it made.
    pub(super) fn scan_item(&mut self, node: &ast::Node) -> Result<Span, ShapeError> {
        let start = self.item_count();
        match node.node.as_ref() {
            Some(NodeEnum::RangeVar(table)) => self.scan_table(table)?,
            Some(NodeEnum::RangeSubselect(sub)) => {
                let columns = match sub.subquery.as_deref() {
                    Some(query) => self.query(query, false)?,
                    None => Vec::new(),
                };
                self.add_derived(sub.alias.as_ref(), "", columns);
            }
            Some(NodeEnum::RangeFunction(function)) => {
                for call in &function.functions {
                    self.visit(call)?;
                }
                let name = function.alias.as_ref().map_or(String::new(), |alias| alias.aliasname.clone());
                self.push_item(Item { name, source: Source::Opaque });
            }
            Some(NodeEnum::RangeTableSample(sample)) => {
                if let Some(relation) = sample.relation.as_deref() {
                    self.scan_item(relation)?;
                }
            }
            Some(NodeEnum::JoinExpr(join)) => self.join(join)?,
            _ => self.push_item(Item { name: String::new(), source: Source::Opaque }),
        }
        Ok(start..self.item_count())
    }

    /// A table, or a CTE of that name.
    pub(super) fn scan_table(&mut self, table: &ast::RangeVar) -> Result<(), ShapeError> {
        let name = table.alias.as_ref().map_or(&table.relname, |alias| &alias.aliasname);
        let schema = (!table.schemaname.is_empty()).then_some(table.schemaname.as_str());
        if schema.is_none()
            && let Some(columns) = self.cte(&table.relname)
        {
            self.add_derived(table.alias.as_ref(), &table.relname, columns);
            return Ok(());
        }
        let Some(known) = self.catalog.find(schema, &table.relname) else {
            if is_system(schema, &table.relname) {
                self.push_item(Item { name: name.clone(), source: Source::Opaque });
                return Ok(());
            }
            return Err(ShapeError::UnknownRelation(match schema {
                Some(schema) => format!("{schema}.{}", table.relname),
                None => table.relname.clone(),
            }));
        };
        match known.kind {
            TableKind::Table | TableKind::MaterializedView | TableKind::Partitioned => {}
            TableKind::View => {
                let columns = self.view(known);
                match columns {
                    Some(columns) => self.add_derived(table.alias.as_ref(), &table.relname, columns),
                    None => {
                        self.note(format!("{} is a view that could not be looked into", known.name));
                        self.push_item(Item { name: name.clone(), source: Source::Opaque });
                    }
                }
                return Ok(());
            }
            TableKind::Foreign => {
                self.note(format!("{} is a {}: no index is proposed on it", known.name, known.kind.as_str()));
            }
        }
        let renamed = table.alias.as_ref().map(|alias| names(&alias.colnames)).unwrap_or_default();
        let relation = self.add_relation(&known.name, name);
        self.push_item(Item { name: name.clone(), source: Source::Relation { relation, renamed } });
        Ok(())
    }

    /// Walks the query behind a view, in a scope of its own: it sees no name of the statement. What it finds joins
    /// the statement's relations, so that conditions on the view's columns reach the tables behind it.
    fn view(&mut self, view: &Table) -> Option<Vec<OutputColumn>> {
        if self.views_open >= MOST_NESTED_VIEWS {
            return None;
        }
        let parsed = dbwright_sql::parse(view.definition.as_deref()?).ok()?;
        let NodeEnum::SelectStmt(select) = parsed.one().ok()? else { return None };
        let outside = std::mem::take(&mut self.frames);
        let (reads_only, first) = (self.shape.reads_only, self.shape.relations.len());
        self.views_open += 1;
        let columns = self.select(select, false);
        self.views_open -= 1;
        self.frames = outside;
        self.shape.reads_only = reads_only;
        let Ok(mut columns) = columns else {
            self.shape.relations.truncate(first);
            return None;
        };
        // CREATE VIEW v (a, b) may have renamed what the query calls otherwise.
        for (column, own) in columns.iter_mut().zip(&view.columns) {
            column.name.clone_from(&own.name);
        }
        let block = first..self.shape.relations.len();
        if let Some(frame) = self.frames.last_mut() {
            frame.relations.extend(block);
        }
        Some(columns)
    }

    fn join(&mut self, join: &ast::JoinExpr) -> Result<(), ShapeError> {
        let left = match join.larg.as_deref() {
            Some(node) => self.scan_item(node)?,
            None => 0..0,
        };
        let right = match join.rarg.as_deref() {
            Some(node) => self.scan_item(node)?,
            None => 0..0,
        };
        let shared = if join.is_natural { self.common_columns(&left, &right) } else { names(&join.using_clause) };
        for column in shared {
            let sides = (self.resolve_span(&left, &column), self.resolve_span(&right, &column));
            if let (Resolved::Located(l), Resolved::Located(r)) = sides {
                self.mark_read(&l);
                self.mark_read(&r);
                self.join_equality(l, r, 0);
            }
        }
        if let Some(condition) = join.quals.as_deref() {
            self.condition(condition, 0)?;
        }
        // The alias of a parenthesised join hides the names inside it.
        if let Some(alias) = join.alias.as_ref() {
            let columns = self.columns_of(&(left.start..right.end));
            self.add_derived(Some(alias), "", columns);
        }
        Ok(())
    }

    fn common_columns(&self, left: &Span, right: &Span) -> Vec<String> {
        let right = self.columns_of(right);
        self.columns_of(left)
            .into_iter()
            .map(|column| column.name)
            .filter(|name| right.iter().any(|column| column.name == *name))
            .collect()
    }

    fn resolve_span(&self, span: &Span, column: &str) -> Resolved {
        let items = self.frames.last().and_then(|frame| frame.items.get(span.clone())).unwrap_or_default();
        items
            .iter()
            .map(|item| self.column_of(item, column))
            .find(|found| *found != Resolved::Unknown)
            .unwrap_or(Resolved::Unknown)
    }

    /// All columns of some items of the current block: what a star means.
    pub(super) fn columns_of(&self, span: &Span) -> Vec<OutputColumn> {
        let items = self.frames.last().and_then(|frame| frame.items.get(span.clone())).unwrap_or_default();
        items.iter().flat_map(|item| self.item_columns(item)).collect()
    }

    /// All columns of one item.
    pub(super) fn item_columns(&self, item: &Item) -> Vec<OutputColumn> {
        match &item.source {
            Source::Relation { relation, renamed } => {
                let columns = self.table_of(*relation).map(|table| table.columns.as_slice()).unwrap_or_default();
                let names = columns.iter().enumerate().map(|(at, column)| renamed.get(at).unwrap_or(&column.name));
                names
                    .map(|name| OutputColumn {
                        name: name.clone(),
                        origin: match self.column_of(item, name) {
                            Resolved::Located(located) => Some(located),
                            Resolved::Computed | Resolved::Unknown => None,
                        },
                    })
                    .collect()
            }
            Source::Derived(columns) => columns.clone(),
            Source::Opaque => Vec::new(),
        }
    }

    pub(super) fn add_derived(&mut self, alias: Option<&ast::Alias>, name: &str, mut columns: Vec<OutputColumn>) {
        if let Some(alias) = alias {
            for (column, name) in columns.iter_mut().zip(names(&alias.colnames)) {
                column.name = name;
            }
        }
        let name = alias.map_or(name, |alias| &alias.aliasname).to_owned();
        self.push_item(Item { name, source: Source::Derived(columns) });
    }

    fn cte(&self, name: &str) -> Option<Vec<OutputColumn>> {
        let mut ctes = self.frames.iter().rev().flat_map(|frame| frame.ctes.iter().rev());
        ctes.find(|(known, _)| known == name).map(|(_, columns)| columns.clone())
    }

    fn item_count(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.items.len())
    }

    pub(super) fn push_item(&mut self, item: Item) {
        if let Some(frame) = self.frames.last_mut() {
            frame.items.push(item);
        }
    }
}

/// The texts of a list of String nodes.
pub(super) fn names(nodes: &[ast::Node]) -> Vec<String> {
    nodes.iter().filter_map(tree::string_of).map(str::to_owned).collect()
}

/// The server's own catalogs: their indexes are not ours to advise on.
fn is_system(schema: Option<&str>, name: &str) -> bool {
    match schema {
        Some(schema) => schema == "pg_catalog" || schema == "information_schema" || schema == "pg_toast",
        None => name.starts_with("pg_"),
    }
}
