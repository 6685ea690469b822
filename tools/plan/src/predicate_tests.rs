use super::*;

fn one(text: &str) -> Conjunct {
    let mut parts = Predicate::parse(text).conjuncts;
    assert_eq!(parts.len(), 1, "{text}");
    parts.remove(0)
}

#[test]
fn plain_comparisons_name_column_operator_and_value() {
    for (text, column, operator, value) in [
        ("(status = 'paid'::text)", "status", "=", "'paid'::text"),
        ("(o.total >= '10'::numeric)", "total", ">=", "'10'::numeric"),
        ("(\"Odd Name\" IS NULL)", "Odd Name", "IS NULL", ""),
        ("(\"Order Items\".product_id = $1)", "product_id", "=", "$1"),
        ("(\"Order Items\".\"Unit.Price\" > '2'::numeric)", "Unit.Price", ">", "'2'::numeric"),
        ("((\"Order Items\".\"say \"\"hi\"\"\")::text = 'x'::text)", "say \"hi\"", "=", "'x'::text"),
        ("(NOT \"Order Items\".\"Is Open\")", "Is Open", "", "false"),
        ("(id = ANY ('{1,2}'::integer[]))", "id", "= ANY", "('{1,2}'::integer[])"),
        ("archived", "archived", "", ""),
        ("(NOT archived)", "archived", "", "false"),
        ("(5 < id)", "id", ">", "5"),
        ("((email)::text = 'a) AND (b'::text)", "email", "=", "'a) AND (b'::text"),
        (
            "(created_at > '2024-01-01 00:00:00+00'::timestamp with time zone)",
            "created_at",
            ">",
            "'2024-01-01 00:00:00+00'::timestamp with time zone",
        ),
    ] {
        let part = one(text);
        assert_eq!(part.column.as_deref(), Some(column), "{text}");
        assert_eq!(part.operator, operator, "{text}");
        assert_eq!(part.value, value, "{text}");
        assert!(part.is_bare(), "{text}");
    }
}

#[test]
fn wrapped_columns_are_seen_as_such() {
    let part = one("(lower((email)::text) = 'x'::text)");
    assert_eq!((part.column.as_deref(), part.function.as_deref()), (Some("email"), Some("lower")));
    let part = one("((created_at)::date = '2024-01-01'::date)");
    assert_eq!((part.column.as_deref(), part.cast.as_deref()), (Some("created_at"), Some("date")));
    let part = one("((created_at)::timestamp without time zone >= '2024-01-01'::timestamp)");
    assert_eq!((part.cast.as_deref(), part.operator.as_str()), (Some("timestamp without time zone"), ">="));
    let part = one("((\"Order Items\".\"Unit Price\" * 2) > 10)");
    assert_eq!((part.column.as_deref(), part.arithmetic), (Some("Unit Price"), true));
    let part = one("((quantity * 2) > 10)");
    assert_eq!((part.column.as_deref(), part.arithmetic), (Some("quantity"), true));
    assert!(!part.is_bare());
}

#[test]
fn parts_split_at_the_top_only() {
    let predicate = Predicate::parse("((total > '1'::numeric) AND (status = 'a'::text) AND ((x = 1) OR (y = 2)))");
    assert_eq!(predicate.conjuncts.len(), 3);
    assert_eq!(predicate.index_columns(), ["status", "total"]);
    assert_eq!(predicate.conjuncts[2].column, None);
    let predicate = Predicate::parse("((\"Order Items\".qty > $2) AND (\"Order Items\".product_id = $1))");
    assert_eq!(predicate.index_columns(), ["product_id", "qty"]);
}

#[test]
fn subplans_and_odd_text_name_no_column() {
    for text in ["(NOT (hashed SubPlan 1))", "(SubPlan 2)", "", "()", "((", "'x'", "(1 = 1)", "(a.b.c(d)"] {
        let predicate = Predicate::parse(text);
        assert!(predicate.conjuncts.iter().all(|part| part.column.is_none() || part.function.is_some()), "{text}");
    }
}
