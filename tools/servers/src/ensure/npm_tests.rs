use super::*;

#[test]
fn listed_links_are_made_and_stay_inside() {
    let package = tempfile::tempdir().unwrap();
    let native = package.path().join("native");
    fs::create_dir_all(native.join("lib")).unwrap();
    fs::write(native.join("lib/libpq.so.5.18"), "x").unwrap();
    let list = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"},
                   {"source":"native/lib/libpq.so.5.18","target":"../outside"},
                   {"source":"/etc/passwd","target":"native/lib/passwd"}]"#;
    fs::write(native.join("pg-symlinks.json"), list).unwrap();
    link_libraries(&native).unwrap();
    link_libraries(&native).unwrap();
    assert_eq!(fs::read_to_string(native.join("lib/libpq.so.5")).unwrap(), "x");
    assert!(!native.join("lib/passwd").exists());
    assert!(!package.path().parent().unwrap().join("outside").exists());
}
