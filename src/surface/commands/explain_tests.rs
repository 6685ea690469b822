use super::*;

fn one(text: &str) -> Result<String, (u8, String)> {
    let text = Text { name: "q.sql".to_owned(), text: text.to_owned() };
    one_statement(&text).map_err(|error| (error.code(), error.to_string()))
}

#[test]
fn one_statement_is_taken_without_its_end() {
    assert_eq!(one("-- why\nSELECT $1;\n"), Ok("SELECT $1".to_owned()));
}

#[test]
fn faults_stand_at_their_place() {
    assert_eq!(one("  -- nothing"), Err((2, "q.sql holds no statement".to_owned())));
    let (code, message) = one("\n  SELEC 1").unwrap_err();
    assert_eq!(code, 2);
    assert!(message.starts_with("q.sql:2:3: syntax error at or near \"SELEC\""), "{message}");
    assert!(one("SELECT 1; SELECT 2").unwrap_err().1.starts_with("q.sql holds 2 statements"));
}
