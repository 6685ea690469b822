use serde_json::json;

use super::*;

#[derive(Deserialize, JsonSchema)]

enum Form {
    Compact,
    Json,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema matters")]
struct Inner {
    name: String,
}

/// Arguments.
#[derive(Deserialize, JsonSchema)]
struct Args {
    /// One statement.
    #[expect(dead_code, reason = "only the schema matters")]
    sql: String,
    #[serde(default, deserialize_with = "null_as_default")]
    analyze: bool,
    #[serde(default)]
    #[expect(dead_code, reason = "only the schema matters")]
    form: Option<Form>,
    #[serde(default)]
    #[expect(dead_code, reason = "only the schema matters")]
    items: Vec<Inner>,
    #[serde(default)]
    limit: Option<u32>,
}

#[test]
fn canonical_schema_has_no_references_and_keeps_descriptions() {
    let schema = parameters_schema::<Args>();
    assert!(!schema.to_string().contains("$ref"));
    assert_eq!(schema["properties"]["sql"]["description"], json!("One statement."));
    assert_eq!(schema["required"], json!(["sql"]));
}

#[test]
fn strict_schema_requires_everything_and_makes_optionals_nullable() {
    let schema = strict_schema(&parameters_schema::<Args>());
    assert_eq!(schema["required"].as_array().unwrap().len(), 5);
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["analyze"]["type"], json!(["boolean", "null"]));
    assert_eq!(schema["properties"]["sql"]["type"], json!("string"));
    assert_eq!(schema["properties"]["items"]["items"]["additionalProperties"], json!(false));
    let text = schema.to_string();
    for keyword in ["\"default\"", "\"format\"", "\"minimum\""] {
        assert!(!text.contains(keyword), "{keyword} left in {text}");
    }
}

#[test]
fn null_is_read_as_default() {
    let args: Args = serde_json::from_value(json!({"sql": "select 1", "analyze": null, "limit": null})).unwrap();
    assert!(!args.analyze);
    assert_eq!(args.limit, None);
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Told {
    /// With words.
    First,
    /// With more words.
    Second,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema matters")]
struct Choices {
    /// Which one.
    must: Told,
    #[serde(default)]
    may: Option<Told>,
    #[serde(default)]
    several: Vec<Told>,
}

#[test]
fn a_choice_of_constants_is_an_enum() {
    let canonical = parameters_schema::<Choices>();
    assert!(!canonical.to_string().contains("const"), "{canonical}");
    assert_eq!(canonical["properties"]["must"]["enum"], json!(["first", "second"]));
    assert_eq!(canonical["properties"]["must"]["description"], json!("Which one."));
    let strict = strict_schema(&canonical);
    assert_eq!(strict["properties"]["may"]["enum"], json!(["first", "second", null]));
    assert_eq!(strict["properties"]["may"]["type"], json!(["string", "null"]));
    assert_eq!(strict["properties"]["several"]["items"]["enum"], json!(["first", "second"]));
}
