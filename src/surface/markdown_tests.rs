use super::*;

#[test]
fn nothing_loads_and_no_link_hides_where_it_leads() {
    for (given, shown) in [
        ("![](https://evil.example/?d=1)", "!  (`https://evil.example/?d=1`)"),
        ("![x][r]\n\n[r]: https://evil.example/p", "! [x][r]\n\n[r] `https://evil.example/p`"),
        ("see [the docs](https://evil.example/a(b)c \"t\")", "see the docs (`https://evil.example/a(b)c`)"),
        ("<https://evil.example>", "`https://evil.example`"),
        ("<img src=x onerror=y> and < IMG", "&lt;img src=x onerror=y> and < IMG"),
        ("a <a href='javascript:x'>b</a>", "a &lt;a href='javascript:x'>b&lt;/a>"),
        ("[here](#part) and [x] and f(x)[1](2)", "[here](#part) and [x] and f(x)1 (`2`)"),
        ("`` ![x](u) `", "`` ! x (`u`) `"),
        ("``` ![x](u) ` ` `", "``` ! x (`u`) ` ` `"),
        ("- a\n\n  ```\n![x](u)", "- a\n\n  ```\n! [x](u)"),
    ] {
        let inert = inert(given);
        assert_eq!(inert, shown, "{given}");
        assert!(!inert.contains("!["), "{inert}");
    }
}

#[test]
fn code_and_ordinary_text_stay() {
    for text in [
        "Use `a[1](2)` and\n\n```sql\nSELECT a < b, tags[1] FROM t WHERE x <> y\n```\n\nthen a < b.",
        "| a | b |\n| -- | -- |\n| **1** | _2_ |",
        "~~~\n[x](https://postgresql.org)\n~~~",
    ] {
        assert_eq!(inert(text), text);
    }
}
