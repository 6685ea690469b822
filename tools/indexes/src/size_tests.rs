use super::*;
use crate::{CandidateClass, CommonValue, IndexKey, TableName};

fn catalog() -> Catalog {
    let mut table = Table { rows: 1_000_000.0, pages: 10_000, ..Table::new("public", "t") };
    let unique =
        Column { n_distinct: Some(-1.0), avg_width: Some(8.0), null_frac: Some(0.0), ..Column::new("id", "bigint") };
    let few = Column {
        n_distinct: Some(10.0),
        avg_width: Some(8.0),
        null_frac: Some(0.0),
        common: vec![CommonValue { value: "x".into(), frequency: 0.01 }],
        ..Column::new("few", "text")
    };
    table.columns = vec![unique, few];
    Catalog { server_version: 150_000, tables: vec![table], ..Catalog::default() }
}

fn on(column: &str) -> Candidate {
    Candidate::btree(
        TableName::new("public", "t"),
        vec![IndexKey::new(KeyExpression::Column(column.into()))],
        CandidateClass::Btree,
    )
}

/// A real index on a million unique bigints takes 22.5 MB, on ten text values 6.9 MB
/// (PostgreSQL 15).
#[test]
fn sizes_are_near_real_ones() {
    let catalog = catalog();
    let near = |candidate: &Candidate, real: f64| {
        #[expect(clippy::cast_precision_loss, reason = "a size in a test")]
        let bytes = estimated_bytes(candidate, &catalog) as f64;
        assert!((bytes / real - 1.0).abs() < 0.2, "{bytes} against {real}");
    };
    near(&on("id"), 22.5e6);
    near(&on("few"), 6.9e6);
}

#[test]
fn a_partial_index_is_as_small_as_its_share() {
    let partial = Candidate { predicate: Some("few = 'x'".into()), ..on("id") };
    let full = estimated_bytes(&on("id"), &catalog());
    let small = estimated_bytes(&partial, &catalog());
    assert!(small * 80 < full && small > 8192, "{small} of {full}");
}
