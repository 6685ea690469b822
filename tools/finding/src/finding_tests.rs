use serde_json::json;

use super::*;
use crate::{FixKind, How, Measurement, ObjectKind};

const RULE: Rule = Rule { id: "missing_index", group: "indexes", severity: Severity::High, summary: "s" };

#[test]
fn id_is_stable_for_rule_and_object_and_ignores_wording() {
    let object = || Object::new(ObjectKind::Table, "public.orders").columns(["status"]);
    let first = Finding::new(&RULE, object(), "one wording");
    let second = Finding::new(&RULE, object(), "another wording").severity(Severity::Low);
    assert_eq!(first.id, second.id);
    let other = Finding::new(&RULE, object().columns(["total"]), "one wording");
    assert_ne!(first.id, other.id);
}

#[test]
fn id_ignores_the_line_but_not_the_file() {
    let at = |file: &str, line| {
        Finding::new(&RULE, Object::new(ObjectKind::Migration, "m"), "t")
            .at(Location { file: file.into(), line, column: 1 })
            .id
    };
    assert_eq!(at("a.sql", 1), at("a.sql", 9));
    assert_ne!(at("a.sql", 1), at("b.sql", 1));
}

#[test]
fn json_has_the_contract_shape() {
    let finding = Finding::new(&RULE, Object::new(ObjectKind::Table, "public.orders"), "t")
        .why("w")
        .evidence(Evidence::new("explain#3", "rows_removed", 880_171))
        .fix(
            Fix::sql(FixKind::CreateIndex, ["CREATE INDEX CONCURRENTLY i ON orders (a)"])
                .lock("ShareUpdateExclusiveLock"),
        )
        .measured(Measured::compare(
            How::Scratch,
            Measurement { ms: Some(2300.1), buffers: Some(41200), cost: None },
            Measurement { ms: Some(12.0), buffers: Some(310), cost: None },
        ));
    let value = serde_json::to_value(&finding).unwrap();
    assert_eq!(value["severity"], json!("high"));
    assert_eq!(value["confidence"], json!("measured"));
    assert_eq!(value["fix"]["type"], json!("create_index"));
    assert_eq!(value["measured"]["ratio"], json!(132.9));
    assert_eq!(serde_json::from_value::<Finding>(value).unwrap(), finding);
}
