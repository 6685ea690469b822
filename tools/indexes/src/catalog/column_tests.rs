use super::*;

#[test]
fn equality_share_uses_common_values_then_the_rest() {
    let mut column = Column::new("status", "text");
    column.n_distinct = Some(4.0);
    column.common = vec![
        CommonValue { value: "done".into(), frequency: 0.9 },
        CommonValue { value: "open".into(), frequency: 0.06 },
    ];
    assert!((column.equality_share(Some("open"), 1000.0) - 0.06).abs() < 1e-9);
    assert!((column.equality_share(Some("odd"), 1000.0) - 0.02).abs() < 1e-9);
    assert!((column.equality_share(None, 1000.0) - 0.25).abs() < 1e-9);
}

#[test]
fn base_type_drops_modifiers_only() {
    assert_eq!(Column::new("a", "character varying(40)").base_type(), "character varying");
    assert_eq!(Column::new("a", "timestamp(3) without time zone").base_type(), "timestamp without time zone");
    assert_eq!(Column::new("a", "numeric(10,2)").base_type(), "numeric");
    assert!(!Column::new("a", "json").is_sortable());
    assert!(!Column::new("a", "numeric(10,2)").deduplicates());
}

#[test]
fn distinct_values_reads_both_signs() {
    let mut column = Column::new("id", "bigint");
    assert!((column.distinct_values(50.0) - 50.0).abs() < 1e-9);
    column.n_distinct = Some(-1.0);
    assert!((column.distinct_values(1e6) - 1e6).abs() < 1e-9);
}
