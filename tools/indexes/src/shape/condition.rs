//! WHERE, ON and HAVING: conjunctions into predicates on relations.

use dbwright_sql::{NodeEnum, ast};

use super::{
    expression::Operand,
    literal,
    scope::Located,
    tree,
    types::{ParameterUse, Predicate, PredicateKind, Value},
    walk::Walk,
};
use crate::ShapeError;

impl Walk<'_> {
    /// A condition that must hold, or must hold in one arm of an OR.
    pub(super) fn condition(&mut self, node: &ast::Node, branch: usize) -> Result<(), ShapeError> {
        match node.node.as_ref() {
            Some(NodeEnum::BoolExpr(expression)) => match ast::BoolExprType::try_from(expression.boolop) {
                Ok(ast::BoolExprType::AndExpr) => {
                    expression.args.iter().try_for_each(|argument| self.condition(argument, branch))
                }
                Ok(ast::BoolExprType::OrExpr) => self.alternatives(&expression.args, branch),
                _ => self.negation(expression.args.first(), branch),
            },
            Some(NodeEnum::AExpr(expression)) => {
                self.comparison(expression, branch);
                self.visit(node)
            }
            Some(NodeEnum::SubLink(link)) => self.sub_link(link, branch),
            Some(NodeEnum::NullTest(test)) => {
                let is_null = test.nulltesttype == ast::NullTestType::IsNull as i32;
                let (kind, words) = if is_null {
                    (PredicateKind::IsNull, "IS NULL")
                } else {
                    (PredicateKind::IsNotNull, "IS NOT NULL")
                };
                if let Some(key) = test.arg.as_deref().and_then(|argument| self.expression_key(argument)) {
                    let sql = format!("{} {words}", key.key.sql());
                    self.add(key, kind, Value::Other, branch, Some(sql));
                }
                self.visit(node)
            }
            Some(NodeEnum::BooleanTest(test)) => {
                let kind = match ast::BoolTestType::try_from(test.booltesttype) {
                    Ok(ast::BoolTestType::IsTrue) => Some(true),
                    Ok(ast::BoolTestType::IsFalse) => Some(false),
                    _ => None,
                };
                if let (Some(wanted), Some(argument)) = (kind, test.arg.as_deref()) {
                    self.boolean(argument, wanted, branch);
                }
                self.visit(node)
            }
            Some(NodeEnum::FuncCall(call)) => {
                if tree::plain_name(&call.funcname) == Some("starts_with")
                    && let [subject, prefix] = call.args.as_slice()
                {
                    self.prefix(subject, prefix, branch);
                }
                self.visit(node)
            }
            Some(NodeEnum::ColumnRef(_)) => {
                self.boolean(node, true, branch);
                self.visit(node)
            }
            _ => self.visit(node),
        }
    }

    /// An OR: each arm is a branch of its own; what every arm asks holds for the whole.
    fn alternatives(&mut self, arms: &[ast::Node], parent: usize) -> Result<(), ShapeError> {
        let mut branches = Vec::new();
        for arm in arms {
            let branch = self.new_branch();
            branches.push(branch);
            self.condition(arm, branch)?;
        }
        for relation in &mut self.shape.relations {
            let in_branch = |branch: usize| relation.predicates.iter().filter(move |known| known.branch == branch);
            let Some((first, rest)) = branches.split_first() else { continue };
            let shared: Vec<Predicate> = in_branch(*first)
                .filter(|candidate| {
                    rest.iter().all(|branch| {
                        in_branch(*branch).any(|other| {
                            let both_equal = other.kind.is_equality() && candidate.kind.is_equality();
                            other.key == candidate.key && (both_equal || other.kind == candidate.kind)
                        })
                    })
                })
                .map(|candidate| {
                    let same_everywhere = candidate.value != Value::Other
                        && rest.iter().all(|branch| {
                            in_branch(*branch).any(|other| {
                                other.key == candidate.key
                                    && other.kind == candidate.kind
                                    && other.value == candidate.value
                            })
                        });
                    if same_everywhere {
                        return Predicate { branch: parent, ..candidate.clone() };
                    }
                    // `a = 1 OR a = 2` is `a IN (1, 2)`.
                    let kind = if candidate.kind.is_equality() {
                        PredicateKind::In(Some(branches.len()))
                    } else {
                        candidate.kind.clone()
                    };
                    Predicate {
                        key: candidate.key.clone(),
                        kind,
                        value: Value::Other,
                        branch: parent,
                        constant_sql: None,
                    }
                })
                .collect();
            for predicate in shared {
                if !relation.predicates.contains(&predicate) {
                    relation.predicates.push(predicate);
                }
            }
        }
        Ok(())
    }

    fn negation(&mut self, argument: Option<&ast::Node>, branch: usize) -> Result<(), ShapeError> {
        let Some(argument) = argument else { return Ok(()) };
        if matches!(argument.node, Some(NodeEnum::ColumnRef(_))) {
            self.boolean(argument, false, branch);
        }
        self.visit(argument)
    }

    fn boolean(&mut self, node: &ast::Node, wanted: bool, branch: usize) {
        if let Some(key) = self.expression_key(node) {
            let (kind, sql) = if wanted {
                (PredicateKind::IsTrue, key.key.sql())
            } else {
                (PredicateKind::IsFalse, format!("NOT {}", key.key.sql()))
            };
            self.add(key, kind, Value::Other, branch, Some(sql));
        }
    }

    fn comparison(&mut self, expression: &ast::AExpr, branch: usize) {
        use ast::AExprKind as Kind;
        let (Some(left), Some(right)) = (expression.lexpr.as_deref(), expression.rexpr.as_deref()) else { return };
        let operator = tree::last_name(&expression.name);
        match Kind::try_from(expression.kind) {
            Ok(Kind::AexprOp) => self.operator(operator, left, right, branch),
            Ok(Kind::AexprIn) if matches!(operator, "=" | "<>") => self.in_list(left, right, operator == "=", branch),
            Ok(Kind::AexprOpAny) if operator == "=" => {
                if let (Operand::Key(key), Operand::Value(value)) = (self.operand(left), self.operand(right)) {
                    self.bind(&key, "any", right);
                    self.add(key, PredicateKind::In(None), value, branch, None);
                }
            }
            Ok(Kind::AexprLike) if operator == "~~" => self.like(left, right, branch, false),
            Ok(Kind::AexprIlike) if operator == "~~*" => self.like(left, right, branch, true),
            Ok(Kind::AexprBetween | Kind::AexprBetweenSym) => {
                if let Operand::Key(key) = self.operand(left) {
                    if let Some(NodeEnum::List(bounds)) = right.node.as_ref() {
                        for (bound, operator) in bounds.items.iter().zip([">=", "<="]) {
                            self.bind(&key, operator, bound);
                        }
                    }
                    self.add(key, PredicateKind::Range, Value::Other, branch, None);
                }
            }
            _ => {}
        }
    }

    fn operator(&mut self, operator: &str, left: &ast::Node, right: &ast::Node, branch: usize) {
        if let (Some(NodeEnum::RowExpr(l)), Some(NodeEnum::RowExpr(r))) = (left.node.as_ref(), right.node.as_ref()) {
            // `(a, b) > ($1, $2)` is served by a range on `a` in the order of both.
            let pairs = l.args.len().min(r.args.len());
            let used = if operator == "=" { pairs } else { pairs.min(1) };
            for (l, r) in l.args.iter().zip(&r.args).take(used) {
                self.operator(operator, l, r, branch);
            }
            return;
        }
        match (self.operand(left), self.operand(right)) {
            (Operand::Key(key), Operand::Value(value)) => self.key_value(key, operator, value, right, branch),
            (Operand::Value(value), Operand::Key(key)) => {
                self.key_value(key, commuted(operator), value, left, branch);
            }
            (Operand::Key(l), Operand::Key(r)) if l.relation != r.relation => match operator {
                "=" => self.join_equality(l, r, branch),
                "<" | "<=" | ">" | ">=" => {
                    let (left_of, right_of) = (l.relation, r.relation);
                    self.add(l, PredicateKind::Range, Value::Column(right_of), branch, None);
                    self.add(r, PredicateKind::Range, Value::Column(left_of), branch, None);
                }
                _ => {}
            },
            // `key = expression of others`: the other side is fixed once its relations are read.
            (Operand::Key(key), Operand::Other) if !self.mentions(right, key.relation) => {
                self.key_value(key, operator, Value::Other, right, branch);
            }
            (Operand::Other, Operand::Key(key)) if !self.mentions(left, key.relation) => {
                self.key_value(key, commuted(operator), Value::Other, left, branch);
            }
            _ => {}
        }
    }

    fn mentions(&self, node: &ast::Node, relation: usize) -> bool {
        let Some(references) = tree::column_references(node) else { return true };
        references.into_iter().any(|reference| match self.resolve(reference) {
            super::scope::Resolved::Located(located) => located.relation == relation,
            super::scope::Resolved::Computed | super::scope::Resolved::Unknown => false,
        })
    }

    fn key_value(&mut self, key: Located, operator: &str, value: Value, value_node: &ast::Node, branch: usize) {
        let kind = match operator {
            "=" => PredicateKind::Equal,
            "<>" => PredicateKind::NotEqual,
            "<" | "<=" | ">" | ">=" => PredicateKind::Range,
            "@>" => PredicateKind::Contains,
            "&&" => PredicateKind::Overlaps,
            "?" | "?|" | "?&" => PredicateKind::HasKey,
            "@@" => PredicateKind::TextSearch,
            "^@" => PredicateKind::Prefix,
            "~" | "~*" | "%" => PredicateKind::Pattern(literal::text(value_node).map(|text| longest_word(&text))),
            _ => return,
        };
        self.bind(&key, operator, value_node);
        let sql = match (&kind, &value) {
            (PredicateKind::Equal, Value::Literal { sql, .. }) => Some(format!("{} = {sql}", key.key.sql())),
            (PredicateKind::NotEqual, Value::Literal { sql, .. }) => Some(format!("{} <> {sql}", key.key.sql())),
            _ => None,
        };
        self.add(key, kind, value, branch, sql);
    }

    fn in_list(&mut self, left: &ast::Node, right: &ast::Node, member: bool, branch: usize) {
        let Some(NodeEnum::List(list)) = right.node.as_ref() else { return };
        let values: Vec<Operand> = list.items.iter().map(|item| self.operand(item)).collect();
        let Operand::Key(key) = self.operand(left) else { return };
        let literals: Option<Vec<String>> = values
            .iter()
            .map(|value| match value {
                Operand::Value(Value::Literal { sql, .. }) => Some(sql.clone()),
                _ => None,
            })
            .collect();
        if values.iter().all(|value| matches!(value, Operand::Value(_))) {
            for item in &list.items {
                self.bind(&key, "=", item);
            }
            let word = if member { "IN" } else { "NOT IN" };
            let sql = literals.map(|literals| format!("{} {word} ({})", key.key.sql(), literals.join(", ")));
            let kind = if member { PredicateKind::In(Some(values.len())) } else { PredicateKind::NotEqual };
            self.add(key, kind, Value::Other, branch, sql);
        }
    }

    fn like(&mut self, subject: &ast::Node, pattern: &ast::Node, branch: usize, ignore_case: bool) {
        let (Operand::Key(key), Operand::Value(value)) = (self.operand(subject), self.operand(pattern)) else { return };
        self.bind(&key, if ignore_case { "~~*" } else { "~~" }, pattern);
        let shape = literal::text(pattern).map(|text| literal::like(&text));
        let kind = match shape {
            Some(shape) if shape.prefix && !ignore_case => PredicateKind::Prefix,
            other => PredicateKind::Pattern(other.map(|shape| shape.longest)),
        };
        self.add(key, kind, value, branch, None);
    }

    fn prefix(&mut self, subject: &ast::Node, prefix: &ast::Node, branch: usize) {
        if let (Operand::Key(key), Operand::Value(value)) = (self.operand(subject), self.operand(prefix)) {
            self.bind(&key, "^@", prefix);
            self.add(key, PredicateKind::Prefix, value, branch, None);
        }
    }

    /// An equality between two relations serves either as the inner side of a nested loop.
    pub(super) fn join_equality(&mut self, left: Located, right: Located, branch: usize) {
        let (left_of, right_of) = (left.relation, right.relation);
        self.add(left, PredicateKind::Equal, Value::Column(right_of), branch, None);
        self.add(right, PredicateKind::Equal, Value::Column(left_of), branch, None);
    }

    /// Notes what a placeholder on the other side of a comparison is compared with. A function
    /// of the placeholder (`lower($1)`) takes values of the same key.
    fn bind(&mut self, key: &Located, operator: &str, value: &ast::Node) {
        let mut inner = value;
        loop {
            match inner.node.as_ref() {
                Some(NodeEnum::ParamRef(parameter)) => {
                    let (relation, key) = (key.relation, key.key.clone());
                    let found = ParameterUse::Compared { relation, key, operator: operator.to_owned() };
                    self.shape.bindings.entry(parameter.number).or_insert(found);
                    return;
                }
                Some(NodeEnum::TypeCast(cast)) if cast.arg.is_some() => {
                    if let Some(argument) = cast.arg.as_deref() {
                        inner = argument;
                    }
                }
                Some(NodeEnum::FuncCall(call)) if call.args.len() == 1 => {
                    if let Some(argument) = call.args.first() {
                        inner = argument;
                    }
                }
                _ => return,
            }
        }
    }

    fn add(&mut self, key: Located, kind: PredicateKind, value: Value, branch: usize, constant_sql: Option<String>) {
        let relation = key.relation;
        self.add_predicate(relation, Predicate { key: key.key, kind, value, branch, constant_sql });
    }

    /// A subquery in an expression: walked once, and joined to the outside where it is `IN`.
    pub(super) fn sub_link(&mut self, link: &ast::SubLink, branch: usize) -> Result<(), ShapeError> {
        let kind = ast::SubLinkType::try_from(link.sub_link_type);
        let columns = match link.subselect.as_deref() {
            Some(query) => self.query(query, kind == Ok(ast::SubLinkType::ExistsSublink))?,
            None => Vec::new(),
        };
        let Some(outer) = link.testexpr.as_deref() else { return Ok(()) };
        self.visit(outer)?;
        let is_in = link.oper_name.is_empty() || tree::last_name(&link.oper_name) == "=";
        if kind == Ok(ast::SubLinkType::AnySublink)
            && is_in
            && let Operand::Key(outer) = self.operand(outer)
        {
            match columns.into_iter().next().and_then(|column| column.origin) {
                Some(inner) => self.join_equality(outer, inner, branch),
                None => self.add(outer, PredicateKind::Equal, Value::Other, branch, None),
            }
        }
        Ok(())
    }
}

/// The operator with its sides exchanged.
fn commuted(operator: &str) -> &str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "<@" => "@>",
        "=" | "<>" | "&&" | "@@" | "%" => operator,
        // The rest means something else, or nothing, the other way round.
        _ => "",
    }
}

/// The longest run of word characters in a regular expression or a search text.
fn longest_word(text: &str) -> usize {
    text.split(|c: char| !c.is_alphanumeric()).map(|word| word.chars().count()).max().unwrap_or(0)
}
