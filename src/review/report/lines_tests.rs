use super::*;

#[test]
fn prose_breaks_at_spaces_and_keeps_long_words() {
    assert_eq!(prose("one two  three", 7), ["one two", "three"]);
    assert_eq!(prose("a_name_that_is_wider b", 5), ["a_name_that_is_wider", "b"]);
    assert!(prose("  ", 5).is_empty());
}

#[test]
fn statements_never_break_inside_quotes_or_comments() {
    let sql = "SELECT 'a  b c d e f', \"x y\" FROM t -- and why not";
    assert_eq!(statement(sql, 12), ["SELECT", "'a  b c d e f',", "\"x y\" FROM t", "-- and why not"]);
}

#[test]
fn statements_keep_their_own_lines_and_lose_control_characters() {
    assert_eq!(statement("DO $$\nBEGIN\n  x;\u{1b}[31m\nEND $$", 40), ["DO $$", "BEGIN", "x;[31m", "END $$"]);
}

#[test]
fn parts_that_do_not_fit_are_counted() {
    let parts = ["alpha".to_owned(), "beta".to_owned(), "gamma ray".to_owned()];
    assert_eq!(fitting(&parts, ", ", 80), "alpha, beta, gamma ray");
    assert_eq!(fitting(&parts, ", ", 20), "alpha, beta +1 more");
    assert_eq!(fitting(&parts, ", ", 14), "alpha +2 more");
    assert_eq!(fitting(&parts, ", ", 12), "alp… +2 more");
}
