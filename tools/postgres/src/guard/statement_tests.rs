use super::*;

#[test]
fn queries_go_through_a_cursor() {
    for sql in [
        "select 1",
        " -- explain\n select 1",
        "/* a /* show */ b */ table t",
        "values (1)",
        "with a as (select 1) select * from a",
        "",
        "explained",
    ] {
        assert!(matches!(Statement::Verbatim(sql).plan(), Plan::Cursor { .. }), "{sql}");
    }
}

#[test]
fn explain_and_show_run_as_they_are() {
    for sql in ["EXPLAIN select 1", "explain(analyze) select 1", "/*ä*/ --x\r\n\tShow all", "show\"x\""] {
        assert!(matches!(Statement::Verbatim(sql).plan(), Plan::Lines { prefix: 0, .. }), "{sql}");
    }
}

#[test]
fn an_open_comment_hides_everything() {
    assert_eq!(after_comments("/* explain select 1"), "");
    assert_eq!(after_comments("-- explain select 1"), "");
}

#[test]
fn the_prefix_is_known_in_characters() {
    let Plan::Cursor { text, prefix } = Statement::Verbatim("select ä").plan() else { panic!("a cursor") };
    assert_eq!(text.chars().skip(prefix).collect::<String>(), "select ä");
    let generic = Statement::ExplainGeneric { options: "FORMAT JSON", sql: "select $1, $2", parameters: 2 };
    let Plan::Prepared { then, .. } = generic.plan() else { panic!("prepared") };
    assert_eq!(then, "EXPLAIN /* dbwright */ (FORMAT JSON) EXECUTE dbwright_statement(NULL, NULL)");
}
