use super::*;

#[test]
fn base64_is_the_standard_one() {
    for (plain, encoded) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("??>", "Pz8+")]
    {
        assert_eq!(base64(plain.as_bytes(), STANDARD), encoded);
    }
    assert_eq!(base64(b"??>", URL_SAFE), "Pz8-");
}

#[test]
fn short_values_count_only_where_they_stand_alone() {
    let forms = Known::forms("kestrel");
    let replaced = |text: &str| forms.iter().find_map(|form| form.replaced(text));
    assert_eq!(replaced("kestrel, xkestrel and kestrels").as_deref(), Some("[redacted], xkestrel and kestrels"));
    assert_eq!(replaced("kestrelkestrel"), None);
    assert!(Known::forms("Postgres").is_empty() && Known::forms("abc").is_empty());
}
