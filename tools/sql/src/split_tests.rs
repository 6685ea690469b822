use proptest::prelude::*;

use super::*;

fn texts(script: &str) -> Vec<&str> {
    split(script).unwrap().into_iter().map(|statement| statement.text).collect()
}

#[test]
fn splits_at_semicolons_outside_quotes_and_parentheses() {
    assert_eq!(
        texts("select ';' ; select $$;$$; create rule r as on insert to t do (select 1; select 2);; -- end;\n"),
        ["select ';'", "select $$;$$", "create rule r as on insert to t do (select 1; select 2)"]
    );
}

#[test]
fn keeps_sql_standard_bodies_together() {
    let script =
        "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3";
    assert_eq!(texts(script).len(), 2);
    assert_eq!(texts("begin; select 1; end; commit").len(), 4);
}

#[test]
fn reports_the_place_of_the_first_token_and_the_comments_before_it() {
    let script = "-- one\n/* two */ SELECT 1;\n\n  é := 2; select 3 -- tail";
    let found = split(script).unwrap();
    assert_eq!((found[0].line, found[0].column, found[0].comments), (2, 11, "-- one\n/* two */"));
    assert_eq!((found[1].line, found[1].column, found[1].comments), (4, 3, ""));
    assert_eq!((found[2].line, found[2].column, found[2].text), (4, 11, "select 3"));
    assert_eq!(&script[found[2].start..found[2].start + 6], "select");
}

#[test]
fn skips_psql_lines_and_copy_data() {
    let script =
        "\\echo don't stop\nselect 1 \\gset x_\nCOPY t (a) FROM stdin;\nit's; data\n\\.\nselect 2 \\; select 3;";
    assert_eq!(texts(script), ["select 1", "COPY t (a) FROM stdin", "select 2", "select 3"]);
    assert_eq!(texts("copy t from stdin; select 1").len(), 2);
}

#[test]
fn open_quotes_are_errors_with_their_place() {
    let SqlError::Syntax { line, column, message, .. } = split("select 1;\n select 'x").unwrap_err() else {
        panic!("expected a syntax error")
    };
    assert_eq!((line, column, message.as_str()), (2, 9, "unterminated quoted string"));
    assert_eq!(split("a\0b").unwrap_err(), SqlError::Nul { at: 1 });
    assert!(split(" -- nothing\n;;").unwrap().is_empty());
}

proptest! {
    #[test]
    fn never_panics_and_keeps_order(script in r#"([a-z'"\\;()$é/*\- \n0-9]|begin atomic |end|case |copy t from stdin;|\$\$){0,80}"#) {
        if let Ok(statements) = split(&script) {
            let mut last = 0;
            for statement in statements {
                prop_assert!(statement.start >= last);
                prop_assert!(!statement.text.is_empty());
                last = statement.start + statement.text.len();
            }
        }
    }
}
