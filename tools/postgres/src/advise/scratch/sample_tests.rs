use super::*;

fn table(pages: u64) -> Table {
    Table { pages, ..Table::new("public", "t") }
}

#[test]
fn what_fits_is_copied_whole() {
    let sample = Sample::within(256, 256);
    assert_eq!(sample.percent_of(&table(1_000_000)), None);
    assert_eq!(Sample::within(256, 0).percent_of(&table(1_000_000)), None);
}

#[test]
fn of_large_tables_a_share_and_of_small_ones_all() {
    let sample = Sample::within(256, 1024);
    assert_eq!(sample.percent_of(&table(100_000)), Some(25.0));
    assert_eq!(sample.percent_of(&table(100)), None);
    assert!(!sample.is_too_thin());
    assert!(Sample::within(256, 256_000).is_too_thin());
}
