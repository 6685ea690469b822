//! Which names a query sees, and what the catalog knows of them.

use std::collections::BTreeSet;

use dbwright_sql::{NodeEnum, ast};

use crate::{Column, Facts, Relation, tree};

/// One item of a FROM clause.
#[derive(Debug, Clone)]
pub(crate) struct Source<'a> {
    /// The name it goes by in the query.
    pub(crate) name: String,
    /// The table, where it is one that the catalog knows.
    pub(crate) relation: Option<&'a Relation>,
    /// Output names of a subquery, where they can be told; empty where not.
    pub(crate) outputs: Vec<String>,
    /// It may be missing: the nullable side of an outer join.
    pub(crate) optional: bool,
}

/// The sources of a query and of those around it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope<'a> {
    pub(crate) sources: Vec<Source<'a>>,
    pub(crate) outer: Option<Box<Scope<'a>>>,
    /// A source is there whose columns nobody can tell.
    pub(crate) is_open: bool,
}

/// What a column reference stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolved<'s, 'a> {
    /// Queries to go outwards; 0 is the query itself.
    pub(crate) level: usize,
    /// Which of its sources.
    pub(crate) source: usize,
    /// The source's relation.
    pub(crate) relation: &'a Relation,
    /// The column.
    pub(crate) column: &'a Column,
    from: &'s Source<'a>,
}

impl Resolved<'_, '_> {
    /// Whether the value may be NULL where the query reads it.
    pub(crate) fn is_nullable(&self) -> bool {
        self.column.nullable || self.from.optional
    }

    /// The name that the source goes by.
    pub(crate) fn source_name(&self) -> &str {
        &self.from.name
    }
}

impl<'a> Scope<'a> {
    /// The scope of a query inside `outer`.
    pub(crate) fn of(
        select: &ast::SelectStmt,
        facts: &'a Facts,
        ctes: &BTreeSet<String>,
        outer: Option<Box<Self>>,
    ) -> Self {
        let mut scope = Self { outer, ..Self::default() };
        for item in &select.from_clause {
            scope.add(item, facts, ctes, false);
        }
        scope
    }

    fn add(&mut self, item: &ast::Node, facts: &'a Facts, ctes: &BTreeSet<String>, optional: bool) {
        match item.node.as_ref() {
            Some(NodeEnum::RangeVar(table)) => {
                let name = table.alias.as_ref().map_or(&table.relname, |alias| &alias.aliasname).clone();
                let is_cte = table.schemaname.is_empty() && ctes.contains(&table.relname);
                // An alias may rename columns.
                let renamed = table.alias.as_ref().is_some_and(|alias| !alias.colnames.is_empty());
                let relation = if is_cte || renamed { None } else { facts.relation(&table.schemaname, &table.relname) };
                self.is_open |= relation.is_none();
                self.sources.push(Source { name, relation, outputs: Vec::new(), optional });
            }
            Some(NodeEnum::RangeSubselect(sub)) => {
                let name = sub.alias.as_ref().map(|alias| alias.aliasname.clone()).unwrap_or_default();
                let renamed = sub.alias.as_ref().is_some_and(|alias| !alias.colnames.is_empty());
                let outputs =
                    sub.subquery.as_deref().and_then(tree::as_select).filter(|_| !renamed).and_then(output_names);
                self.is_open |= outputs.is_none();
                self.sources.push(Source { name, relation: None, outputs: outputs.unwrap_or_default(), optional });
            }
            Some(NodeEnum::JoinExpr(join)) => {
                // USING and NATURAL merge columns, an alias hides names: their scopes stay closed to us.
                self.is_open |= join.is_natural || !join.using_clause.is_empty() || join.alias.is_some();
                let (left, right) = match ast::JoinType::try_from(join.jointype) {
                    Ok(ast::JoinType::JoinInner) => (false, false),
                    Ok(ast::JoinType::JoinLeft) => (false, true),
                    Ok(ast::JoinType::JoinRight) => (true, false),
                    _ => (true, true),
                };
                if let Some(side) = join.larg.as_deref() {
                    self.add(side, facts, ctes, optional || left);
                }
                if let Some(side) = join.rarg.as_deref() {
                    self.add(side, facts, ctes, optional || right);
                }
            }
            Some(NodeEnum::RangeFunction(function)) => {
                let name = function.alias.as_ref().map(|alias| alias.aliasname.clone()).unwrap_or_default();
                self.is_open = true;
                self.sources.push(Source { name, relation: None, outputs: Vec::new(), optional });
            }
            _ => self.is_open = true,
        }
    }

