//! One query of a statement with what is known around it: what a rule looks at.

use std::collections::BTreeSet;

use dbwright_sql::{NodeEnum, ast};

use crate::{
    Facts, Guarantee, Volatility, build,
    scope::{Resolved, Scope},
    tree,
};

/// One SELECT and its surroundings.
pub(crate) struct Block<'a> {
    /// The query.
    pub(crate) select: &'a ast::SelectStmt,
    /// What its names mean.
    pub(crate) scope: &'a Scope<'a>,
    /// What the catalog knows.
    pub(crate) facts: &'a Facts,
    /// Names of the statement's common table expressions.
    pub(crate) ctes: &'a BTreeSet<String>,
    /// Whether it is the statement itself.
    pub(crate) outermost: bool,
}

/// What a rule has to say about one block.
pub(crate) enum Outcome {
    /// Another form.
    Rewrite(Box<Draft>),
    /// A form that would not be equal.
    Refuse(String),
    /// What to ask instead, see [`crate::Advice`].
    Advise {
        /// The whole block, as a template.
        template: String,
        /// The template with the boundary as a subquery.
        boundary: Option<String>,
        /// What changes.
        notes: String,
    },
}

impl Outcome {
    /// Another form.
    pub(crate) fn rewrite(draft: Draft) -> Self {
        Self::Rewrite(Box::new(draft))
    }
}

/// A block in another form.
pub(crate) struct Draft {
    pub(crate) select: ast::SelectStmt,
    pub(crate) guarantee: Guarantee,
    pub(crate) conditions: Vec<String>,
    pub(crate) subject: Option<(String, String)>,
}

impl Draft {
    /// A form that is equal for all data.
    pub(crate) fn exact(select: ast::SelectStmt) -> Self {
        Self { select, guarantee: Guarantee::Exact, conditions: Vec::new(), subject: None }
    }

    /// States what equality rests on in the catalog.
    pub(crate) fn because(mut self, condition: impl Into<String>) -> Self {
        self.conditions.push(condition.into());
        self
    }
}

/// One AND-ed part in another form.
pub(crate) struct Changed {
    /// The new form, as SQL.
    pub(crate) sql: String,
    pub(crate) guarantee: Guarantee,
    pub(crate) condition: Option<String>,
    pub(crate) subject: Option<(String, String)>,
}

impl Changed {
    /// Equal for all data.
    pub(crate) fn exact(sql: String) -> Self {
        Self { sql, guarantee: Guarantee::Exact, condition: None, subject: None }
    }

    /// States what equality rests on.
    pub(crate) fn because(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Equal only where the condition holds, which the catalog cannot tell.
    pub(crate) fn provided(mut self, condition: impl Into<String>) -> Self {
        self.guarantee = Guarantee::Conditional;
        self.because(condition)
    }

    /// Names the column that the predicate is about.
    pub(crate) fn about(mut self, column: &Resolved<'_, '_>) -> Self {
        let relation = column.relation;
        self.subject = Some((format!("{}.{}", relation.schema, relation.name), column.column.name.clone()));
        self
    }
}

impl Block<'_> {
    /// The AND-ed parts of WHERE.
    pub(crate) fn conjuncts(&self) -> Vec<&ast::Node> {
        self.select
            .where_clause
            .as_deref()
            .map(|clause| tree::arms(clause, ast::BoolExprType::AndExpr))
            .unwrap_or_default()
    }

    /// The query with other AND-ed parts.
    pub(crate) fn with_conjuncts(&self, parts: Vec<ast::Node>) -> ast::SelectStmt {
        ast::SelectStmt { where_clause: build::all_of(parts), ..self.select.clone() }
    }

    /// A table's column, own or of a query around.
    pub(crate) fn column(&self, node: &ast::Node) -> Option<Resolved<'_, '_>> {
        self.scope.resolve(tree::as_column(node)?)
    }

    /// Whether the expression has the same value for all rows of one execution: no column, no
    /// subquery, no volatile function.
    pub(crate) fn is_constant(&self, node: &ast::Node) -> bool {
        !tree::any(node, |inner| matches!(inner, NodeEnum::ColumnRef(_) | NodeEnum::SubLink(_)))
            && self.volatility(node) < Volatility::Volatile
    }

