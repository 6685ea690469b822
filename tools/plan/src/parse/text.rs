//! TEXT to the JSON form: indentation to nesting, lines to keys.

use serde_json::Value;

use super::{clean, line, property, value::Object};
use crate::PlanError;

/// A node whose children are still being read.
struct Open {
    column: usize,
    properties: Object,
    children: Vec<Value>,
    /// The worker whose lines are being read, and the indentation of its first.
    worker: Option<usize>,
    worker_indent: usize,
}

/// What follows the plan proper.
#[derive(Clone, Copy, PartialEq)]
enum Footer {
    None,
    Planning,
    Jit,
    Other,
}

struct Reader {
    stack: Vec<Open>,
    document: Object,
    heading: Option<String>,
    last_key: Option<String>,
    footer: Footer,
    root_column: usize,
    /// The line of each node, in the order of the text, which is pre-order.
    node_lines: Vec<usize>,
    number: usize,
}

/// The JSON form of a TEXT plan, and the line of each node in pre-order.
pub(super) fn to_value(text: &str) -> Result<(Value, Vec<usize>), PlanError> {
    let mut reader = Reader {
        stack: Vec::new(),
        document: Object::new(),
        heading: None,
        last_key: None,
        footer: Footer::None,
        root_column: 0,
        node_lines: Vec::new(),
        number: 0,
    };
    let lines = clean::plan_lines(text);
    // With COSTS OFF and no ANALYZE nothing marks the root but being first.
    let marked = lines.iter().any(|(_, text)| line::node_line(text).is_some_and(|node| node.figures && !node.arrow));
    let has_arrow = lines.iter().any(|(_, text)| text.trim_start().starts_with("->"));
    for (number, text) in &lines {
        reader.number = *number;
        reader.line(text, marked, has_arrow);
    }
    reader.close_to(0);
    if !reader.document.contains_key("Plan") {
        return Err(PlanError::NoNode);
    }
    Ok((Value::Object(reader.document), reader.node_lines))
}

impl Reader {
    fn line(&mut self, text: &str, marked: bool, has_arrow: bool) {
        let indent = text.len() - text.trim_start().len();
        let started = !self.stack.is_empty() || self.document.contains_key("Plan");
        if !started {
            if let Some(query) = text.trim_start().strip_prefix("Query Text: ") {
                self.document.insert("Query Text".to_owned(), query.into());
                return;
            }
            if let Some(node) = line::node_line(text) {
                let known = node
                    .properties
                    .get("Node Type")
                    .and_then(Value::as_str)
                    .is_some_and(|name| crate::Kind::from_node_type(name) != crate::Kind::Other);
                if node.figures || (!marked && known && (has_arrow || property::key_value(text).is_none())) {
                    self.root_column = indent;
                    self.open(node);
                }
            }
            return;
        }
        if self.footer == Footer::None {
            if is_heading(text) {
                self.heading = Some(text.trim().to_owned());
                return;
            }
            if let Some(node) = line::node_line(text)
                && node.arrow
            {
                self.open(node);
                return;
            }
        }
        self.property(text, indent);
    }

    fn open(&mut self, node: line::NodeLine) {
        // The root has no arrow; what hangs on it starts right of its own column.
        let column = if node.arrow { node.column + 1 } else { 0 };
        self.close_to(column.max(1));
        let mut properties = node.properties;
        if let Some(heading) = self.heading.take() {
            let relationship = if heading.starts_with("SubPlan") { "SubPlan" } else { "InitPlan" };
            properties.insert("Parent Relationship".to_owned(), relationship.into());
            properties.insert("Subplan Name".to_owned(), heading.into());
        }
        self.last_key = None;
        self.node_lines.push(self.number);
        self.stack.push(Open { column, properties, children: Vec::new(), worker: None, worker_indent: 0 });
    }

    /// Closes nodes at or right of `column`; 0 closes all.
    fn close_to(&mut self, column: usize) {
        while self.stack.last().is_some_and(|open| open.column >= column) {
            let Some(mut closed) = self.stack.pop() else { return };
            if !closed.children.is_empty() {
                closed.properties.insert("Plans".to_owned(), Value::Array(closed.children));
            }
            let value = Value::Object(closed.properties);
            match self.stack.last_mut() {
                Some(parent) => parent.children.push(value),
                None => {
                    self.document.insert("Plan".to_owned(), value);
                }
            }
        }
    }

    fn property(&mut self, text: &str, indent: usize) {
        let trimmed = text.trim();
        if indent <= self.root_column && self.footer_line(trimmed) {
            return;
        }
        match self.footer {
            Footer::None => {}
            Footer::Planning | Footer::Jit => return self.footer_property(trimmed),
            Footer::Other => return,
        }
        let Some(open) = self.stack.last_mut() else { return };
        let Some((key, value)) = property::key_value(trimmed) else {
            return continue_value(open, self.last_key.as_deref(), trimmed);
        };
        if let Some(number) = key.strip_prefix("Worker ").and_then(|number| number.parse().ok()) {
            open.worker = Some(number);
            open.worker_indent = indent;
            return worker_line(open, number, value);
        }
        if let Some(number) = open.worker
            && indent > open.worker_indent
        {
            let worker = worker(open, number);
            return property::add(worker, key, value);
        }
        open.worker = None;
        self.last_key = property::may_wrap(key).then(|| key.to_owned());
        property::add(&mut open.properties, key, value);
    }