    /// The table column that a reference stands for; `None` for what is no table's column or
    /// cannot be told.
    pub(crate) fn resolve<'s>(&'s self, reference: &ast::ColumnRef) -> Option<Resolved<'s, 'a>> {
        let parts = tree::column_parts(reference)?;
        self.lookup(&parts, 0)
    }

    fn lookup<'s>(&'s self, parts: &[&str], level: usize) -> Option<Resolved<'s, 'a>> {
        let (qualifier, name) = match parts {
            [name] => (None, *name),
            [qualifier, name] => (Some(*qualifier), *name),
            [schema, table, name] => {
                let hit = self.sources.iter().position(|source| {
                    source.name == *table && source.relation.is_some_and(|relation| relation.schema == *schema)
                });
                return match hit {
                    Some(at) => self.resolved(at, name, level),
                    None => self.outer.as_ref()?.lookup(parts, level + 1),
                };
            }
            _ => return None,
        };
        if let Some(qualifier) = qualifier {
            return match self.sources.iter().position(|source| source.name == qualifier) {
                Some(at) => self.resolved(at, name, level),
                None => self.outer.as_ref()?.lookup(parts, level + 1),
            };
        }
        let mut having = self.sources.iter().enumerate().filter(|(_, source)| {
            source.relation.is_some_and(|relation| relation.find(name).is_some())
                || source.outputs.iter().any(|output| output == name)
        });
        match (having.next(), having.next()) {
            (Some((at, _)), None) if !self.is_open => self.resolved(at, name, level),
            (None, None) if !self.is_open => self.outer.as_ref()?.lookup(parts, level + 1),
            _ => None,
        }
    }

    fn resolved<'s>(&'s self, source: usize, name: &str, level: usize) -> Option<Resolved<'s, 'a>> {
        let from = self.sources.get(source)?;
        let relation = from.relation?;
        Some(Resolved { level, source, relation, column: relation.find(name)?, from })
    }

    /// Which of the query's own sources an expression reads, subqueries included; `None` where
    /// some reference cannot be told.
    pub(crate) fn sources_of(&self, expression: &ast::Node) -> Option<BTreeSet<usize>> {
        let mut found = BTreeSet::new();
        for reference in tree::column_references(expression) {
            let parts = tree::column_parts(reference)?;
            let at = match parts.as_slice() {
                [.., qualifier, _] => self.sources.iter().position(|source| source.name == *qualifier)?,
                _ => self.resolve(reference).filter(|resolved| resolved.level == 0)?.source,
            };
            found.insert(at);
        }
        Some(found)
    }
}

/// Names of a query's outputs; `None` where a star or an expression without name is among them.
fn output_names(select: &ast::SelectStmt) -> Option<Vec<String>> {
    let mut first = select;
    while let Some(left) = first.larg.as_deref() {
        first = left;
    }
    first
        .target_list
        .iter()
        .map(|target| match target.node.as_ref()? {
            NodeEnum::ResTarget(target) if !target.name.is_empty() => Some(target.name.clone()),
            NodeEnum::ResTarget(target) => {
                let reference = tree::as_column(target.val.as_deref()?)?;
                tree::column_parts(reference)?.last().map(|&name| name.to_owned())
            }
            _ => None,
        })
        .collect()
}
