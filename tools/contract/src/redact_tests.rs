use super::*;

#[test]
fn known_values_go_wherever_they_stand() {
    let redactor = Redactor::new().knows(SecretString::from("swordfish")).knows(SecretString::from("ab"));
    assert_eq!(redactor.redact("the swordfish swims, abc"), "the [redacted] swims, abc");
    let mut value = serde_json::json!({"a": ["swordfish", 1]});
    redactor.redact_json(&mut value);
    assert_eq!(value, serde_json::json!({"a": ["[redacted]", 1]}));
}

#[test]
fn known_values_are_found_in_every_form() {
    let redactor = Redactor::new().knows(SecretString::from("p@ss \"w/rd\" é"));
    for form in [
        "p@ss \"w/rd\" é",
        "p%40ss%20%22w%2Frd%22%20%C3%A9",
        "p%40ss%20%22w%2frd%22%20%c3%a9",
        r#"p@ss \"w/rd\" é"#,
        "cEBzcyAidy9yZCIgw6k=",
        "cEBzcyAidy9yZCIgw6k",
    ] {
        let clean = redactor.redact(form);
        assert!(clean.starts_with(REDACTED), "{form} became {clean}");
    }
}

#[test]
fn words_of_the_trade_stay_readable_and_urls_do_not() {
    let redactor = Redactor::new().knows(SecretString::from("postgres"));
    assert_eq!(redactor.redact("the role postgres owns it"), "the role postgres owns it");
    assert_eq!(redactor.redact("postgres://postgres:postgres@h/d"), "postgres://postgres:[redacted]@h/d");
}

#[test]
fn names_of_fields_and_columns_say_that_a_value_is_secret() {
    let redactor = Redactor::new();
    let mut value = serde_json::json!({
        "requirepass": "x1", "nested": {"apiKey": "y2", "password": ""}, "password_encryption": "scram",
        "columns": [{"name": "email"}, {"name": "password_hash"}], "rows": [["a@example.org", "plain"], ["b", null]]});
    redactor.redact_json(&mut value);
    assert_eq!(
        value,
        serde_json::json!({
            "requirepass": REDACTED, "nested": {"apiKey": REDACTED, "password": ""}, "password_encryption": "scram",
            "columns": [{"name": "email"}, {"name": "password_hash"}], "rows": [["a@example.org", REDACTED], ["b", null]]})
    );
}

#[test]
fn a_secret_in_pieces_is_still_one() {
    let redactor = Redactor::new().knows(SecretString::from("correct horse battery"));
    let text = "It is postgres://app:hunter22@db/app, and the phrase is correct horse battery, \
        in PEM: -----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n\
        -----END PRIVATE KEY----- and PASSWORD 'two words' and then much more text of no importance at all, \
        which goes on for a while so that something is let through.\nThe end.";
    let clean = redactor.redact(text).into_owned();
    for size in [1, 2, 3, 7, 19, 64, 1000] {
        let mut stream = StreamRedactor::default();
        let mut out = String::new();
        let letters: Vec<char> = text.chars().collect();
        let mut early = 0;
        for piece in letters.chunks(size) {
            let shown = stream.push(&redactor, &piece.iter().collect::<String>());
            early += shown.len();
            out.push_str(&shown);
        }
        out.push_str(&stream.finish(&redactor));
        assert_eq!(out, clean, "pieces of {size}");
        assert!(early > 0 || size == 1000, "nothing came early in pieces of {size}");
    }
}
