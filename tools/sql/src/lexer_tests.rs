use proptest::prelude::*;

use super::*;

fn kinds(sql: &str) -> Vec<(TokenKind, &str)> {
    tokens(sql).filter(Token::is_code).map(|token| (token.kind, token.text)).collect()
}

#[test]
fn literals_of_every_form_are_one_token() {
    for literal in ["'it''s'", r"E'a\'b'", "$$x;y$$", "$tag$ $$ $tag$", "B'101'", "x'1F'", "U&'\\0041'", "N'a'", "''"] {
        assert_eq!(kinds(literal), [(TokenKind::Text, literal)], "{literal}");
    }
    for number in ["1", "1.5", ".5", "1e10", "1.5e-3", "0x1F", "1_000"] {
        assert_eq!(kinds(number), [(TokenKind::Number, number)], "{number}");
    }
}

#[test]
fn dollars_are_parameters_quotes_or_parts_of_words() {
    assert_eq!(kinds("$1"), [(TokenKind::Parameter, "$1")]);
    assert_eq!(kinds("a$b$c"), [(TokenKind::Word, "a$b$c")]);
    assert_eq!(kinds("$é$x$é$"), [(TokenKind::Text, "$é$x$é$")]);
}

#[test]
fn comments_nest_and_end() {
    assert_eq!(kinds("a /* b /* c */ d */ e -- f\n g").len(), 3);
    assert!(!tokens("/* open").next().unwrap().closed);
    assert!(!tokens("'open").next().unwrap().closed);
}

#[test]
fn ranges_keep_their_dots() {
    assert_eq!(kinds("1..10").len(), 3);
}

proptest! {
    #[test]
    fn tokens_give_the_text_back(sql in ".{0,200}") {
        let again: String = tokens(&sql).map(|token| token.text).collect();
        prop_assert_eq!(again, sql);
    }

    #[test]
    fn tokens_give_sqlish_text_back(sql in r#"([a-zA-Z_$é'"\\;()\[\].,/*\- \n0-9eExX&]|\$\$|--|/\*|\*/|U&'){0,60}"#) {
        let again: String = tokens(&sql).map(|token| token.text).collect();
        prop_assert_eq!(again, sql);
    }
}
