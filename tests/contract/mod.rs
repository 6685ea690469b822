//! The JSON contracts as schemas: generated from the types, committed, never stale.

use std::path::Path;

use dbwright::{agent::Recorded, review::Review};
use dbwright_finding::Finding;
use schemars::{JsonSchema, SchemaGenerator};

fn schema<T: JsonSchema>() -> String {
    let schema = SchemaGenerator::default().into_root_schema_for::<T>();
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap())
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    for (name, now) in
        [("finding", schema::<Finding>()), ("event", schema::<Recorded>()), ("review", schema::<Review>())]
    {
        let path = folder.join(format!("{name}.json"));
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &now).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == now, "{} is stale: run UPDATE_SCHEMAS=1 cargo test --test all contract", path.display());
    }
}

/// What every request of a session begins with: the persona's words, where we are, the tools.
#[tokio::test(flavor = "multi_thread")]
async fn the_fixed_part_of_a_request_is_at_most_6000_tokens() {
    let home = crate::support::program::Home::new();
    let servers = ["--db", "postgres://u@127.0.0.1:1/x", "--redis", "redis://127.0.0.1:1"];
    let ended = home.run(&[&["tools", "--strict"], &servers[..]].concat()).await;
    let tools: Vec<serde_json::Value> = serde_json::from_str(&ended.stdout).unwrap();
    assert!(tools.len() >= 19, "{}", tools.len());
    let schemas: usize = tools.iter().map(|tool| tool.to_string().len()).sum();
    let persona = dbwright::persona::Persona::embedded().unwrap().body.len();
    // The environment's frame and what is filled into it.
    let frame = 450;
    let tokens = (schemas + persona + frame) * 10 / 36;
    assert!(tokens <= 6_000, "{tokens} tokens at 3.6 bytes each: {schemas} bytes of schemas, {persona} of persona");
}

#[test]
fn the_table_of_limits_is_whole() {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md")).unwrap();
    let defaults = serde_json::to_value(dbwright_checks::Thresholds::default()).unwrap();
    for (name, value) in defaults.as_object().unwrap() {
        let row = format!("| `{name}` | `{value}` |");
        assert!(table.contains(&row), "docs/checks.md lacks {row}");
    }
}
