use super::*;
use crate::{Column, Probe, Snapshot, TableActivity, Thresholds, fixture, run};

fn with(tables: Vec<Table>) -> Snapshot {
    Snapshot { server: fixture::server(), tables: Probe::Ok(tables), ..Snapshot::default() }
}

#[test]
fn empty_tables_are_told_once_for_a_schema() {
    let empty =
        |oid, name: &str| Table { heap_bytes: 0, activity: TableActivity::default(), ..fixture::table(oid, name, 0) };
    let finding = fixture::only(&with(vec![empty(1, "a"), empty(2, "b"), fixture::table(3, "c", 10)]), EMPTY.id);
    assert!(finding.title.starts_with("2 objects of schema public (a, b) have never"), "{}", finding.title);
    let mut young = with(vec![empty(1, "a")]);
    if let Probe::Ok(server) = &mut young.server {
        server.uptime_s = 3_600.0;
    }
    assert!(fixture::found(&young, EMPTY.id).is_empty());
    let bare = Table { column_count: 0, ..fixture::table(1, "bare", 10) };
    assert_eq!(fixture::found(&with(vec![bare]), EMPTY.id).len(), 1);
}

#[test]
fn names_that_need_quotes_and_names_that_were_cut() {
    let table = fixture::table(1, "orders", 10);
    let snapshot = Snapshot {
        columns: Probe::Ok(vec![fixture::column(&table, "customerId", "int8")]),
        ..with(vec![table.clone(), fixture::table(2, "plain", 10)])
    };
    assert!(fixture::only(&snapshot, NAMES.id).title.contains("(orders)"));
    assert!(fixture::found(&with(vec![table]), NAMES.id).is_empty());
    assert_eq!(fixture::found(&with(vec![fixture::table(1, &"x".repeat(63), 10)]), CUT.id).len(), 1);
    assert!(fixture::found(&with(vec![fixture::table(1, &"x".repeat(62), 10)]), CUT.id).is_empty());
}

#[test]
fn comments_are_asked_for_only_on_request() {
    let snapshot = with(vec![fixture::table(1, "orders", 10)]);
    assert!(fixture::found(&snapshot, COMMENTS.id).is_empty());
    let asked = Thresholds { require_comments: true, ..Thresholds::default() };
    assert_eq!(run(&snapshot, &asked).iter().filter(|finding| finding.rule == COMMENTS.id).count(), 1);
}

#[test]
fn a_key_over_two_nullable_columns_has_a_hole() {
    let (child, parent) = (fixture::table(1, "lines", 10), fixture::table(2, "orders", 10));
    let snapshot = |not_null, match_full| {
        let mut key = fixture::foreign_key(&child, &["shop_id", "order_id"], &parent, &["shop_id", "id"]);
        if let Some(reference) = &mut key.references {
            reference.match_full = match_full;
        }
        Snapshot {
            columns: Probe::Ok(vec![
                Column { not_null, ..fixture::column(&child, "shop_id", "int8") },
                fixture::column(&child, "order_id", "int8"),
            ]),
            constraints: Probe::Ok(vec![key]),
            ..with(vec![child.clone(), parent.clone()])
        }
    };
    let fix = fixture::only(&snapshot(false, false), HOLE.id).fix.unwrap();
    assert!(fix.statements[0].contains("CHECK (num_nulls(shop_id, order_id) IN (0, 2)) NOT VALID"));
    assert!(fixture::found(&snapshot(true, false), HOLE.id).is_empty());
    assert!(fixture::found(&snapshot(false, true), HOLE.id).is_empty());
}
