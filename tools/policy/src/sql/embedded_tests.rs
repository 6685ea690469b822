use super::*;

fn volatility(schema: Option<&str>, name: &str, major: u32) -> Option<char> {
    functions(schema, name, major).first().map(|function| function.volatility)
}

#[test]
fn the_table_knows_each_version() {
    assert_eq!(volatility(None, "lower", 13), Some('i'));
    assert!(volatility(Some("pg_catalog"), "extract", 13).is_some());
    assert_eq!(volatility(None, "pg_sleep", 18), Some('v'));
    assert_eq!(volatility(None, "uuidv7", 17), None);
    assert_eq!(volatility(None, "uuidv7", 18), Some('v'));
    assert_eq!(volatility(None, "pg_start_backup", 14), Some('v'));
    assert_eq!(volatility(None, "pg_start_backup", 15), None);
    assert_eq!(volatility(None, "uuidv7", 99), Some('v'));
}

#[test]
fn extensions_are_known_where_they_usually_live() {
    assert_eq!(volatility(None, "similarity", 15), Some('i'));
    assert_eq!(volatility(Some("public"), "similarity", 15), Some('i'));
    assert_eq!(volatility(Some("app"), "similarity", 15), None);
    assert_eq!(volatility(Some("app"), "lower", 15), None);
    assert_eq!(volatility(Some("pg_catalog"), "lower", 15), Some('i'));
}

#[test]
fn every_line_of_the_tables_is_read() {
    let lines = TABLE.lines().chain(OTHERS.lines()).filter(|line| !line.starts_with('#')).count();
    assert_eq!(ROWS.values().map(Vec::len).sum::<usize>(), lines);
    assert!(lines > 3_000);
}
