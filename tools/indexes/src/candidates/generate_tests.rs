use super::*;
use crate::{Column, analyze};

fn catalog(pages: u64) -> Catalog {
    let mut table = Table { rows: 100_000.0, pages, ..Table::new("public", "t") };
    table.columns = vec![Column::new("a", "integer"), Column::new("b", "xml")];
    Catalog { search_path: vec!["public".into()], server_version: 150_000, tables: vec![table], ..Catalog::default() }
}

#[test]
fn small_tables_and_unsortable_types_get_nothing() {
    let shape = |catalog: &Catalog, sql: &str| analyze(sql, catalog).unwrap();
    let small = catalog(3);
    assert_eq!(candidates(&[shape(&small, "SELECT a FROM t WHERE a = 1")], &small).candidates, []);
    let large = catalog(300);
    assert!(!candidates(&[shape(&large, "SELECT a FROM t WHERE a = 1")], &large).candidates.is_empty());
    assert_eq!(candidates(&[shape(&large, "SELECT b FROM t WHERE b IS NULL")], &large).candidates, []);
}
