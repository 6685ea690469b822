use super::*;

#[test]
fn one_line_keeps_what_is_quoted() {
    assert_eq!(collapse_whitespace("select  a, -- why\n 'x  y'\n from t /* c */ ;"), "select a, 'x  y' from t ;");
    assert_eq!(collapse_whitespace("select 'a\nb'"), "select 'a b'");
}

#[test]
fn brief_cuts_with_an_ellipsis() {
    assert_eq!(brief("select aé from t", 9), "select a…");
    assert_eq!(brief("select 1", 8), "select 1");
    assert_eq!(brief("select 1", 0), "…");
}
