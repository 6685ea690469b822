use super::*;
use crate::{Column, Relation, Volatility};

fn facts() -> Facts {
    let orders = Relation::new("public", "orders")
        .column(Column::new("id", "bigint").not_null())
        .column(Column::new("customer_id", "integer"))
        .column(Column::new("total", "numeric"))
        .column(Column::new("placed_at", "timestamp without time zone").not_null())
        .unique(&["id"]);
    let customers =
        Relation::new("public", "customers").column(Column::new("id", "integer").not_null()).unique(&["id"]);
    Facts { relations: vec![orders, customers], ..Facts::default() }
}

#[test]
fn several_faults_are_rewritten_together() {
    let found = propose("SELECT id FROM orders WHERE date(placed_at) = '2024-05-01' AND id::text = '7'", &facts());
    let both = found.rewrites.iter().find(|one| one.name == "date_range + implicit_cast");
    assert_eq!(
        both.map(|one| one.sql.as_str()),
        Some(
            "SELECT id FROM orders WHERE placed_at >= '2024-05-01'::date AND placed_at < '2024-05-01'::date + 1 AND id = '7'::bigint"
        )
    );
}

#[test]
fn queries_inside_are_rewritten_with_the_names_they_see() {
    let sql = "SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.placed_at::date = '2024-05-01')";
    let found = propose(sql, &facts());
    assert!(
        found
            .rewrites
            .iter()
            .any(|one| one.name == "date_range" && one.sql.contains("o.placed_at >= '2024-05-01'::date"))
    );
}

#[test]
fn a_name_of_a_cte_is_no_table() {
    let sql = "WITH orders AS (SELECT now() AS placed_at) SELECT 1 FROM orders WHERE date(placed_at) = '2024-05-01'";
    assert_eq!(propose(sql, &facts()).rewrites, Vec::new());
}

#[test]
fn nullable_not_in_is_refused_in_its_plain_form() {
    let found = propose("SELECT id FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)", &facts());
    assert!(found.refused.iter().any(|one| one.rule == "not_in_subplan" && one.why.contains("NULL")));
    let guarded = found.rewrites.iter().find(|one| one.name == "not_in").map(|one| one.sql.as_str());
    assert!(guarded.is_some_and(|sql| sql.contains("IS NULL")));
}

#[test]
fn a_deep_page_becomes_a_condition_on_the_last_row() {
    let found = propose("SELECT id, total FROM orders ORDER BY placed_at DESC LIMIT 20 OFFSET 5000", &facts());
    let advice = found.advice.first();
    assert_eq!(
        advice.map(|advice| advice.template.as_str()),
        Some("SELECT id, total FROM orders WHERE (placed_at, id) < ($1, $2) ORDER BY placed_at DESC, id DESC LIMIT 20")
    );
    assert_eq!(
        advice.and_then(|advice| advice.boundary.as_deref()),
        Some("SELECT placed_at, id FROM orders ORDER BY placed_at DESC, id DESC LIMIT 1 OFFSET 4999")
    );
}

#[test]
fn functions_of_the_application_are_called_once_where_they_are_stable() {
    let mut facts = facts();
    facts.functions.insert("tenant".to_owned(), Volatility::Stable);
    facts.functions.insert("dice".to_owned(), Volatility::Volatile);
    let found = propose("SELECT id FROM orders WHERE customer_id = tenant()", &facts);
    assert_eq!(
        found.rewrites.first().map(|one| one.sql.as_str()),
        Some("SELECT id FROM orders WHERE customer_id = (SELECT tenant())")
    );
    let found = propose("SELECT id FROM orders WHERE customer_id = dice()", &facts);
    assert!(found.rewrites.is_empty() && found.refused.iter().any(|one| one.why.contains("volatile")));
}

#[test]
fn text_that_is_no_query_has_no_other_form() {
    for sql in ["", "SELEC", "DELETE FROM orders", "SELECT 1; SELECT 2", "SELECT 1"] {
        assert_eq!(propose(sql, &facts()), Proposals::default(), "{sql}");
    }
}
