use super::*;

#[test]
fn only_the_inside_is_open() {
    for (input, decision, rule) in [
        ("src/a.rs", Decision::Allow, "path.inside"),
        ("read:./a/../b.sql", Decision::Allow, "path.inside"),
        ("write:src/a.rs", Decision::Ask, "path.write"),
        ("a/../../b", Decision::Block, "path.outside"),
        ("/etc/passwd", Decision::Block, "path.outside"),
        ("/proc/self/environ", Decision::Block, "path.outside"),
        ("~/.ssh/id_rsa", Decision::Block, "path.outside"),
        ("file:///etc/passwd", Decision::Block, "path.outside"),
        ("..\\..\\secret", Decision::Block, "path.outside"),
        ("C:\\Windows", Decision::Block, "path.outside"),
        ("a\0b", Decision::Block, "path.syntax"),
        (".env", Decision::Block, "path.withheld"),
        ("write:.git/hooks/pre-commit", Decision::Block, "path.withheld"),
        ("write:.claude/agents/a.md", Decision::Block, "path.steering"),
        ("write:", Decision::Block, "path.folder"),
    ] {
        let ruling = judge(input, Mode::Change);
        assert_eq!((ruling.decision, ruling.rule.as_str()), (decision, rule), "{input:?}");
    }
    let below = |input| judge_below(Some(Path::new("/srv/app")), input, Mode::Readonly).decision;
    assert_eq!(below("/srv/app/a.rs"), Decision::Allow);
    assert_eq!(below("/srv/app/../b"), Decision::Block);
    assert_eq!(below("/srv/application/a.rs"), Decision::Block);
}
