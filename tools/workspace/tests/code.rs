//! Walking and scanning a repository.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use dbwright_workspace::{ScanLimits, Workspace, scan_code, source_files};
use tempfile::TempDir;

const LOOP: &str = "for o in orders:\n    cur.execute(q, (o.id,))\n";

fn repository() -> (TempDir, Workspace) {
    let folder = TempDir::new().unwrap();
    for path in [
        "app/orders.py",
        "app/reports.py",
        "node_modules/x/a.py",
        "vendor/b.py",
        "tests/test_a.py",
        "app/big.py",
        "cart.lua",
        "notes.txt",
        "ignored/c.py",
        "web/app.min.js",
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, LOOP).unwrap();
    }
    fs::write(folder.path().join(".gitignore"), "ignored/\n").unwrap();
    fs::write(folder.path().join("app/big.py"), LOOP.repeat(20_000)).unwrap();
    let workspace = Workspace::new(folder.path()).unwrap();
    (folder, workspace)
}

#[test]
fn the_walker_hands_out_our_own_source() {
    let (_folder, workspace) = repository();
    let mut files = source_files(&workspace, "", ScanLimits::default()).unwrap();
    let paths: Vec<String> = files.by_ref().map(|file| file.path).collect();
    assert_eq!(paths, ["app/orders.py", "app/reports.py", "cart.lua", "tests/test_a.py"]);
    assert!(!files.was_cut());
    let mut few = source_files(&workspace, "", ScanLimits { files: 2, ..ScanLimits::default() }).unwrap();
    assert_eq!(few.by_ref().count(), 2);
    assert!(few.was_cut());
    assert!(source_files(&workspace, "../", ScanLimits::default()).is_err());
}

#[test]
fn the_scan_reports_each_loop_once() {
    let (_folder, workspace) = repository();
    let scan = scan_code(&workspace, "", ScanLimits::default()).unwrap();
    let places: Vec<_> = scan.findings.iter().map(|finding| finding.location.clone().unwrap().file).collect();
    assert_eq!(places, ["app/orders.py", "app/reports.py"]);
    assert_eq!((scan.files, scan.cut), (4, false));
}
