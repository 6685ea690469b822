use super::*;

fn change(from: &str, to: &str) -> TypeChange {
    SqlType::parse(from).unwrap().change_to(&SqlType::parse(to).unwrap())
}

#[test]
fn catalog_and_grammar_spellings_are_one_type() {
    for (left, right) in [
        ("int", "integer"),
        ("int4", "integer"),
        ("varchar(20)", "character varying(20)"),
        ("timestamptz", "timestamp with time zone"),
        ("numeric(10,2)", "decimal(10, 2)"),
        ("bool", "boolean"),
    ] {
        assert_eq!(change(left, right), TypeChange::Free, "{left} {right}");
    }
    assert_eq!(SqlType::parse("character varying(20)").unwrap().sql, "varchar(20)");
    assert!(SqlType::parse("bigserial").unwrap().is_serial());
    assert_eq!(SqlType::parse("no type at all, really"), None);
}

#[test]
fn widenings_are_free_and_the_rest_is_not() {
    for (from, to, cost) in [
        ("varchar(20)", "varchar(40)", TypeChange::Free),
        ("varchar(40)", "varchar(20)", TypeChange::Rewrite),
        ("varchar", "varchar(20)", TypeChange::Rewrite),
        ("text", "varchar", TypeChange::Free),
        ("text", "varchar(9)", TypeChange::Rewrite),
        ("numeric(10,2)", "numeric(14,2)", TypeChange::Free),
        ("numeric(10,2)", "numeric(14,4)", TypeChange::Rewrite),
        ("timestamp", "timestamptz", TypeChange::FreeUnderUtc),
        ("timestamp(3)", "timestamp(6)", TypeChange::Free),
        ("cidr", "inet", TypeChange::Free),
        ("inet", "cidr", TypeChange::Rewrite),
        ("int", "bigint", TypeChange::Rewrite),
        ("text[]", "varchar[]", TypeChange::Rewrite),
        ("char(5)", "text", TypeChange::Rewrite),
    ] {
        assert_eq!(change(from, to), cost, "{from} {to}");
    }
}
