//! Whether what is to be saved really happened in the session: the tool calls in its journal, the
//! figures in their results, the words of the person.

use serde_json::Value;

use crate::{Store, StoreError, StoredEntry};

/// The journal's word for a finished call and for the input of a turn.
const FINISHED: &str = "tool_finished";
const INPUT: &str = "turn_started";

/// The results of the cited calls, or a sentence about the one that is missing.
pub(super) async fn cited_results(store: &Store, session: &str, calls: &[String]) -> Result<Vec<Value>, StoreError> {
    let finished = entries(store, session, FINISHED).await?;
    calls
        .iter()
        .map(|call| {
            let result =
                finished.iter().find(|entry| entry.payload.get("call_id").and_then(Value::as_str) == Some(call));
            result.map(|entry| entry.payload.clone()).ok_or_else(|| {
                let known: Vec<&str> =
                    finished.iter().rev().filter_map(|entry| entry.payload.get("call_id")?.as_str()).take(8).collect();
                StoreError::Refused(format!(
                    "`{call}` is no finished tool call of this session; the latest are {}",
                    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                ))
            })
        })
        .collect()
}

/// Whether a person wrote these words in this session, give or take white space and case.
pub(super) async fn was_said(store: &Store, session: &str, words: &str) -> Result<bool, StoreError> {
    let words = squeezed(words);
    let inputs = entries(store, session, INPUT).await?;
    Ok(!words.is_empty()
        && inputs.iter().any(|entry| {
            entry.payload.get("input").and_then(Value::as_str).is_some_and(|input| squeezed(input).contains(&words))
        }))
}

async fn entries(store: &Store, session: &str, kind: &str) -> Result<Vec<StoredEntry>, StoreError> {
    let entries = store.entries(session, 0).await?;
    Ok(entries.into_iter().filter(|entry| entry.kind == kind).collect())
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a figure stands in one of the results, give or take rounding.
pub(super) fn holds_figure(results: &[Value], figure: f64) -> bool {
    results.iter().any(|result| holds(result, figure))
}

fn holds(value: &Value, figure: f64) -> bool {
    let near = |number: f64| (number - figure).abs() <= (figure.abs() * 0.02).max(0.006);
    match value {
        Value::Number(number) => number.as_f64().is_some_and(near),
        Value::String(text) => numbers(text).any(near),
        Value::Array(items) => items.iter().any(|item| holds(item, figure)),
        Value::Object(fields) => fields.values().any(|field| holds(field, figure)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// The numbers in a text; `41,200` is one.
fn numbers(text: &str) -> impl Iterator<Item = f64> + '_ {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .filter_map(|word| word.trim_matches(['.', ',']).replace(',', "").parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_found_in_json_and_in_text() {
        let results = [json!({"json": {"plan": [{"ms": 2300.14}]}, "text": "read 41,200 pages in 12.3 ms."})];
        for figure in [2300.0, 2300.14, 41200.0, 12.3, 12.25] {
            assert!(holds_figure(&results, figure), "{figure}");
        }
        for figure in [2500.0, 41.0, 0.3] {
            assert!(!holds_figure(&results, figure), "{figure}");
        }
    }
}
