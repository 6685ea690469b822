use super::*;
use crate::{Constraint, Probe, Snapshot, fixture};

const LIST: &str = "SELECT * FROM orders WHERE status = $1 ORDER BY id LIMIT $2";
const CHILD: &str = "SELECT * FROM customers WHERE id = $1";

fn keys() -> Vec<Constraint> {
    let (orders, customers) = (fixture::table(1, "orders", 10), fixture::table(2, "customers", 10));
    vec![fixture::foreign_key(&orders, &["customer_id"], &customers, &["id"])]
}

fn snapshot(child: &str, calls: i64, keys: Vec<Constraint>) -> Snapshot {
    let list = fixture::statement("1", LIST, 100, 5.0, 5_000);
    Snapshot {
        statements: fixture::statements(vec![list, fixture::statement("2", child, calls, 0.05, calls)]),
        constraints: Probe::Ok(keys),
        ..Snapshot::default()
    }
}

#[test]
fn a_look_up_for_each_row_of_a_list_is_found_both_ways() {
    let finding = fixture::only(&snapshot(CHILD, 5_000, keys()), RULE.id);
    assert_eq!(finding.object.query_id.as_deref(), Some("2"));
    assert_eq!(
        finding.title,
        "5,000 look-ups in customers by id follow 100 calls of one list (50 rows each): one query per row"
    );
    // Children of each listed parent.
    let (items, orders) = (fixture::table(3, "items", 10), fixture::table(1, "orders", 10));
    let keys = vec![fixture::foreign_key(&items, &["order_id"], &orders, &["id"])];
    let children = snapshot("SELECT * FROM items WHERE items.order_id = $1 ORDER BY id", 5_000, keys);
    assert_eq!(fixture::found(&children, RULE.id).len(), 1);
}

#[test]
fn frequent_look_ups_alone_are_good_practice() {
    assert!(fixture::found(&snapshot(CHILD, 800_000, keys()), RULE.id).is_empty(), "calls do not follow the list");
    assert!(fixture::found(&snapshot(CHILD, 500, keys()), RULE.id).is_empty(), "too few to matter");
    assert!(fixture::found(&snapshot(CHILD, 8_000, Vec::new()), RULE.id).is_empty(), "unrelated tables must agree closely");
    assert!(fixture::found(&snapshot("SELECT * FROM customers WHERE id = ANY ($1)", 5_000, keys()), RULE.id).is_empty());
}
