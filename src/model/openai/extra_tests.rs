use serde_json::json;

use super::*;

fn merged(pieces: &[Value]) -> Value {
    let mut all = Map::new();
    for piece in pieces {
        merge(&mut all, piece.as_object().unwrap().clone());
    }
    Value::Object(all)
}

#[test]
fn reasoning_details_grow_by_index_and_type() {
    let all = merged(&[
        json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "an "}]}),
        json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "index", "format": "x"}]}),
        json!({"reasoning_details": [{"type": "reasoning.encrypted", "index": 1, "data": "AA", "id": "r1"}]}),
        json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "signature": "s"}]}),
    ]);
    assert_eq!(
        all,
        json!({"reasoning_details": [
            {"type": "reasoning.text", "index": 0, "text": "an index", "format": "x", "signature": "s"},
            {"type": "reasoning.encrypted", "index": 1, "data": "AA", "id": "r1"},
        ]})
    );
}

#[test]
fn other_strings_replace_and_nulls_change_nothing() {
    assert_eq!(
        merged(&[json!({"a": "x", "b": {"c": 1}}), json!({"a": "y", "b": {"d": 2}})]),
        json!({"a": "y", "b": {"c": 1, "d": 2}})
    );
    assert_eq!(merged(&[json!({"a": "x"}), json!({"a": null})]), json!({"a": "x"}));
    assert_eq!(merged(&[json!({"l": [1]}), json!({"l": [2, {"a": 1}]})]), json!({"l": [1, 2, {"a": 1}]}));
}
