#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::{Column, Facts, Relation, propose};

fn facts() -> Facts {
    let customers = Relation::new("public", "customers")
        .column(Column::new("id", "integer").not_null())
        .column(Column::new("email", "text").not_null())
        .column(Column::new("name", "text"))
        .column(Column::new("tier", "integer"))
        .column(Column::new("created_at", "timestamp without time zone"))
        .unique(&["id"])
        .unique(&["email"]);
    let orders = Relation::new("public", "orders")
        .column(Column::new("id", "bigint").not_null())
        .column(Column::new("customer_id", "integer").not_null())
        .column(Column::new("referrer_id", "integer"))
        .column(Column::new("token", "uuid"))
        .column(Column::new("status", "text").not_null())
        .column(Column::new("note", "text"))
        .column(Column::new("quantity", "integer"))
        .column(Column::new("total", "numeric"))
        .column(Column::new("placed_at", "timestamp without time zone").not_null())
        .column(Column::new("shipped_at", "timestamp with time zone"))
        .column(Column::new("due", "date"))
        .unique(&["id"])
        .references("customer_id", "customers", "id")
        .references("referrer_id", "customers", "id");
    let payments = Relation::new("public", "payments")
        .column(Column::new("id", "integer").not_null())
        .column(Column::new("order_id", "bigint"))
        .column(Column::new("amount", "integer"))
        .column(Column::new("paid_on", "date"))
        .unique(&["id"]);
    let readings = Relation::new("public", "readings")
        .column(Column::new("sensor", "integer").not_null())
        .column(Column::new("taken_at", "timestamp without time zone").not_null())
        .column(Column::new("value", "integer"))
        .unique(&["sensor", "taken_at"]);
    let tags = Relation::new("public", "tags")
        .column(Column::new("order_id", "bigint").not_null())
        .column(Column::new("tag", "text").not_null());
    Facts { relations: vec![customers, orders, payments, readings, tags], ..Facts::default() }
}

/// The text as the deparser writes it, so that examples may be written as people do.
fn canonical(sql: &str) -> String {
    dbwright_sql::deparse(&dbwright_sql::parse(sql).unwrap()).unwrap()
}

#[test]
fn every_rule_does_what_its_examples_say() {
    let facts = facts();
    let mut wrong = Vec::new();
    for rule in RULES {
        for example in rule.examples {
            let found = propose(example.before, &facts);
            let own: Vec<&str> =
                found.rewrites.iter().filter(|one| one.name == rule.name).map(|one| one.sql.as_str()).collect();
            let expected: Vec<String> = example.after.into_iter().map(canonical).collect();
            if own != expected {
                wrong.push(format!(
                    "{}: {}\n  found    {own:#?}\n  expected {expected:#?}\n  refused {:?}",
                    rule.name, example.before, found.refused
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique_and_ids_are_words() {
    let names: std::collections::BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
    assert!(RULES.iter().all(|rule| rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
}
