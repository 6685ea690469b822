use super::*;

#[test]
fn finds_typing_errors_and_parts() {
    let names = ["orders", "order_items", "customers", "users"];
    assert_eq!(nearest("ordres", names, 3), ["orders"]);
    assert_eq!(nearest("order", names, 3), ["orders", "order_items"]);
    assert_eq!(nearest("Custmers", names, 3), ["customers"]);
    assert_eq!(nearest("zebra", names, 3), [""; 0]);
}

#[test]
fn survives_empty_and_foreign_text() {
    assert_eq!(nearest("", ["", "x"], 2), ["", "x"]);
    assert_eq!(nearest("größe", ["grösse", "größen"], 2), ["größen"]);
}
