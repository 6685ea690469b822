use super::*;

#[test]
fn text_means_itself() {
    assert_eq!(escape("<a href='x'>&\"\u{1b}\u{202e}\n"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\n");
    assert_eq!(anchor("explain#3 \"x"), "explain-3--x");
}

#[test]
fn only_paired_backticks_mark_code() {
    assert_eq!(prose("run `a < b` now"), "run <code>a &lt; b</code> now");
    assert_eq!(prose("a ` b"), "a ` b");
}

#[test]
fn breaks_never_split_an_entity() {
    assert_eq!(breakable("a.b&c"), "a.<wbr>b&amp;c");
}
