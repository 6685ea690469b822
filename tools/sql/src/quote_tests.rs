use super::*;
use crate::parse;

#[test]
fn quotes_only_where_needed() {
    for (name, quoted) in [
        ("orders", "orders"),
        ("_x1", "_x1"),
        ("name", "name"),
        ("select", "\"select\""),
        ("user", "\"user\""),
        ("coalesce", "\"coalesce\""),
        ("left", "\"left\""),
        ("Mixed", "\"Mixed\""),
        ("1a", "\"1a\""),
        ("", "\"\""),
        ("a b", "\"a b\""),
    ] {
        assert_eq!(quote_ident(name), quoted);
    }
    assert_eq!(quote_qualified(Some("Sales"), "order"), "\"Sales\".\"order\"");
    assert_eq!(quote_qualified(None, "t"), "t");
}

#[test]
fn literals_survive_the_parser() {
    for text in ["plain", "it's", r"back\slash", "'; DROP TABLE x; --", "é\n"] {
        let items = parse(&format!("SELECT {}", quote_literal(text))).unwrap().items();
        let mut found = None;
        items[0].walk(&mut |item| {
            if item.name == "String" {
                found = Some(item.text("sval").to_owned());
            }
        });
        assert_eq!(found.as_deref(), Some(text));
    }
}
