//! JSON schemas of tool arguments: one canonical form, and the strict form some endpoints need.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The canonical schema of an argument type: draft 2020-12, one inline object without `$ref`,
/// `$schema` or `title`.
pub fn parameters_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    drop_keywords(&mut schema, &["title", "$schema"]);
    collapse_choices(&mut schema);
    if let Some(object) = schema.as_object_mut() {
        // "Arguments of …": the tool's own description says it.
        object.shift_remove("description");
        object.entry("type").or_insert_with(|| Value::from("object"));
        object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    }
    schema
}

/// The strict form (OpenAI structured outputs): every property required, formerly optional ones
/// nullable, no additional properties, no keywords that strict mode refuses.
pub fn strict_schema(canonical: &Value) -> Value {
    let mut schema = canonical.clone();
    make_strict(&mut schema);
    schema
}

/// Reads `null` as the default: strict endpoints send every optional argument as `null`.
///
/// # Errors
/// Fails when a non-null value does not fit `T`.
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

fn drop_keywords(value: &mut Value, keywords: &[&str]) {
    match value {
        Value::Object(object) => {
            for keyword in keywords {
                // A property may be called like a keyword; there the value is a schema object.
                if object.get(*keyword).is_some_and(|inner| !inner.is_object()) {
                    object.shift_remove(*keyword);
                }
            }
            object.values_mut().for_each(|inner| drop_keywords(inner, keywords));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| drop_keywords(item, keywords)),
        _ => {}
    }
}

/// Turns a choice of constants into an `enum`, also where it may be null: what the words mean is
/// said once, by the field's description, and a quarter of all schema bytes goes.
fn collapse_choices(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(collapse_choices);
            for key in ["oneOf", "anyOf"] {
                let Some(words) = object.get(key).and_then(Value::as_array).and_then(|branches| choice(branches))
                else {
                    continue;
                };
                object.shift_remove(key);
                let kind = if words.contains(&Value::Null) {
                    serde_json::json!(["string", "null"])
                } else {
                    Value::from("string")
                };
                object.insert("type".to_owned(), kind);
                object.insert("enum".to_owned(), Value::Array(words));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(collapse_choices),
        _ => {}
    }
}

/// The words of a choice, null included, if the branches are nothing else.
fn choice(branches: &[Value]) -> Option<Vec<Value>> {
    let mut words = Vec::new();
    for branch in branches {
        match (branch.get("const"), branch.get("enum").and_then(Value::as_array), branch.get("type")) {
            (Some(Value::String(word)), ..) => words.push(Value::from(word.as_str())),
            (None, Some(several), _) if several.iter().all(|word| word.is_string() || word.is_null()) => {
                words.extend(several.iter().cloned());
            }
            (None, None, Some(Value::String(kind))) if kind == "null" => words.push(Value::Null),
            _ => return None,
        }
    }
    words.iter().any(Value::is_string).then_some(words)
}

const REFUSED_BY_STRICT: &[&str] = &[
    "default",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "examples",
];

fn make_strict(value: &mut Value) {
    drop_keywords(value, REFUSED_BY_STRICT);
    strict_object(value);
}

fn strict_object(value: &mut Value) {
    let Value::Object(object) = value else {
        if let Value::Array(items) = value {
            items.iter_mut().for_each(strict_object);
        }
        return;
    };
    if let Some(one_of) = object.shift_remove("oneOf") {
        object.insert("anyOf".to_owned(), one_of);
    }
    object.values_mut().for_each(strict_object);
    let required: Vec<Value> = match object.get("properties") {
        Some(Value::Object(properties)) => properties.keys().map(|key| Value::from(key.as_str())).collect(),
        _ => return,
    };
    let formerly: Vec<String> = object
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (name, property) in properties.iter_mut() {
            if !formerly.contains(name) {
                make_nullable(property);
            }
        }
    }
    object.insert("required".to_owned(), Value::Array(required));
    object.insert("additionalProperties".to_owned(), Value::Bool(false));
}

fn make_nullable(property: &mut Value) {
    let Value::Object(object) = property else { return };
    if let Some(Value::Array(values)) = object.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match object.get_mut("type") {
        Some(Value::String(single)) => {
            let single = single.clone();
            object.insert("type".to_owned(), Value::from(vec![single, "null".to_owned()]));
        }
        Some(Value::Array(types)) => {
            if !types.iter().any(|item| item == "null") {
                types.push(Value::from("null"));
            }
        }
        _ => {
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                let null = serde_json::json!({ "type": "null" });
                if !branches.contains(&null) {
                    branches.push(null);
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
