//! Evidence as short facts, grouped by where it was read.

use dbwright_finding::Evidence;
use serde_json::Value;

use super::words::{bytes, cut, grouped, millis, number, percent, plain, seconds};

/// Longest text of one fact.
const LONGEST: usize = 60;

/// Facts of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sourced {
    /// Where they were read: `explain#3`, `pg_class`.
    pub(super) source: String,
    /// Each as `name value`.
    pub(super) facts: Vec<String>,
}

/// The evidence by source, in the order in which the sources first appear.
pub(super) fn by_source(evidence: &[Evidence]) -> Vec<Sourced> {
    let mut out: Vec<Sourced> = Vec::new();
    for item in evidence {
        let source = plain(&item.source);
        let words = fact(item);
        match out.iter_mut().find(|known| known.source == source) {
            Some(known) => known.facts.push(words),
            None => out.push(Sourced { source, facts: vec![words] }),
        }
    }
    out
}

/// As many facts as fit into `width`, each with its source; what is left out is counted.
pub(super) fn line(evidence: &[Evidence], width: usize) -> String {
    let mut line = String::new();
    let mut left = evidence.len();
    for Sourced { source, facts } in by_source(evidence) {
        let gap = if line.is_empty() { "" } else { "; " };
        let fitting = (1..=facts.len()).rev().find_map(|count| {
            let words = format!("{gap}{} ({source})", facts.iter().take(count).cloned().collect::<Vec<_>>().join(", "));
            let more = if count < left { format!(" +{} more", left - count).len() } else { 0 };
            (line.chars().count() + words.chars().count() + more <= width).then_some((count, words))
        });
        match fitting {
            Some((count, words)) => {
                line.push_str(&words);
                left -= count;
                if count < facts.len() {
                    break;
                }
            }
            None => break,
        }
    }
    match (line.is_empty(), left) {
        (_, 0) => line,
        // One fact that is too wide by itself.
        (true, _) => evidence.first().map(|first| cut(&fact(first), width)).unwrap_or_default(),
        (false, left) => format!("{line} +{left} more"),
    }
}

/// One fact as `name value`, with the unit that its field's name carries.
pub(super) fn fact(evidence: &Evidence) -> String {
    let (name, _) = named(&evidence.field);
    format!("{name} {}", cut(&value(&evidence.field, &evidence.value), LONGEST))
}

/// The value with its unit, on one line.
pub(super) fn value(field: &str, value: &Value) -> String {
    let (_, unit) = named(field);
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => plain(text),
        Value::Number(figure) => figure.as_f64().map_or_else(|| figure.to_string(), |figure| unit.say(figure, value)),
        Value::Array(items) => items.iter().map(|item| self::value("", item)).collect::<Vec<_>>().join(", "),
        Value::Object(_) => plain(&value.to_string()),
    }
}

/// What a field's name says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Millis,
    Micros,
    Seconds,
    Share,
    Name,
    Count,
}

impl Unit {
    fn say(self, figure: f64, value: &Value) -> String {
        match self {
            Self::Bytes => bytes(figure),
            Self::Millis => millis(figure),
            Self::Micros => millis(figure / 1000.0),
            Self::Seconds => seconds(figure),
            Self::Share => percent(figure),
            // Numbers that name a thing are never grouped.
            Self::Name => value.to_string(),
            Self::Count => value.as_i64().map_or_else(|| number(figure), grouped),
        }
    }
}

/// The field's name for people, without its unit.
fn named(field: &str) -> (String, Unit) {
    let suffixes = [
        ("_bytes", Unit::Bytes),
        ("_ms", Unit::Millis),
        ("_usec", Unit::Micros),
        ("_us", Unit::Micros),
        ("_s", Unit::Seconds),
    ];
    let words = |name: &str| plain(&name.replace('_', " "));
    if let Some((name, unit)) = suffixes.iter().find_map(|(suffix, unit)| Some((field.strip_suffix(suffix)?, *unit))) {
        return (words(name), unit);
    }
    let unit = match field {
        "bytes" => Unit::Bytes,
        "pid" | "oid" | "port" | "queryid" => Unit::Name,
        _ if field.ends_with("_id") || field.ends_with("_pid") || field.ends_with("_version") => Unit::Name,
        _ if field == "share" || field.ends_with("_share") || field.starts_with("share_") => Unit::Share,
        _ => Unit::Count,
    };
    (words(field), unit)
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
