use super::*;

fn wanted(schema: Option<&str>, name: &str) -> Wanted {
    Wanted { schema: schema.map(str::to_owned), name: name.to_owned() }
}

#[test]
fn names_as_people_write_them() {
    for (text, expected) in [
        ("orders", wanted(None, "orders")),
        (" shop.orders ; ".trim(), wanted(Some("shop"), "orders ")),
        ("shop.orders", wanted(Some("shop"), "orders")),
        ("\"Shop\".\"Order.Items\"", wanted(Some("Shop"), "Order.Items")),
        ("app.bump(integer, text)", wanted(Some("app"), "bump")),
        ("db.shop.orders", wanted(Some("shop"), "orders")),
        (".orders", wanted(None, "orders")),
        ("\"open", wanted(None, "\"open")),
        ("", wanted(None, "")),
    ] {
        let parsed = Wanted::parse(text);
        assert_eq!(
            (parsed.schema.as_deref(), parsed.name.trim()),
            (expected.schema.as_deref(), expected.name.trim()),
            "{text}"
        );
    }
}

#[test]
fn patterns() {
    assert!(Wanted::parse("shop.*").is_pattern());
    assert!(Wanted::parse("order%").is_pattern());
    assert!(!Wanted::parse("order_items").is_pattern());
    assert_eq!(Wanted::like("Order_*"), "order\\_%");
}
