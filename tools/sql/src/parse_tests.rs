use super::*;

fn place(sql: &str) -> (String, usize, u32, u32) {
    match parse(sql).unwrap_err() {
        SqlError::Syntax { message, position, line, column, .. } => (message, position, line, column),
        other => panic!("expected a syntax error, got {other:?}"),
    }
}

#[test]
fn syntax_errors_have_the_place_that_the_server_reports() {
    assert_eq!(place("SELECT * FORM t"), ("syntax error at or near \"FORM\"".into(), 10, 1, 10));
    assert_eq!(place("SELECT 1;\nSELECT t t t FROM t"), ("syntax error at or near \"t\"".into(), 22, 2, 12));
    assert_eq!(place("SELECT 'é' x y"), ("syntax error at or near \"y\"".into(), 14, 1, 14));
    assert_eq!(place("SELECT (1"), ("syntax error at end of input".into(), 10, 1, 10));
    assert_eq!(place("SELECT 'abc").1, 8);
}

#[test]
fn the_caret_stands_under_the_place() {
    let shown = parse("SELECT 1,\n\tfrom from t").unwrap_err().to_string();
    assert_eq!(shown, "syntax error at or near \"from\" at line 2, column 2\n   from from t\n   ^");
}

#[test]
fn what_is_not_sql_is_named() {
    assert_eq!(parse(" -- nothing\n ;").unwrap_err(), SqlError::Empty);
    assert_eq!(parse("").unwrap_err(), SqlError::Empty);
    assert_eq!(parse("select\0").unwrap_err(), SqlError::Nul { at: 6 });
    assert!(matches!(parse(&"x".repeat(crate::MAX_BYTES + 1)), Err(SqlError::TooLarge { .. })));
    assert_eq!(parse("select 1; select 2").unwrap().one().unwrap_err(), SqlError::NotOne { found: 2 });
}

#[test]
fn deep_nesting_is_an_error_not_a_crash() {
    for sql in [
        format!("select {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("select {}1{}", "(select ".repeat(3000), ")".repeat(3000)),
        format!("select 1{}", "+1".repeat(60_000)),
        format!("select {} true", "not ".repeat(20_000)),
        format!("select 1{}", " union select 1".repeat(10_000)),
        format!("select {}1{}", "abs(".repeat(3000), ")".repeat(3000)),
        format!("select {}", "case when true then ".repeat(3000)),
    ] {
        if let Err(error) = parse(&sql) {
            let shown = error.to_string();
            assert!(shown.len() < 400, "{shown}");
        }
    }
}

#[test]
fn ordinary_generated_statements_are_not_too_deep() {
    let branches = vec!["select 1 as a from t where b = 1"; 60].join(" union all ");
    parse(&branches).unwrap();
    let concatenated = vec!["a"; 40].join(" || ");
    parse(&format!("select {concatenated} from t")).unwrap();
    let conjunction = (0..2000).map(|n| format!("c{n} = {n}")).collect::<Vec<_>>().join(" and ");
    parse(&format!("select 1 from t where {conjunction}")).unwrap();
}

#[test]
fn trees_are_written_back() {
    let parsed = parse("select   a from t where b=1").unwrap();
    assert_eq!(deparse(&parsed).unwrap(), "SELECT a FROM t WHERE b = 1");
    assert_eq!(deparse_node(parsed.one().unwrap()).unwrap(), "SELECT a FROM t WHERE b = 1");
}
