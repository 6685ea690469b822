use super::*;

fn file(path: &str) -> NewFile {
    NewFile { path: path.to_owned(), contents: "SELECT 1;\n".to_owned() }
}

#[test]
fn files_appear_whole_in_folders_that_are_made() {
    let root = tempfile::tempdir().unwrap();
    write_all(root.path(), &[file("db/m/1.up.sql"), file("db/m/1.down.sql")]).unwrap();
    let path = root.path().join("db/m/1.up.sql");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "SELECT 1;\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(std::fs::read_dir(root.path().join("db/m")).unwrap().count(), 2);
}

#[test]
fn nothing_is_replaced_and_nothing_half_done_stays() {
    let root = tempfile::tempdir().unwrap();
    std::fs::write(root.path().join("2.sql"), "mine").unwrap();
    let error = write_all(root.path(), &[file("1.sql"), file("2.sql")]).unwrap_err();
    assert_eq!(error.to_string(), "2.sql exists already; nothing was written");
    assert_eq!(std::fs::read_to_string(root.path().join("2.sql")).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
}
