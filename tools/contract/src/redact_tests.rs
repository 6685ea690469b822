use super::*;

#[test]
fn every_shape_compiles_and_is_replaced() {
    assert_eq!(SHAPES.len(), 9);
    let redactor = Redactor::new();
    for (text, leaked) in [
        ("postgres://app:hunter22@localhost/app", "hunter22"),
        ("redis://:hunter22@127.0.0.1:6379", "hunter22"),
        ("host=h password=hunter22 dbname=d", "hunter22"),
        ("ALTER ROLE a PASSWORD = 'hunter 22'", "hunter 22"),
        ("CREATE ROLE a LOGIN PASSWORD 'Good''Pw-1'", "Good"),
        (r#"{"password": "hunter22"}"#, "hunter22"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJzdWIiOiIxMjM0In0"),
        ("sk-abcdefghijklmnop1234", "abcdefghijklmnop"),
        ("md5d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204"),
    ] {
        let clean = redactor.redact(text);
        assert!(!clean.contains(leaked), "{leaked} left in {clean}");
    }
}

#[test]
fn ordinary_text_is_borrowed() {
    let text = "SELECT id, password_hash FROM users WHERE token_id = $1 -- commit 0c5a76cc";
    let redactor = Redactor::new();
    assert!(redactor.redact("SELECT 1 FROM orders WHERE total > 5").contains("total > 5"));
    assert!(redactor.redact(text).contains("password_hash"));
}

#[test]
fn known_values_go_wherever_they_stand() {
    let redactor = Redactor::new().knows(SecretString::from("swordfish")).knows(SecretString::from("ab"));
    assert_eq!(redactor.redact("the swordfish swims, abc"), "the [redacted] swims, abc");
    let mut value = serde_json::json!({"a": ["swordfish", 1]});
    redactor.redact_json(&mut value);
    assert_eq!(value, serde_json::json!({"a": ["[redacted]", 1]}));
}
