use super::quoted;

#[test]
fn a_shell_reads_back_what_was_quoted() {
    assert_eq!(quoted("/home/a/demo"), "/home/a/demo");
    assert_eq!(quoted("postgres://p@localhost:5432/shop?host=/s"), "'postgres://p@localhost:5432/shop?host=/s'");
    assert_eq!(quoted("it's here"), r"'it'\''s here'");
    assert_eq!(quoted(""), "''");
}
