use super::*;
use crate::FunctionFacts;

fn expression(sql: &str) -> ast::Node {
    let parsed = dbwright_sql::parse(&format!("SELECT {sql}")).unwrap();
    let NodeEnum::SelectStmt(select) = parsed.one().unwrap() else { panic!("a SELECT") };
    let Some(NodeEnum::ResTarget(target)) = &select.target_list[0].node else { panic!("a target") };
    target.val.as_deref().unwrap().clone()
}

#[test]
fn defaults_are_judged_by_their_worst_function() {
    let context = Context {
        functions: vec![FunctionFacts { schema: "public".into(), name: "quiet".into(), volatile: false }],
        ..Context::default()
    };
    for (sql, judged) in [
        ("1", Volatility::Stable),
        ("'{}'::jsonb", Volatility::Stable),
        ("now() - interval '1 day'", Volatility::Stable),
        ("CURRENT_TIMESTAMP", Volatility::Stable),
        ("quiet()", Volatility::Stable),
        ("mine()", Volatility::Unknown),
        ("coalesce(mine(), random())", Volatility::Volatile),
        ("public.gen_random_uuid()", Volatility::Volatile),
    ] {
        assert_eq!(volatility(&expression(sql), &context), judged, "{sql}");
    }
}

#[test]
fn only_conjuncts_prove_not_null() {
    assert_eq!(proves_not_null(&expression("a IS NOT NULL AND (b > 0 AND c IS NOT NULL)")), ["a", "c"]);
    assert!(proves_not_null(&expression("a IS NOT NULL OR b IS NOT NULL")).is_empty());
    assert!(proves_not_null(&expression("a IS NULL")).is_empty());
}

#[test]
fn expressions_are_written_back() {
    assert_eq!(deparsed(&expression("lower( x )||'a'")), "lower(x) || 'a'");
    assert_eq!(columns(&expression("t.a + b * a")), ["a", "b"]);
}
