use super::*;
use crate::{Probe, Snapshot, fixture};

fn snapshot(stats: ColumnStats, scans: i64) -> Snapshot {
    let table = fixture::table(1, "orders", 500_000);
    let index = Index { scans, ..fixture::index(2, &table, "orders_x", &["x"]) };
    Snapshot {
        columns: Probe::Ok(vec![fixture::with_stats(fixture::column(&table, "x", "text"), stats)]),
        tables: Probe::Ok(vec![table]),
        indexes: Probe::Ok(vec![index]),
        ..Snapshot::default()
    }
}

#[test]
fn few_even_values_make_a_poor_index() {
    let even = ColumnStats { n_distinct: 3.0, top_frequency: Some(0.34), ..ColumnStats::default() };
    assert_eq!(fixture::found(&snapshot(even, 50), RULE.id).len(), 1);
    let skewed = ColumnStats { n_distinct: 3.0, top_frequency: Some(0.98), ..ColumnStats::default() };
    assert!(fixture::found(&snapshot(skewed.clone(), 50), RULE.id).is_empty(), "it finds the rare values");
    assert_eq!(fixture::found(&snapshot(skewed, 0), RULE.id).len(), 1);
    let many = ColumnStats { n_distinct: -0.5, ..ColumnStats::default() };
    assert!(fixture::found(&snapshot(many, 50), RULE.id).is_empty());
}

#[test]
fn mostly_null_becomes_partial() {
    let nulls = ColumnStats { null_frac: 0.95, n_distinct: -0.05, ..ColumnStats::default() };
    let fix = fixture::only(&snapshot(nulls, 5), NULLS.id).fix.unwrap();
    assert_eq!(
        fix.statements,
        [
            "CREATE INDEX CONCURRENTLY orders_x_nn ON public.orders (x) WHERE x IS NOT NULL",
            "DROP INDEX CONCURRENTLY public.orders_x"
        ]
    );
    let some = ColumnStats { null_frac: 0.3, n_distinct: -0.05, ..ColumnStats::default() };
    assert!(fixture::found(&snapshot(some, 5), NULLS.id).is_empty());
}
