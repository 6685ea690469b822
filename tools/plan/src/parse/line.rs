//! One node line of TEXT: `->  Parallel Seq Scan on public.orders o  (cost=…) (actual …)`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::value::Object;

/// A node line, taken apart.
pub(super) struct NodeLine {
    /// Column of `->`; the root's column when there is none.
    pub(super) column: usize,
    /// Whether it has `->`.
    pub(super) arrow: bool,
    /// Whether it has costs, actuals or "never executed".
    pub(super) figures: bool,
    /// Properties under the JSON form's keys.
    pub(super) properties: Object,
}

static FIGURES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?P<name>.*?)\s*",
        r"(?:\(cost=(?P<startup>[\d.]+)\.\.(?P<total>[\d.]+) rows=(?P<rows>\d+) width=(?P<width>\d+)\))?\s*",
        r"(?:\((?:actual (?:time=(?P<first>[\d.]+)\.\.(?P<last>[\d.]+) )?rows=(?P<actual>[\d.]+) loops=(?P<loops>\d+)|(?P<never>never executed))\))?\s*$",
    ))
    .ok()
});

/// Takes a line apart; none if it is empty.
pub(super) fn node_line(line: &str) -> Option<NodeLine> {
    let body = line.trim_start();
    let column = line.len() - body.len();
    let (arrow, body) = match body.strip_prefix("->") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, body),
    };
    let found = FIGURES.as_ref()?.captures(body)?;
    let name = found.name("name").map_or("", |text| text.as_str()).trim();
    if name.is_empty() {
        return None;
    }
    let mut properties = Object::new();
    for (group, key) in [
        ("startup", "Startup Cost"),
        ("total", "Total Cost"),
        ("rows", "Plan Rows"),
        ("width", "Plan Width"),
        ("first", "Actual Startup Time"),
        ("last", "Actual Total Time"),
        ("actual", "Actual Rows"),
        ("loops", "Actual Loops"),
    ] {
        if let Some(text) = found.name(group) {
            properties.insert(key.to_owned(), text.as_str().into());
        }
    }
    if found.name("never").is_some() {
        properties.insert("Actual Rows".to_owned(), 0.into());
        properties.insert("Actual Loops".to_owned(), 0.into());
    }
    let figures = !properties.is_empty();
    name_properties(name, &mut properties);
    Some(NodeLine { column, arrow, figures, properties })
}

/// `Parallel Index Scan Backward using i on s.t a` as JSON keys.
fn name_properties(name: &str, properties: &mut Object) {
    let mut set = |key: &str, value: Value| {
        properties.insert(key.to_owned(), value);
    };
    let mut name = name;
    if let Some(rest) = name.strip_prefix("Async ") {
        name = rest;
    }
    if let Some(rest) = name.strip_prefix("Parallel ") {
        set("Parallel Aware", true.into());
        name = rest;
    }
    for mode in ["Partial", "Finalize"] {
        if let Some(rest) = name.strip_prefix(mode).and_then(|rest| rest.strip_prefix(' ')) {
            set("Partial Mode", mode.into());
            name = rest;
        }
    }
    for (text, strategy) in
        [("GroupAggregate", "Sorted"), ("HashAggregate", "Hashed"), ("MixedAggregate", "Mixed"), ("Aggregate", "Plain")]
    {
        if name == text {
            set("Node Type", "Aggregate".into());
            set("Strategy", strategy.into());
            return;
        }
    }
    for (prefix, node_type) in [("Hash", "Hash Join"), ("Merge", "Merge Join"), ("Nested Loop", "Nested Loop")] {
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        let rest = rest.trim_start();
        let join = rest.strip_suffix("Join").map(str::trim_end);
        if prefix == "Nested Loop" && rest.is_empty() {
            set("Node Type", node_type.into());
            return;
        }
        if let Some(join) = join
            && matches!(join, "" | "Left" | "Right" | "Full" | "Semi" | "Anti" | "Right Semi" | "Right Anti")
        {
            set("Node Type", node_type.into());
            if !join.is_empty() {
                set("Join Type", join.into());
            }
            return;
        }
    }
    for operation in ["Insert", "Update", "Delete", "Merge"] {
        if let Some(target) = name.strip_prefix(operation).and_then(|rest| rest.strip_prefix(" on ")) {
            set("Node Type", "ModifyTable".into());
            set("Operation", operation.into());
            relation(target, properties);
            return;
        }
    }
    for (text, strategy) in [("HashSetOp", "Hashed"), ("SetOp", "Sorted")] {
        if name == text || name.starts_with(&format!("{text} ")) {
            set("Node Type", "SetOp".into());
            set("Strategy", strategy.into());
            return;
        }
    }
    scan(name, properties);
}

/// Scans, and every node that is its own name.
fn scan(name: &str, properties: &mut Object) {
    let (mut kind, target) = match name.split_once(" on ") {
        Some((kind, target)) => (kind, Some(target)),
        None => (name, None),
    };
    if let Some((before, index)) = kind.split_once(" using ") {
        properties.insert("Index Name".to_owned(), identifiers(index).concat().into());
        kind = before;
    }
    if let Some(before) = kind.strip_suffix(" Backward") {
        properties.insert("Scan Direction".to_owned(), "Backward".into());
        kind = before;
    }
    properties.insert("Node Type".to_owned(), kind.into());
    let Some(target) = target else { return };
    match kind {
        "Bitmap Index Scan" => {
            properties.insert("Index Name".to_owned(), identifiers(target).concat().into());
        }
        "Subquery Scan" | "Values Scan" => {
            properties.insert("Alias".to_owned(), identifiers(target).concat().into());
        }
        "CTE Scan" | "WorkTable Scan" => named("CTE Name", target, properties),
        "Function Scan" => named("Function Name", target, properties),
        _ => relation(target, properties),
    }
}

/// `name alias` under `key` and `Alias`.
fn named(key: &str, target: &str, properties: &mut Object) {
    relation(target, properties);
    if let Some(name) = properties.remove("Relation Name") {
        properties.insert(key.to_owned(), name);
    }
}

/// `schema.relation alias`, each part quoted or not.
fn relation(target: &str, properties: &mut Object) {
    let mut parts = identifiers(target);
    let alias = match parts.iter().position(|part| part == " ") {
        Some(at) => parts.split_off(at).into_iter().nth(1),
        None => None,
    };
    parts.retain(|part| part != ".");
    if let Some(name) = parts.pop() {
        properties.insert("Alias".to_owned(), alias.unwrap_or_else(|| name.clone()).into());
        properties.insert("Relation Name".to_owned(), name.into());
    }
    if let Some(schema) = parts.pop() {
        properties.insert("Schema".to_owned(), schema.into());
    }
}

/// Unquoted identifiers with `.` and ` ` between them.
fn identifiers(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut chars = text.trim().chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                current.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            '.' | ' ' if !quoted => {
                parts.push(std::mem::take(&mut current));
                parts.push(c.to_string());
            }
            _ => current.push(c),
        }
    }
    parts.push(current);
    parts
}
