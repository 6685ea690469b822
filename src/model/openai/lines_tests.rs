use super::*;

#[test]
fn only_whole_lines_come_out_until_the_end() {
    let mut lines = Lines::default();
    assert_eq!(lines.push("\u{feff}data: a".as_bytes()).as_deref(), Some(""));
    assert_eq!(lines.push(b"b\r\ndata: \xe2\x82").as_deref(), Some("data: ab\r\n"));
    assert_eq!(lines.push(b"\xac\n\nda").as_deref(), Some("data: €\n\n"));
    assert_eq!(lines.push(b"ta: c").as_deref(), Some(""));
    assert_eq!(lines.finish(), "data: c");
}

#[test]
fn the_mark_is_dropped_at_the_beginning_only() {
    let mut lines = Lines::default();
    assert_eq!(lines.push("\u{feff}a\n\u{feff}b\n".as_bytes()).as_deref(), Some("a\n\u{feff}b\n"));
}

#[test]
fn an_endless_line_is_a_fault() {
    let mut lines = Lines::default();
    let megabyte = vec![b'x'; 1 << 20];
    let refused = (0..10).position(|_| lines.push(&megabyte).is_none());
    assert_eq!(refused, Some(8));
}
