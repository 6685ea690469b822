use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(indexes: Vec<Index>) -> Snapshot {
    Snapshot { indexes: Probe::Ok(indexes), ..Snapshot::default() }
}

#[test]
fn one_twin_stays_and_it_is_the_one_with_a_constraint() {
    let table = fixture::table(1, "customers", 1_000);
    let mut enforced = fixture::index(9, &table, "customers_email_key", &["email"]);
    enforced.unique = true;
    enforced.constraint = Some("customers_email_key".into());
    let mut plain = fixture::index(5, &table, "customers_email_idx", &["email"]);
    plain.unique = true;
    plain.scans = 1_000;
    let finding = fixture::only(&snapshot(vec![plain.clone(), enforced]), RULE.id);
    assert_eq!(finding.object.name, "public.customers_email_idx");
    assert_eq!(finding.fix.unwrap().statements, ["DROP INDEX CONCURRENTLY public.customers_email_idx"]);

    let three = (1..=3).map(|oid| Index { oid, name: crate::RelationName::new("public", format!("i{oid}")), ..plain.clone() });
    let three = three.collect();
    assert_eq!(fixture::found(&snapshot(three), RULE.id).len(), 2, "never all of them");
}

#[test]
fn other_order_opclass_predicate_or_lock_is_no_twin() {
    let table = fixture::table(1, "t", 1_000);
    let base = fixture::index(1, &table, "a", &["x"]);
    let changes: [fn(&mut Index); 5] = [
        |index| index.keys[0].descending = true,
        |index| index.keys[0].opclass = 7,
        |index| index.keys[0].collation = 7,
        |index| index.predicate = Some("(x > 1)".into()),
        |index| index.incomplete = true,
    ];
    for change in changes {
        let mut other = Index { oid: 2, ..base.clone() };
        change(&mut other);
        assert!(fixture::found(&snapshot(vec![base.clone(), other]), RULE.id).is_empty());
    }
}

#[test]
fn a_prefix_is_redundant_and_much_wider_ones_are_only_noted() {
    let table = fixture::table(1, "t", 1_000);
    let narrow = fixture::index(1, &table, "narrow", &["x"]);
    let mut wide = fixture::index(2, &table, "wide", &["x", "y"]);
    let finding = fixture::only(&snapshot(vec![narrow.clone(), wide.clone()]), REDUNDANT.id);
    assert_eq!((finding.object.name.as_str(), finding.severity), ("public.narrow", Severity::Low));
    wide.bytes = 64 << 20;
    assert_eq!(fixture::only(&snapshot(vec![narrow.clone(), wide]), REDUNDANT.id).severity, Severity::Info);
    let second = fixture::index(3, &table, "second", &["y", "x"]);
    assert!(fixture::found(&snapshot(vec![narrow.clone(), second]), REDUNDANT.id).is_empty());
    let key = fixture::primary_key(4, &table, "x");
    assert_eq!(fixture::only(&snapshot(vec![narrow, key]), REDUNDANT.id).object.name, "public.narrow");
}

#[test]
fn advice_never_drops_the_index_and_its_cover() {
    let table = fixture::table(1, "t", 1_000);
    let narrow = fixture::index(1, &table, "narrow", &["x"]);
    let wide = Index { scans: 0, ..fixture::index(2, &table, "wide", &["x", "y"]) };
    let snapshot = Snapshot {
        server: fixture::server(),
        tables: Probe::Ok(vec![table]),
        indexes: Probe::Ok(vec![narrow, wide]),
        ..Snapshot::default()
    };
    assert_eq!(fixture::only(&snapshot, "unused_index").object.name, "public.wide");
    assert!(fixture::found(&snapshot, REDUNDANT.id).is_empty());
}
