use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn all_statements_of_a_folder_in_order_and_the_broken_ones_by_place() {
    let folder = folder(&[
        ("b.sql", "SELECT 2;\n\n  SELECT * FRM t;\n"),
        ("a.sql", "-- first\nSELECT 1; SELECT ';'"),
        ("c.sql", "SELECT 'open"),
        ("d.txt", "no"),
    ]);
    let found = statements(folder.path()).unwrap();
    assert_eq!(found.readable, ["SELECT 1", "SELECT ';'", "SELECT 2"]);
    let [syntax, open] = found.broken.as_slice() else { panic!("{found:?}") };
    assert!(syntax.contains("b.sql:3:12: syntax error at or near \"FRM\"\n"), "{syntax}");
    assert!(open.contains("c.sql:1:8: unterminated"), "{open}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = folder(&[("x.sql", "SELECT 1")]);
    let message =
        |result: Result<Text, Exit>| result.map(|text| text.text).map_err(|error| (error.code(), error.to_string()));
    let missing = message(text(&folder.path().join("nope.sql"))).unwrap_err();
    assert_eq!(missing.0, 2);
    assert!(missing.1.starts_with("cannot read ") && missing.1.contains("nope.sql: No such file"), "{missing:?}");
    std::fs::write(folder.path().join("binary"), [0, 1, 2]).unwrap();
    assert!(message(text(&folder.path().join("binary"))).unwrap_err().1.contains("binary file"));
    assert!(
        statements(&tempfile::tempdir().unwrap().path().join(".")).unwrap_err().to_string().contains("no .sql file")
    );
}

#[test]
fn words_are_told_from_paths() {
    let folder = folder(&[("q.sql", "SELECT 7")]);
    let path = folder.path().join("q.sql").display().to_string();
    assert_eq!(text_or_path(&path).unwrap().text, "SELECT 7");
    assert_eq!(text_or_path("SELECT a/b FROM t").unwrap().text, "SELECT a/b FROM t");
    assert!(text_or_path("nope.sql").is_err());
    assert!(text_or_path("dir/nope").is_err());
}
