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