    /// The most volatile call at or below a node.
    pub(crate) fn volatility(&self, node: &ast::Node) -> Volatility {
        let mut worst = Volatility::Immutable;
        tree::walk(node, &mut |inner| {
            worst = worst.max(self.volatility_of(inner));
            true
        });
        worst
    }

    /// The most volatile call in the whole query.
    pub(crate) fn volatility_of_all(&self, select: &ast::SelectStmt) -> Volatility {
        let mut worst = Volatility::Immutable;
        tree::walk_select(select, &mut |inner| {
            worst = worst.max(self.volatility_of(inner));
            true
        });
        worst
    }

    fn volatility_of(&self, inner: &NodeEnum) -> Volatility {
        match inner {
            NodeEnum::FuncCall(call) => {
                let name = call.funcname.last().and_then(tree::string_of).unwrap_or_default();
                self.facts.functions.get(name).copied().unwrap_or_else(|| built_in(name))
            }
            NodeEnum::SqlvalueFunction(_) => Volatility::Stable,
            _ => Volatility::Immutable,
        }
    }

    /// Whether the value may be NULL: only what certainly is not counts as not.
    pub(crate) fn is_nullable(&self, node: &ast::Node) -> bool {
        match node.node.as_ref() {
            Some(NodeEnum::ColumnRef(reference)) => {
                self.scope.resolve(reference).is_none_or(|found| found.is_nullable())
            }
            Some(NodeEnum::AConst(constant)) => constant.isnull,
            Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_none_or(|inner| self.is_nullable(inner)),
            Some(NodeEnum::CoalesceExpr(coalesce)) => coalesce.args.iter().all(|part| self.is_nullable(part)),
            _ => true,
        }
    }

    /// Whether the query is rows of its FROM clause, filtered, and nothing else: no grouping, no
    /// DISTINCT, no set operation, no window, no locking.
    pub(crate) fn is_plain(&self) -> bool {
        let select = self.select;
        select.larg.is_none()
            && select.values_lists.is_empty()
            && select.group_clause.is_empty()
            && select.having_clause.is_none()
            && select.distinct_clause.is_empty()
            && select.window_clause.is_empty()
            && select.locking_clause.is_empty()
            && select.into_clause.is_none()
            && !select.target_list.iter().chain(&select.sort_clause).any(has_aggregate_or_window)
    }

    /// Whether the query has a limit or an offset.
    pub(crate) fn is_limited(&self) -> bool {
        self.select.limit_count.is_some() || self.select.limit_offset.is_some()
    }

    /// The block of a query inside this one.
    pub(crate) fn inner<'b>(&'b self, select: &'b ast::SelectStmt, scope: &'b Scope<'b>) -> Block<'b> {
        Block { select, scope, facts: self.facts, ctes: self.ctes, outermost: false }
    }

