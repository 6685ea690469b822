use super::*;

fn parse(text: &str) -> Document {
    Document::parse(Path::new("a.md"), text).unwrap()
}

fn tools(head: &str) -> Vec<String> {
    parse(&format!("---\n{head}\n---\nbody\n")).list("tools").unwrap()
}

/// Every way of writing a list that agent files use.
#[test]
fn lists_in_all_their_shapes() {
    let expected = ["Bash", "Read", "Edit"];
    for head in [
        "tools: Bash, Read, Edit",
        "tools: Bash,Read,Edit",
        "tools: \"Bash, Read, Edit\"",
        "tools: 'Bash, Read, Edit'",
        "tools: [Bash, Read, Edit]",
        "tools: [\"Bash\", 'Read', Edit]",
        "tools:\n  - Bash\n  - Read\n  - Edit",
        "tools:\n- Bash\n- Read\n- Edit",
        "tools: \"Bash\", \"Read\", \"Edit\"",
        "tools: >-\n  Bash,\n  Read,\n  Edit",
        "tools: |\n  Bash\n  Read\n  Edit",
        "tools: Bash, Read, Edit,",
        "tools: [\n  Bash,\n  Read,\n  Edit\n]",
        "tools: Bash, Read, Edit   # the usual ones",
    ] {
        assert_eq!(tools(head), expected, "{head}");
    }
}

#[test]
fn commas_inside_parentheses_belong_to_the_item() {
    assert_eq!(tools("tools: Bash(git log, git diff), Read"), ["Bash(git log, git diff)", "Read"]);
}

#[test]
fn an_empty_list_is_empty_and_an_absent_one_is_absent() {
    assert_eq!(tools("tools:"), Vec::<String>::new());
    assert_eq!(tools("tools: []"), Vec::<String>::new());
    assert_eq!(parse("---\nname: a\n---\n").list("tools"), None);
}

#[test]
fn text_in_all_its_shapes() {
    for (head, expected) in [
        ("description: plain words", "plain words"),
        ("description: \"quoted: with colon\"", "quoted: with colon"),
        ("description: >\n  folded over\n  two lines", "folded over two lines"),
        ("description: |\n  kept\n  lines", "kept\nlines"),
        ("description: Use when: something is slow", "Use when: something is slow"),
        (
            "description: Examples: <example>user: 'hi' # no comment</example>",
            "Examples: <example>user: 'hi' # no comment</example>",
        ),
        ("description: 42", "42"),
        ("description: yes it is", "yes it is"),
        ("description: 数据库专家", "数据库专家"),
    ] {
        let document = parse(&format!("---\nname: a\n{head}\n---\nbody"));
        assert_eq!(document.text("description").as_deref(), Some(expected), "{head}");
        assert_eq!(document.body, "body");
    }
}

#[test]
fn byte_order_mark_and_carriage_returns_are_no_obstacle() {
    let document = parse("\u{feff}---\r\nname: a\r\ntools: Bash, Read\r\n---\r\nline 1\r\nline 2\r\n");
    assert_eq!(document.text("name").as_deref(), Some("a"));
    assert_eq!(document.list("tools").unwrap(), ["Bash", "Read"]);
    assert_eq!(document.body, "line 1\nline 2\n");
}

#[test]
fn a_file_without_head_is_all_body() {
    for text in ["# Title\n\nwords", "", "-- not a head\n", "---- four dashes\n"] {
        let document = parse(text);
        assert!(document.fields.is_empty());
        assert_eq!(document.body, text);
    }
}

#[test]
fn an_empty_head_is_no_error() {
    assert_eq!(parse("---\n---\nbody").body, "body");
    assert_eq!(parse("---\n# only a comment\n---\nbody").body, "body");
}

#[test]
fn a_rule_in_the_body_does_not_end_it() {
    assert_eq!(parse("---\nname: a\n---\none\n---\ntwo").body, "one\n---\ntwo");
}

#[test]
fn three_dots_close_a_head_too() {
    assert_eq!(parse("---\nname: a\n...\nbody").body, "body");
}

#[test]
fn the_last_duplicate_counts_and_is_reported() {
    let document = parse("---\nname: a\nmodel: opus\nmodel: haiku\n---\n");
    assert_eq!(document.text("model").as_deref(), Some("haiku"));
    assert!(document.warnings[0].contains("`model` occurs more than once"), "{:?}", document.warnings);
}

#[test]
fn unknown_and_nested_keys_are_kept() {
    let document = parse("---\nname: a\nhooks:\n  PreToolUse:\n    - matcher: Bash\nx-custom: 1\n---\n");
    assert!(document.get("hooks").is_some_and(Value::is_mapping));
    assert_eq!(document.text("x-custom").as_deref(), Some("1"));
}

#[test]
fn broken_yaml_names_file_line_and_column() {
    for (text, line) in [
        ("---\nname: a\ntools: [Bash, Read\n---\n", 3..=5),
        ("---\nname: \"unclosed\ntools: x\n---\n", 2..=5),
        ("---\nname: a\n\tmodel: opus\n---\n", 3..=3),
        ("---\nname: a\n  bad: indent: here\n---\n", 3..=3),
    ] {
        let error = Document::parse(Path::new("agents/x.md"), text).unwrap_err();
        assert_eq!(error.file, "agents/x.md");
        assert!(line.contains(&error.line) && error.column >= 1, "{text:?}: {error}");
        assert!(error.to_string().starts_with(&format!("agents/x.md:{}:{}: ", error.line, error.column)));
    }
}

#[test]
fn a_head_that_is_no_mapping_is_refused() {
    let error = Document::parse(Path::new("a.md"), "---\n- one\n- two\n---\n").unwrap_err();
    assert!(error.message.contains("keys with values"), "{error}");
}

#[test]
fn a_head_that_never_closes_is_refused() {
    let error = Document::parse(Path::new("a.md"), "---\nname: a\nbody").unwrap_err();
    assert!(error.message.contains("never closes"), "{error}");
}
