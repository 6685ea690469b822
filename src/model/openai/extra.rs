//! Fields beyond the standard, put together from the pieces in which they arrive.

use serde_json::{Map, Value};

/// Strings that arrive in pieces; all other strings replace what was there.
const GROWING: [&str; 7] = ["text", "summary", "data", "thinking", "signature", "reasoning", "reasoning_content"];

/// Merges `from` into `into`. Entries of lists belong together when their `index` and `type` agree.
pub(super) fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (_, Value::Null) => {}
            (Some(Value::Object(known)), Value::Object(more)) => merge(known, more),
            (Some(Value::Array(known)), Value::Array(more)) => more.into_iter().for_each(|item| add(known, item)),
            (Some(Value::String(known)), Value::String(more)) if GROWING.contains(&key.as_str()) => {
                known.push_str(&more);
            }
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn add(list: &mut Vec<Value>, item: Value) {
    let Value::Object(more) = item else {
        list.push(item);
        return;
    };
    let same = |known: &Map<String, Value>| {
        known.get("index").is_some_and(|index| Some(index) == more.get("index"))
            && (known.get("type") == more.get("type") || !more.contains_key("type"))
    };
    let found = list.iter_mut().filter_map(Value::as_object_mut).rev().find(|known| same(known));
    match found {
        Some(known) => merge(known, more),
        None => list.push(Value::Object(more)),
    }
}

#[cfg(test)]
#[path = "extra_tests.rs"]
mod tests;
