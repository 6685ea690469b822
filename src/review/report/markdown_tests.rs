use super::*;

#[test]
fn code_spans_and_fences_are_longer_than_what_they_hold() {
    assert_eq!(code("a`b"), "``a`b``");
    assert_eq!(code("`a"), "`` `a ``");
    let fence = fenced(&["SELECT '```'"], dbwright_finding::FixKind::Analyze);
    assert!(fence.starts_with("````sql\n") && fence.trim_end().ends_with("\n````"), "{fence}");
}

#[test]
fn escaped_text_means_itself() {
    assert_eq!(escape("<b> *x* [a](b) a_b"), "&lt;b&gt; \\*x\\* \\[a\\](b) a\\_b");
    assert!(!escape("@all see #1 http://a").contains("@all"));
    assert!(!escape("http://a").contains("://"));
}