    /// A line at the root's own column: the footer. False when it is nothing known.
    fn footer_line(&mut self, trimmed: &str) -> bool {
        if let Some(rest) = trimmed.strip_prefix("Trigger ") {
            self.trigger(rest);
            self.footer = Footer::Other;
            return true;
        }
        let Some((key, value)) = property::key_value(trimmed) else { return false };
        let milliseconds = value.trim_end_matches(" ms");
        match key.to_ascii_lowercase().as_str() {
            "planning time" => self.document.insert("Planning Time".to_owned(), milliseconds.into()),
            "execution time" | "total runtime" => {
                self.document.insert("Execution Time".to_owned(), milliseconds.into())
            }
            "query identifier" => self.document.insert("Query Identifier".to_owned(), value.into()),
            "settings" => self.document.insert("Settings".to_owned(), settings(value)),
            "planning" => {
                self.footer = Footer::Planning;
                self.document.insert("Planning".to_owned(), Value::Object(Object::new()));
                return true;
            }
            "jit" => {
                self.footer = Footer::Jit;
                self.document.insert("JIT".to_owned(), Value::Object(Object::new()));
                return true;
            }
            "serialization" => None,
            _ => return false,
        };
        self.footer = Footer::Other;
        true
    }

    fn footer_property(&mut self, trimmed: &str) {
        let Some((key, value)) = property::key_value(trimmed) else { return };
        let section = if self.footer == Footer::Jit { "JIT" } else { "Planning" };
        let Some(Value::Object(object)) = self.document.get_mut(section) else { return };
        match key {
            "Buffers" => property::buffers(object, value),
            "Functions" => {
                object.insert(key.to_owned(), value.into());
            }
            "Timing" => {
                let total = value.rsplit_once("Total ").map_or("0", |(_, rest)| rest.trim_end_matches(" ms"));
                let timing = Object::from_iter([("Total".to_owned(), total.into())]);
                object.insert(key.to_owned(), Value::Object(timing));
            }
            _ => {}
        }
    }

    /// `for constraint fk on t: time=1.2 calls=3`, `audit: …`, `audit on t: …`.
    fn trigger(&mut self, rest: &str) {
        let Some((name, figures)) = rest.rsplit_once(": ") else { return };
        let (name, relation) = name.split_once(" on ").map_or((name, None), |(name, on)| (name, Some(on)));
        let mut trigger = Object::new();
        match name.strip_prefix("for constraint ") {
            Some(constraint) => trigger.insert("Constraint Name".to_owned(), constraint.into()),
            None => trigger.insert("Trigger Name".to_owned(), name.into()),
        };
        if let Some(relation) = relation {
            trigger.insert("Relation".to_owned(), relation.into());
        }
        for (key, number) in figures.split(' ').filter_map(|word| word.split_once('=')) {
            let key = if key == "time" { "Time" } else { "Calls" };
            trigger.insert(key.to_owned(), number.into());
        }
        let list = self.document.entry("Triggers").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(Value::Object(trigger));
        }
    }
}

/// `InitPlan 1 (returns $0)`, `SubPlan 2`, `CTE recent`.
fn is_heading(text: &str) -> bool {
    let text = text.trim();
    ["InitPlan ", "SubPlan ", "CTE "].iter().any(|word| text.starts_with(word)) && !text.contains("(cost=")
}

/// Appends a wrapped line to the expression or list before it.
fn continue_value(open: &mut Open, key: Option<&str>, text: &str) {
    match key.and_then(|key| open.properties.get_mut(key)) {
        Some(Value::String(known)) => {
            known.push(' ');
            known.push_str(text);
        }
        Some(Value::Array(known)) => {
            if let Some(Value::String(last)) = known.last_mut() {
                last.push(' ');
                last.push_str(text);
            }
        }
        _ => {}
    }
}

/// The entry of one worker, made when first seen.
fn worker(open: &mut Open, number: usize) -> &mut Object {
    let list = open.properties.entry("Workers").or_insert_with(|| Value::Array(Vec::new()));
    if !list.is_array() {
        *list = Value::Array(Vec::new());
    }
    let Value::Array(list) = list else { unreachable!("made an array above") };
    let known = list.iter().position(|item| item.get("Worker Number").and_then(Value::as_u64) == Some(number as u64));
    let at = known.unwrap_or_else(|| {
        list.push(Value::Object(Object::from_iter([("Worker Number".to_owned(), (number as u64).into())])));
        list.len() - 1
    });
    match list.get_mut(at) {
        Some(Value::Object(object)) => object,
        _ => unreachable!("every entry of Workers is an object"),
    }
}

/// `actual time=…` or `Sort Method: …` after `Worker 0:`.
fn worker_line(open: &mut Open, number: usize, value: &str) {
    let object = worker(open, number);
    if let Some(figures) = value.strip_prefix("actual ") {
        if let Some(node) = line::node_line(&format!("Worker (actual {figures})")) {
            object.extend(node.properties.into_iter().filter(|(key, _)| key.starts_with("Actual")));
        }
    } else if let Some((key, value)) = property::key_value(value) {
        property::add(object, key, value);
    }
}

/// `work_mem = '64kB', jit = 'off'`.
fn settings(value: &str) -> Value {
    let mut object = Object::new();
    let mut rest = value;
    while let Some((name, after)) = rest.split_once(" = '") {
        let end = after.find('\'').unwrap_or(after.len());
        let setting = after.get(..end).unwrap_or_default();
        object.insert(name.trim_start_matches([',', ' ']).to_owned(), setting.into());
        rest = after.get(end + 1..).unwrap_or_default();
    }
    Value::Object(object)
}
