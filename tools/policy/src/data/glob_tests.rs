use super::*;

#[test]
fn stars_stop_at_slashes_and_double_stars_do_not() {
    for (pattern, text) in [
        ("app.*", "app.orders"),
        ("*", ""),
        ("config/*.yaml", "config/a.yaml"),
        ("**/*.pem", "a/b/c.pem"),
        ("**", "a/b"),
        ("a?c", "abc"),
        ("*.example.org", "x.example.org"),
    ] {
        assert!(matches(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in
        [("config/*.yaml", "config/a/b.yaml"), ("a?c", "a/c"), ("app.*", "other.orders"), ("", "x"), ("x", "")]
    {
        assert!(!matches(pattern, text), "{pattern} {text}");
    }
}
