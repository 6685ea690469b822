use dbwright_policy::Decision;

use super::*;

#[test]
fn a_bad_line_is_answered_with_its_id_where_it_has_one() {
    for (line, id) in [
        (&b"{\"id\":7,\"kind\":\"sql\"}"[..], Value::from(7)),
        (b"{\"id\":\"a\",\"kind\":\"telnet\",\"input\":\"x\"}", Value::from("a")),
        (b"nonsense", Value::Null),
        (b"\xff\xfe", Value::Null),
        (b"[]", Value::Null),
    ] {
        let answer = question(line).unwrap_err();
        assert_eq!(answer.id, id);
        assert_eq!((answer.ruling.decision, answer.ruling.rule.as_str()), (Decision::Block, "policy.input"));
    }
}

#[test]
fn lines_are_read_whole_and_long_ones_end_where_they_end() {
    let mut text = vec![b'x'; LONGEST_LINE + 10];
    text.extend_from_slice(b"\nshort\nlast");
    let mut input = std::io::Cursor::new(text);
    let mut line = Vec::new();
    assert!(next_line(&mut input, &mut line).unwrap());
    assert!(question(&line).unwrap_err().ruling.reason.contains("longer than"));
    assert!(next_line(&mut input, &mut line).unwrap());
    assert_eq!(line, b"short\n");
    assert!(next_line(&mut input, &mut line).unwrap());
    assert_eq!(line, b"last");
    assert!(!next_line(&mut input, &mut line).unwrap());
}
