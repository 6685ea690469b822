use super::*;

#[test]
fn nothing_from_outside_moves_the_cursor() {
    assert_eq!(plain("a\u{1b}[2J\nb\t\u{202e}c\r"), "a[2J b c");
    assert_eq!(visible("SELECT 1;\n\u{7}-- \u{1b}[31mx"), "SELECT 1;\n-- [31mx");
}

#[test]
fn paragraphs_hang_below_their_label() {
    assert_eq!(paragraph("why  ", "one two three four five six", 25), "why  one two three four\n     five six");
    assert_eq!(paragraph("fix  ", "", 25), "fix  ");
}

#[test]
fn columns_are_aligned_and_lines_end_with_their_text() {
    let rows = [vec!["a".to_owned(), "bb".to_owned()], vec!["ccc".to_owned(), String::new()]];
    assert_eq!(table(&rows), "a    bb\nccc\n");
}

#[test]
fn only_our_own_colours_reach_a_terminal() {
    let hostile = "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{1b}[2J \u{1b}[8mhidden\u{1b}[0m\r\u{9b}1A \u{202e}x";
    assert_eq!(
        tame(hostile),
        "\u{1b}[31mred\u{1b}[0m \\x1b]0;title\\x07 \\x1b[2J \\x1b[8mhidden\u{1b}[0m\\x0d\\x9b1A \\u{202e}x"
    );
    assert!(matches!(tame("plain, größer\n\tnext"), Cow::Borrowed(_)));
}
