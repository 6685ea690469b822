use super::*;
use crate::{CandidateClass, Index, IndexColumn, IndexKey, WriteCounters, analyze};

fn catalog() -> Catalog {
    let mut table = Table { rows: 1e6, pages: 10_000, ..Table::new("public", "t") };
    table.columns = ["id", "a", "seen"].map(|name| Column::new(name, "bigint")).into();
    table.writes = WriteCounters { inserts: 1_000, updates: 600, hot_updates: 500, deletes: 0 };
    let key = IndexColumn { key: "id".into(), expression: false, opclass: None, descending: false, nulls_first: false };
    table.indexes = vec![Index {
        name: "t_pkey".into(),
        method: "btree".into(),
        keys: vec![key],
        include: Vec::new(),
        predicate: None,
        unique: true,
        constraint: true,
        valid: true,
        scans: 0,
        bytes: 0,
        definition: String::new(),
    }];
    Catalog { search_path: vec!["public".into()], server_version: 150_000, tables: vec![table], ..Catalog::default() }
}

fn on(columns: &[&str]) -> Candidate {
    let keys = columns.iter().map(|name| IndexKey::new(KeyExpression::Column((*name).into()))).collect();
    Candidate::btree(TableName::new("public", "t"), keys, CandidateClass::Btree)
}

fn mix(catalog: &Catalog) -> WriteMix {
    let shape = |sql: &str| analyze(sql, catalog).unwrap();
    WriteMix::of_statements(
        catalog,
        &[(shape("UPDATE t SET seen = 1 WHERE id = 2"), 600.0), (shape("INSERT INTO t VALUES (1, 2, 3)"), 1_000.0)],
    )
}

#[test]
fn an_updated_column_ends_heap_only_updates() {
    let catalog = catalog();
    let mix = mix(&catalog);
    let (plain, seen) = (mix.price(&on(&["a"]), &catalog), mix.price(&on(&["a", "seen"]), &catalog));
    assert_eq!((plain.entries, plain.lost_hot), (1_100.0, 0.0));
    assert_eq!((seen.entries, seen.lost_hot), (1_600.0, 500.0));
    assert!(seen.cost > plain.cost * 1.5);
}

#[test]
fn a_key_that_is_set_makes_no_heap_only_updates_and_an_unwritten_table_costs_nothing() {
    let catalog = catalog();
    let update = analyze("UPDATE t SET id = 1 WHERE a = 2", &catalog).unwrap();
    let mix = WriteMix::of_statements(&catalog, &[(update, 5.0)]);
    let writes = mix.tables.values().next().unwrap();
    assert_eq!((writes.inserts, writes.hot_updates, writes.cold_updates), (0.0, 0.0, 5.0));
    assert_eq!(WriteMix::default().price(&on(&["a"]), &catalog), WritePrice::default());
}

#[test]
fn block_ranges_cost_next_to_nothing_and_trigrams_much() {
    let catalog = catalog();
    let mix = mix(&catalog);
    let price = |method: Method, opclass: Option<&str>| {
        let mut candidate = Candidate { method, ..on(&["a"]) };
        candidate.keys[0].opclass = opclass.map(str::to_owned);
        mix.price(&candidate, &catalog).cost
    };
    assert!(price(Method::Brin, None) * 5.0 < price(Method::Btree, None));
    assert!(price(Method::Gin, Some("gin_trgm_ops")) > price(Method::Btree, None) * 2.0);
}
