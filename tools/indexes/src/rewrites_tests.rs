use super::*;
use crate::{Table, analyze};

#[test]
fn a_day_of_a_zoned_time_stamp_becomes_a_range_and_others_stay() {
    let mut table = Table { rows: 1e6, pages: 9_000, ..Table::new("public", "t") };
    table.columns = vec![
        Column::new("at", "timestamp with time zone"),
        Column::new("local", "timestamp without time zone"),
        Column::new("id", "bigint"),
    ];
    let catalog = Catalog { search_path: vec!["public".into()], tables: vec![table], ..Catalog::default() };
    let of = |sql: &str| -> Vec<String> {
        let shape = analyze(sql, &catalog).unwrap();
        rewrites(sql, sql, &shape, &catalog).into_iter().map(|rewrite| rewrite.to).collect()
    };
    assert_eq!(
        of("SELECT id FROM t x WHERE id > 3 AND x.at::date = '2024-01-01'"),
        ["x.at >= ('2024-01-01')::date AND x.at < ('2024-01-01')::date + interval '1 day'"]
    );
    assert_eq!(
        of("SELECT id FROM t WHERE date_trunc('month', at) = $1"),
        ["at >= ($1)::timestamptz AND at < ($1)::timestamptz + interval '1 month'"]
    );
    // An expression index can serve this one.
    assert_eq!(of("SELECT id FROM t WHERE local::date = '2024-01-01'"), Vec::<String>::new());
}
