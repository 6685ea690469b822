use dbwright_sql::NodeEnum;

use super::*;

fn verdict(expression: &str) -> bool {
    let parsed = dbwright_sql::parse(&format!("SELECT {expression}")).unwrap();
    let NodeEnum::SelectStmt(select) = parsed.one().unwrap() else { panic!("not a select") };
    let Some(NodeEnum::ResTarget(target)) = select.target_list.first().and_then(|node| node.node.as_ref()) else {
        panic!("no target")
    };
    let catalog = Catalog { immutable_functions: ["slug".to_owned()].into(), ..Catalog::default() };
    immutable_type(target.val.as_deref().unwrap(), &catalog, &|reference| {
        let name = match tree::column_parts(reference)?.as_slice() {
            ["t"] => "text",
            ["n"] => "integer",
            ["j"] => "jsonb",
            ["ts"] => "timestamp without time zone",
            ["tz"] => "timestamp with time zone",
            _ => return None,
        };
        Some(name.to_owned())
    })
    .is_some()
}

#[test]
fn immutable_expressions_pass() {
    for expression in [
        "lower(t)",
        "j->>'a'",
        "(j->>'a')::int",
        "j->'a'->>'b'",
        "ts::date",
        "date_trunc('day', ts)",
        "extract(year from ts)",
        "(tz AT TIME ZONE 'UTC')::date",
        "coalesce(t, '')",
        "n % 10",
        "t || 'x'",
        "to_tsvector('english', t)",
        "slug(t)",
        "substring(t from 1 for 3)",
        "left(t, 3)",
        "upper(trim(t))",
    ] {
        assert!(verdict(expression), "{expression}");
    }
}

#[test]
fn what_depends_on_settings_or_chance_does_not() {
    for expression in [
        "tz::date",
        "date_trunc('day', tz)",
        "t::date",
        "now()",
        "random()",
        "to_tsvector(t)",
        "extract(year from tz)",
        "t || n",
        "unknown(t)",
        "count(t)",
        "other.slug2(t)",
        "to_char(ts, 'YYYY')",
    ] {
        assert!(!verdict(expression), "{expression}");
    }
}
