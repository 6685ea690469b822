use crate::parse;

#[test]
fn reaches_clauses_that_a_typed_walk_forgets() {
    for sql in [
        "SELECT 1 LIMIT (SELECT hidden())",
        "SELECT sum(a) OVER (ORDER BY hidden()) FROM t",
        "SELECT DISTINCT ON (hidden()) 1",
        "VALUES (1, hidden())",
        "SELECT * FROM ROWS FROM (hidden()) x",
        "SELECT * FROM t TABLESAMPLE system(hidden())",
        "SELECT * FROM XMLTABLE('/a' PASSING hidden() COLUMNS b int)",
        "SELECT a FROM t GROUP BY GROUPING SETS ((hidden()))",
        "SELECT count(*) FILTER (WHERE hidden()) FROM t",
        "SELECT (hidden()).x[hidden2()]",
        "SELECT JSON_VALUE(hidden(), '$')",
        "SELECT 1 UNION (SELECT 2 ORDER BY hidden() OFFSET 1)",
    ] {
        let mut seen = false;
        for item in parse(sql).unwrap().items() {
            item.walk(&mut |node| seen |= node.name == "FuncCall" && node.last_name("funcname") == Some("hidden"));
        }
        assert!(seen, "{sql}");
    }
}

#[test]
fn fields_are_read_by_name() {
    let items = parse("SELECT a FROM s.t AS x").unwrap().items();
    let relation = items[0].list("from_clause").next().unwrap();
    assert_eq!((relation.name, relation.text("schemaname"), relation.text("relname")), ("RangeVar", "s", "t"));
    assert_eq!(relation.item("alias").unwrap().text("aliasname"), "x");
    assert_eq!(relation.text("absent"), "");
}
