//! Follows every name of a statement to the code behind it, through views, policies, domains,
//! operators, casts, aggregates and the bodies of functions.

use std::collections::BTreeSet;

use dbwright_sql::{Item, RelationRef};

use super::{
    body, embedded, extensions,
    facts::{Facts, Function, Known, Operator, Relation, Type, Wanted},
    mentions::{Call, Mentions, Name},
    rules, volatile,
};
use crate::Refusal;

/// Objects behind objects that are looked into; beyond it nothing is believed.
const MOST_OBJECTS: usize = 500;

/// One judgement under way.
pub(super) struct Inspection<'a> {
    facts: &'a Facts,
    /// What must be asked before the judgement can end.
    pub(super) wanted: Wanted,
    /// The first reason against it.
    pub(super) refusal: Option<Refusal>,
    seen: BTreeSet<(Class, u32)>,
    /// From the statement to what is looked at now: `view app.totals`.
    via: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Call,
    Function,
    Relation,
    Type,
}

/// How a function is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// By a call that the rules of the tree have seen, arguments and all.
    Called,
    /// By an operator, a cast, an aggregate, a dot, or a word of code.
    Otherwise,
}

impl<'a> Inspection<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts, wanted: Wanted::default(), refusal: None, seen: BTreeSet::new(), via: Vec::new() }
    }

    /// Judges all names of a tree; `path` is the search path under which they are looked up.
    pub(super) fn names(&mut self, item: &Item, path: &[String]) {
        let mentions = Mentions::of(item);
        // First, because their reasons are better: a dot hides a call from the rules of the tree.
        for attribute in &mentions.attributes {
            self.attribute(attribute, path);
        }
        for call in &mentions.calls {
            self.call(call, path);
        }
        for operator in &mentions.operators {
            self.operator(operator, path);
        }
        for relation in &mentions.relations {
            self.relation_name(relation, path);
        }
        for name in &mentions.types {
            self.type_name(name, path);
        }
    }

    /// Judges a tree that the statement reaches: the rules of the tree, then its names.
    fn nested(&mut self, item: &Item, path: &[String]) {
        if let Some(refusal) = rules::nested_refusal(item) {
            self.refuse(refusal.rule, refusal.reason);
        }
        self.names(item, path);
    }

    fn expression(&mut self, text: &str, path: &[String]) {
        match dbwright_sql::parse(&format!("SELECT {text}")) {
            Ok(parsed) => parsed.items().iter().for_each(|item| self.nested(item, path)),
            Err(_) => {
                self.refuse("unreadable", format!("the expression {} cannot be read", dbwright_sql::brief(text, 60)))
            }
        }
    }

    /// Expressions that are planned but not evaluated: only calls whose arguments are constants
    /// run, those of functions in SQL included, which the planner may unfold.
    fn folded(&mut self, text: &str, path: &[String]) {
        let Ok(parsed) = dbwright_sql::parse(&format!("SELECT {text}")) else { return };
        for item in parsed.items() {
            let mut constant = Vec::new();
            item.walk(&mut |node| {
                if node.name == "FuncCall" {
                    let mut reads_column = false;
                    node.walk(&mut |inner| reads_column |= inner.name == "ColumnRef");
                    constant.push((node, reads_column));
                }
            });
            for (node, reads_column) in constant {
                for call in &Mentions::of(node).calls {
                    if !reads_column || self.is_sql(call, path) {
                        self.call(call, path);
                    }
                }
            }
        }
    }

    /// Whether a call may mean a function of users in SQL.
    fn is_sql(&mut self, call: &Call, path: &[String]) -> bool {
        match self.facts.functions(call.name.schema.as_deref(), &call.name.name, path) {
            Known::NotAsked => {
                self.wanted.functions.insert(call.name.name.clone());
                false
            }
            Known::All(found) => found.iter().any(|function| !function.system && function.language == "sql"),
        }
    }

    fn refuse(&mut self, rule: &'static str, reason: String) {
        if self.refusal.is_none() {
            let reason =
                if self.via.is_empty() { reason } else { format!("through {}: {reason}", self.via.join(", ")) };
            self.refusal = Some(Refusal { rule, reason });
        }
    }

    fn through(&mut self, what: String, work: impl FnOnce(&mut Self)) {
        self.via.push(what);
        work(self);
        self.via.pop();
    }

    /// Whether the object is met for the first time and may be looked into.
    fn enter(&mut self, class: Class, oid: u32) -> bool {
        if !self.seen.insert((class, oid)) {
            return false;
        }
        if self.seen.len() > MOST_OBJECTS {
            self.refuse("too_many_objects", format!("more than {MOST_OBJECTS} objects stand behind the statement"));
            return false;
        }
        true
    }

    fn call(&mut self, call: &Call, path: &[String]) {
        let Name { schema, name } = &call.name;
        if self.facts.trusts(schema.as_deref(), name) {
            return;
        }
        match self.facts.functions(schema.as_deref(), name, path) {
            Known::NotAsked => {
                self.wanted.functions.insert(name.clone());
            }
            Known::All(found) if found.is_empty() && self.facts.is_embedded() => {
                let cast = embedded::is_builtin_type(name) && call.arguments == 1;
                if !cast {
                    self.refuse("unknown_function", unknown(&call.name.shown()));
                }
            }
            Known::All(found) => {
                let takes = |function: &&Function| {
                    call.arguments == u32::MAX
                        || (function.min_args <= call.arguments
                            && function.max_args.is_none_or(|most| call.arguments <= most))
                };
                // The embedded table knows no numbers of arguments beyond "one is enough".
                let all = self.facts.is_embedded();
                found
                    .iter()
                    .filter(|function| all || takes(function))
                    .for_each(|function| self.function(function, path, Reached::Called));
            }
        }
    }

    /// `t.name` is a column, or else a call of a function that takes one argument.
    fn attribute(&mut self, name: &str, path: &[String]) {
        match self.facts.functions(None, name, path) {
            Known::NotAsked => {
                self.wanted.functions.insert(name.to_owned());
            }
            Known::All(found) => {
                let unary = |function: &&Function| function.min_args <= 1 && function.max_args != Some(0);
                found.iter().filter(unary).for_each(|function| self.function(function, path, Reached::Otherwise));
            }
        }
    }

    fn operator(&mut self, operator: &Name, path: &[String]) {
        if self.facts.is_embedded() {
            let usual = operator
                .schema
                .as_deref()
                .is_none_or(|schema| matches!(schema, "pg_catalog" | "public" | "extensions"));
            if !(usual && embedded::is_known_operator(&operator.name)) {
                let shown = operator.shown();
                self.refuse("unknown_operator", format!("the operator {shown} is not one of PostgreSQL's: {LOOK}"));
            }
            return;
        }
        match self.facts.operators(operator.schema.as_deref(), &operator.name, path) {
            Known::NotAsked => {
                self.wanted.operators.insert(operator.name.clone());
            }
            Known::All(found) => {
                for Operator { name, function, .. } in found {
                    self.through(format!("operator {name}"), |inner| inner.function_oid(function, path));
                }
            }
        }
    }

    fn function_oid(&mut self, oid: u32, path: &[String]) {
        match self.facts.function(oid) {
            Known::NotAsked => {
                self.wanted.function_oids.insert(oid);
            }
            Known::All(found) => found.iter().for_each(|function| self.function(function, path, Reached::Otherwise)),
        }
    }

    /// The rule of functions: by owner, label, language and body.
    fn function(&mut self, function: &Function, path: &[String], reached: Reached) {
        let class = if reached == Reached::Called { Class::Call } else { Class::Function };
        if function.oid != 0 && !self.enter(class, function.oid) {
            return;
        }
        let shown = if function.schema == "pg_catalog" {
            function.name.clone()
        } else {
            format!("{}.{}", function.schema, function.name)
        };
        if self.facts.trusts(Some(&function.schema), &function.name) {
            return;
        }
        if function.security_definer {
            self.refuse("security_definer", format!("{shown}() runs with the rights of its owner (SECURITY DEFINER)"));
            return;
        }
        match (function.system && matches!(function.language.as_str(), "internal" | "c" | "sql"), &function.extension) {
            (true, _) => self.labelled(function, None, &shown, reached),
            (false, Some(extension)) if extensions::is_reaching(extension) => self.refuse(
                "reaching_extension",
                format!("{shown}() is of the extension {extension}, which reaches beyond the database"),
            ),
            (false, Some(extension)) if extensions::is_trusted(extension) => {
                self.labelled(function, Some(extension), &shown, reached);
            }
            (false, Some(extension)) => self.refuse(
                "unknown_extension",
                format!("{shown}() is of the extension {extension}, which this policy does not know; {ALLOW}"),
            ),
            (false, None) => self.of_users(function, &shown, path),
        }
    }

    /// Functions whose label is believed.
    fn labelled(&mut self, function: &Function, extension: Option<&str>, shown: &str, reached: Reached) {
        // A call has been seen with its arguments; behind an operator or a dot they are out of sight.
        if reached == Reached::Otherwise
            && let Some(refusal) = rules::unseen_call(&function.name)
        {
            self.refuse(refusal.rule, refusal.reason);
        }
        if function.volatility == 'v' && !volatile::only_reads(extension, &function.name) {
            self.refuse("volatile_function", format!("{shown}() is volatile and not known to only read; {ALLOW}"));
        }
        // A table of types made by users may stand behind an argument: (row).field.
        self.type_oids(&function.types, &[]);
    }

    /// Functions that somebody has written: aggregates by their parts, code by its text.
    fn of_users(&mut self, function: &Function, shown: &str, path: &[String]) {
        self.through(format!("function {shown}"), |inner| {
            inner.type_oids(&function.types, path);
            if function.kind_is_aggregate() {
                function.parts.iter().for_each(|part| inner.function_oid(*part, path));
                return;
            }
            match body::read(function) {
                Err(reason) => inner.refuse("user_function", format!("{shown}() {reason}; {ALLOW}")),
                Ok(body) => {
                    let own = body.path.unwrap_or_else(|| path.to_vec());
                    body.trees.iter().for_each(|item| inner.nested(item, &own));
                    body.words.iter().for_each(|word| inner.word(word, &own));
                    body.operators.iter().for_each(|operator| {
                        inner.operator(&Name { schema: None, name: operator.clone() }, &own);
                    });
                }
            }
        });
    }

    /// A word of procedural code may name anything.
    fn word(&mut self, word: &str, path: &[String]) {
        if word != rules::CURRENT_SETTING {
            self.attribute(word, path);
        }
        let relation = RelationRef { schema: None, name: word.to_owned(), alias: None };
        if let Some(refusal) = rules::secret_name(word) {
            self.refuse(refusal.rule, refusal.reason);
        }
        self.relation_name(&relation, path);
        self.type_name(&Name { schema: None, name: word.to_owned() }, path);
        // Without a tree the number of arguments is not known: every function of the name counts.
        // Which settings are read, the vocabulary has checked.
        if word != rules::CURRENT_SETTING
            && let Known::All(found) = self.facts.functions(None, word, path)
        {
            found.iter().for_each(|function| self.function(function, path, Reached::Otherwise));
        }
    }

    fn relation_name(&mut self, relation: &RelationRef, path: &[String]) {
        if self.facts.is_embedded() {
            return;
        }
        match self.facts.relations(relation.schema.as_deref(), &relation.name, path) {
            Known::NotAsked => {
                self.wanted.relations.insert(relation.name.clone());
            }
            Known::All(found) => found.iter().for_each(|found| self.relation(found, path)),
        }
    }

    fn relation(&mut self, relation: &Relation, path: &[String]) {
        if relation.system || !self.enter(Class::Relation, relation.oid) {
            return;
        }
        let kind = match relation.kind {
            'v' => "view",
            'f' => "foreign table",
            _ => "table",
        };
        let shown = format!("{kind} {}.{}", relation.schema, relation.name);
        self.through(shown, |inner| {
            if let Some(reason) =
                relation.wrapper.as_deref().and_then(|wrapper| extensions::foreign_refusal(wrapper, &relation.options))
            {
                inner.refuse("foreign_table", reason);
            }
            if let Some(definition) = &relation.definition {
                match dbwright_sql::parse(definition) {
                    Ok(parsed) => parsed.items().iter().for_each(|item| inner.nested(item, path)),
                    Err(_) => inner.refuse("unreadable", "its definition cannot be read".to_owned()),
                }
            }
            relation.expressions.iter().for_each(|text| inner.expression(text, path));
            relation.folded.iter().for_each(|text| inner.folded(text, path));
            inner.type_oids(&relation.types, path);
            for child in &relation.children {
                match inner.facts.relation(*child) {
                    Known::NotAsked => {
                        inner.wanted.relation_oids.insert(*child);
                    }
                    Known::All(found) => found.iter().for_each(|child| inner.relation(child, path)),
                }
            }
        });
    }

    fn type_name(&mut self, name: &Name, path: &[String]) {
        if self.facts.is_embedded() || name.schema.as_deref() == Some("pg_catalog") {
            return;
        }
        match self.facts.types(name.schema.as_deref(), &name.name, path) {
            Known::NotAsked => {
                self.wanted.types.insert(name.name.clone());
            }
            Known::All(found) => found.iter().for_each(|found| self.of_type(found, path)),
        }
    }

    fn type_oids(&mut self, oids: &[u32], path: &[String]) {
        for oid in oids {
            match self.facts.type_of(*oid) {
                Known::NotAsked => {
                    self.wanted.type_oids.insert(*oid);
                }
                Known::All(found) => found.iter().for_each(|found| self.of_type(found, path)),
            }
        }
    }

    fn of_type(&mut self, found: &Type, path: &[String]) {
        if !self.enter(Class::Type, found.oid) {
            return;
        }
        self.through(format!("type {}.{}", found.schema, found.name), |inner| {
            found.expressions.iter().for_each(|text| inner.expression(text, path));
            inner.type_oids(&found.types, path);
            found.casts.iter().for_each(|oid| inner.function_oid(*oid, path));
        });
    }
}

impl Function {
    fn kind_is_aggregate(&self) -> bool {
        !self.parts.is_empty()
    }
}

const LOOK: &str = "with a database (--db) its function is looked at";
const ALLOW: &str = "a policy rule can allow it by name";

fn unknown(shown: &str) -> String {
    format!("{shown}() does not come with PostgreSQL: with a database (--db) its body is looked at, or {ALLOW}")
}
