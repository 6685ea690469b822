//! Query blocks: SELECT, set operations, VALUES and WITH.

use dbwright_sql::{NodeEnum, ast};

use super::{
    from::names,
    literal,
    scope::{Frame, OutputColumn, Resolved},
    tree,
    types::{ParameterUse, Value},
    walk::Walk,
};
use crate::ShapeError;

impl Walk<'_> {
    /// A query in any position; says what its columns are. `exists` is for EXISTS, whose target
    /// list is never computed.
    pub(super) fn query(&mut self, node: &ast::Node, exists: bool) -> Result<Vec<OutputColumn>, ShapeError> {
        match node.node.as_ref() {
            Some(NodeEnum::SelectStmt(select)) => self.select(select, exists),
            Some(
                inner @ (NodeEnum::InsertStmt(_)
                | NodeEnum::UpdateStmt(_)
                | NodeEnum::DeleteStmt(_)
                | NodeEnum::MergeStmt(_)),
            ) => {
                self.shape.reads_only = false;
                self.statement(inner)?;
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn select(&mut self, select: &ast::SelectStmt, exists: bool) -> Result<Vec<OutputColumn>, ShapeError> {
        self.frames.push(Frame::default());
        let columns = self.select_in_frame(select, exists);
        self.frames.pop();
        columns
    }

    fn select_in_frame(&mut self, select: &ast::SelectStmt, exists: bool) -> Result<Vec<OutputColumn>, ShapeError> {
        if let Some(with) = select.with_clause.as_ref() {
            self.with(with)?;
        }
        if let (Some(left), Some(right)) = (select.larg.as_deref(), select.rarg.as_deref()) {
            let mut columns = self.select(left, exists)?;
            self.select(right, exists)?;
            // A column of a union comes from either side: it is no key of one relation.
            columns.iter_mut().for_each(|column| column.origin = None);
            return Ok(columns);
        }
        for row in &select.values_lists {
            self.visit(row)?;
        }
        for item in &select.from_clause {
            self.scan_item(item)?;
        }
        if let Some(condition) = select.where_clause.as_deref() {
            self.condition(condition, 0)?;
        }
        let columns = if exists { Vec::new() } else { self.targets(select)? };
        for node in select.group_clause.iter().chain(&select.sort_clause).chain(&select.window_clause) {
            self.visit(node)?;
        }
        // `DISTINCT` alone is one empty node.
        for node in select.distinct_clause.iter().filter(|node| node.node.is_some()) {
            self.visit(node)?;
        }
        if let Some(having) = select.having_clause.as_deref() {
            self.condition(having, 0)?;
        }
        let bounds = [(&select.limit_count, ParameterUse::Limit), (&select.limit_offset, ParameterUse::Offset)];
        for (bound, meaning) in bounds {
            let Some(bound) = bound.as_deref() else { continue };
            if let Value::Parameter(number) = literal::value(bound) {
                self.shape.bindings.entry(number).or_insert(meaning);
            }
            self.visit(bound)?;
        }
        self.block_sorts(select, &columns);
        if exists || select.limit_count.is_some() {
            let relations = self.frames.last().map(|frame| frame.relations.clone()).unwrap_or_default();
            for relation in relations {
                if let Some(target) = self.shape.relations.get_mut(relation) {
                    target.limited = true;
                }
            }
        }
        Ok(columns)
    }

    fn targets(&mut self, select: &ast::SelectStmt) -> Result<Vec<OutputColumn>, ShapeError> {
        let mut columns = Vec::new();
        for target in &select.target_list {
            let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { continue };
            let Some(value) = target.val.as_deref() else { continue };
            // A view offers columns; only those that the statement asks for are read.
            let offered = self.views_open > 0
                && self.frames.len() == 1
                && select.distinct_clause.is_empty()
                && matches!(value.node, Some(NodeEnum::ColumnRef(_)));
            if !offered {
                self.visit(value)?;
            }
            columns.extend(self.output_columns(target, value));
        }
        Ok(columns)
    }

    fn output_columns(&self, target: &ast::ResTarget, value: &ast::Node) -> Vec<OutputColumn> {
        if let Some(NodeEnum::ColumnRef(reference)) = value.node.as_ref() {
            let Some(parts) = tree::column_parts(reference) else { return self.star(reference) };
            let origin = match self.resolve(reference) {
                Resolved::Located(located) => Some(located),
                Resolved::Computed | Resolved::Unknown => None,
            };
            let name = if target.name.is_empty() { parts.last().copied().unwrap_or_default() } else { &target.name };
            return vec![OutputColumn { name: name.to_owned(), origin }];
        }
        vec![OutputColumn { name: target.name.clone(), origin: self.expression_key(value) }]
    }

    fn star(&self, reference: &ast::ColumnRef) -> Vec<OutputColumn> {
        let names: Vec<&str> = reference.fields.iter().filter_map(tree::string_of).collect();
        match names.last() {
            None => self.columns_of(&(0..self.frames.last().map_or(0, |frame| frame.items.len()))),
            Some(name) => self
                .frames
                .iter()
                .rev()
                .find_map(|frame| frame.items.iter().find(|item| item.name == *name))
                .map(|item| self.item_columns(item))
                .unwrap_or_default(),
        }
    }

    /// WITH: each CTE is walked where it stands and its columns are remembered by name. The
    /// reference of a recursive CTE to itself sees no columns.
    pub(super) fn with(&mut self, with: &ast::WithClause) -> Result<(), ShapeError> {
        for cte in &with.ctes {
            let Some(NodeEnum::CommonTableExpr(cte)) = cte.node.as_ref() else { continue };
            if with.recursive {
                self.add_cte(&cte.ctename, Vec::new());
            }
            let mut columns = match cte.ctequery.as_deref() {
                Some(query) => self.query(query, false)?,
                None => Vec::new(),
            };
            for (column, name) in columns.iter_mut().zip(names(&cte.aliascolnames)) {
                column.name = name;
            }
            self.add_cte(&cte.ctename, columns);
        }
        Ok(())
    }

    fn add_cte(&mut self, name: &str, columns: Vec<OutputColumn>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.ctes.push((name.to_owned(), columns));
        }
    }
}
