use super::*;

fn found(text: &str, old: &str, new: &str) -> &'static str {
    match edited_text(text, old, new, "f") {
        Landed::Done(_) => "done",
        Landed::NotDone(_) => "not done",
        Landed::Unclear(_) => "unclear",
    }
}

#[test]
fn an_edit_is_found_by_what_the_file_holds() {
    for (text, old, new, expected) in [
        ("limit 10;", "limit 10", "limit 20", "not done"),
        ("limit 20;", "limit 10", "limit 20", "done"),
        ("limit 30;", "limit 10", "limit 20", "unclear"),
        // The new text contains the old one.
        ("a; b;", "a;", "a; b;", "done"),
        ("a;", "a;", "a; b;", "not done"),
        // Both stand in the file: the old one is what was to go.
        ("x y", "x", "y", "not done"),
        // A deletion.
        ("kept", "dropped", "", "done"),
        ("kept dropped", "dropped", "", "not done"),
    ] {
        assert_eq!(found(text, old, new), expected, "{text} | {old} | {new}");
    }
}

#[test]
fn a_written_file_is_compared_whole() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::new(folder.path()).unwrap();
    let args = WriteArgs { path: "a.sql".to_owned(), content: "select 1;\n".to_owned() };
    assert!(matches!(written(&workspace, &args), Ok(Landed::NotDone(_))));
    std::fs::write(folder.path().join("a.sql"), "select 1;\n").unwrap();
    assert!(matches!(written(&workspace, &args), Ok(Landed::Done(_))));
    std::fs::write(folder.path().join("a.sql"), "select 2;\n").unwrap();
    assert!(matches!(written(&workspace, &args), Ok(Landed::Unclear(_))));
}
