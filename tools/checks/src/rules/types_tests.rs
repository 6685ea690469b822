use super::*;
use crate::{Probe, Snapshot, fixture};

#[test]
fn one_note_for_each_type() {
    let table = fixture::table(1, "orders", 10);
    let columns = ["money", "bpchar", "bpchar", "text", "timestamptz", "numeric"];
    let columns = columns.iter().enumerate().map(|(at, base)| fixture::column(&table, &format!("c{at}"), base)).collect();
    let snapshot = Snapshot { columns: Probe::Ok(columns), tables: Probe::Ok(vec![table]), ..Snapshot::default() };
    let found = fixture::found(&snapshot, RULE.id);
    assert_eq!(found.iter().map(|finding| finding.object.name.as_str()).collect::<Vec<_>>(), ["type money", "type char(n)"]);
    assert!(found[1].title.starts_with("2 columns are char(n) (public.orders.c1, …)"), "{}", found[1].title);
}

#[test]
fn json_matters_where_it_is_searched() {
    let table = fixture::table(1, "events", 10);
    let snapshot = |query: &str| Snapshot {
        columns: Probe::Ok(vec![fixture::column(&table, "payload", "json")]),
        tables: Probe::Ok(vec![table.clone()]),
        statements: fixture::statements(vec![fixture::statement("1", query, 40, 1.0, 1)]),
        ..Snapshot::default()
    };
    let searched = snapshot("SELECT * FROM events WHERE payload->>$1 = $2");
    assert!(fixture::only(&searched, JSON.id).title.contains("40 calls search inside it"));
    assert!(fixture::found(&snapshot("SELECT payload->>$1 FROM events WHERE id = $2"), JSON.id).is_empty());
}