    /// The scope of a query inside this one.
    pub(crate) fn inner_scope(&self, select: &ast::SelectStmt) -> Scope<'_> {
        Scope::of(select, self.facts, self.ctes, Some(Box::new(self.scope.clone())))
    }

    /// An expression of this block as it can stand in a query inside it: qualified, and no name
    /// taken by a source there. `None` where that cannot be had.
    pub(crate) fn exported(&self, expression: &ast::Node, inner: &Scope<'_>) -> Option<ast::Node> {
        let mut copy = expression.clone();
        let mut fine = !tree::any(expression, |inner| matches!(inner, NodeEnum::SubLink(_)));
        tree::walk_mut(&mut copy, &mut |node| {
            let Some(NodeEnum::ColumnRef(reference)) = node.node.as_ref() else { return };
            let Some(found) = self.scope.resolve(reference) else {
                fine = false;
                return;
            };
            let (source, name) = (found.source_name(), found.column.name.as_str());
            fine &= !inner.sources.iter().any(|known| known.name == source);
            *node = tree::column(&[source, name]);
        });
        fine.then_some(copy)
    }

    /// The query's outputs with `*` written out by sources, so that another source can be added.
    pub(crate) fn outputs_without_star(&self) -> Option<Vec<ast::Node>> {
        let mut out = Vec::new();
        for target in &self.select.target_list {
            let is_star = match target.node.as_ref()? {
                NodeEnum::ResTarget(inner) => inner.val.as_deref().and_then(tree::as_column).is_some_and(|reference| {
                    matches!(reference.fields.as_slice(), [only] if matches!(only.node, Some(NodeEnum::AStar(_))))
                }),
                _ => false,
            };
            if !is_star {
                out.push(target.clone());
                continue;
            }
            if self.scope.is_open {
                return None;
            }
            for source in &self.scope.sources {
                let all = build::select(&format!("SELECT {}.*", dbwright_sql::quote_ident(&source.name)))?;
                out.extend(all.target_list);
            }
        }
        Some(out)
    }

    /// Applies a change to each AND-ed part of WHERE: all that change together make one draft,
    /// what is refused is told.
    pub(crate) fn each_conjunct(&self, change: impl Fn(&ast::Node) -> Option<Result<Changed, String>>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let mut parts = Vec::new();
        let (mut guarantee, mut conditions, mut subject) = (Guarantee::Exact, Vec::new(), None);
        let mut changed = false;
        for part in self.conjuncts() {
            let new = match change(part) {
                None => None,
                Some(Err(why)) => {
                    outcomes.push(Outcome::Refuse(why));
                    None
                }
                Some(Ok(new)) => build::expression(&new.sql).map(|tree| (tree, new)),
            };
            let Some((tree, new)) = new else {
                parts.push(part.clone());
                continue;
            };
            changed = true;
            parts.extend(tree::arms(&tree, ast::BoolExprType::AndExpr).into_iter().cloned());
            if new.guarantee == Guarantee::Conditional {
                guarantee = Guarantee::Conditional;
            }
            conditions.extend(new.condition);
            subject = subject.or(new.subject);
        }
        if changed {
            let select = self.with_conjuncts(parts);
            outcomes.push(Outcome::rewrite(Draft { select, guarantee, conditions, subject }));
        }
        outcomes
    }
}

/// Aggregates that the server has itself.
pub(crate) const AGGREGATES: &[&str] = &[
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "array_agg",
    "string_agg",
    "bool_and",
    "bool_or",
    "every",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "variance",
    "var_pop",
    "var_samp",
    "bit_and",
    "bit_or",
    "bit_xor",
    "corr",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "xmlagg",
    "range_agg",
    "any_value",
];

/// Whether an expression of this query level aggregates or uses a window.
pub(crate) fn has_aggregate_or_window(node: &ast::Node) -> bool {
    let mut found = false;
    tree::walk(node, &mut |inner| match inner {
        NodeEnum::SubLink(_) => false,
        NodeEnum::FuncCall(call) => {
            let name = call.funcname.last().and_then(tree::string_of).unwrap_or_default();
            found |= call.over.is_some()
                || call.agg_star
                || call.agg_distinct
                || call.agg_within_group
                || call.agg_filter.is_some()
                || AGGREGATES.contains(&name);
            !found
        }
        _ => !found,
    });
    found
}

/// Whether the server has the function itself and it costs nothing.
pub(crate) fn is_built_in(name: &str) -> bool {
    built_in(name) < Volatility::Volatile
}

/// Volatility of built-in functions that statements use most; anything else must be looked up.
fn built_in(name: &str) -> Volatility {
    const IMMUTABLE: &[&str] = &[
        "lower",
        "upper",
        "abs",
        "length",
        "round",
        "floor",
        "ceil",
        "substring",
        "left",
        "right",
        "md5",
        "replace",
        "btrim",
        "ltrim",
        "rtrim",
        "nullif",
        "greatest",
        "least",
        "mod",
        "row_number",
        "rank",
        "dense_rank",
    ];
    const STABLE: &[&str] = &[
        "now",
        "date",
        "date_trunc",
        "extract",
        "date_part",
        "to_char",
        "timezone",
        "to_timestamp",
        "current_setting",
    ];
    if IMMUTABLE.contains(&name) || AGGREGATES.contains(&name) {
        Volatility::Immutable
    } else if STABLE.contains(&name) {
        Volatility::Stable
    } else {
        Volatility::Volatile
    }
}
