//! `migrate new` in a project's own convention.

use std::fs;

use serde_json::Value;

use super::shop::shop;
use crate::support::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn files_follow_the_convention_and_pass_the_linter() {
    let home = Home::new();
    let folder = home.project().join("db/migrations");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("20240101000000_first.sql"), "-- migrate:up\nSELECT 1;\n\n-- migrate:down\nSELECT 1;\n")
        .unwrap();
    let intent = ["migrate", "new", "set", "not", "null", "on", "orders.email"];
    let dry = home.run(&[intent.as_slice(), &["--dry-run"]].concat()).await;
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    assert!(dry.stdout.contains("-- migrate:up") && dry.stdout.contains("VALIDATE CONSTRAINT"), "{}", dry.stdout);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let written = home.run(&intent).await;
    let paths: Vec<&str> = written.stdout.lines().collect();
    assert!(!paths.is_empty() && paths.iter().all(|path| home.project().join(path).is_file()), "{}", written.stdout);
    let lint = home.run(&[&["lint", "--fail-on", "low"], paths.as_slice()].concat()).await;
    assert_eq!(lint.code, 0, "{}", lint.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_knows_types_and_columns() {
    let (database, home) = (shop("author").await, Home::new());
    let url = database.url();
    let change = ["migrate", "new", "change type of orders.note to text", "--format", "json", "--db", &url];
    let files: Vec<Value> = serde_json::from_str(&home.run(&change).await.stdout).unwrap();
    assert!(files.iter().all(|file| file["path"].as_str().unwrap().starts_with("migrations/")), "{files:#?}");
    let unknown = home.run(&["migrate", "new", "set not null on orders.nope", "--db", &url]).await;
    assert_eq!((unknown.code, unknown.stderr.contains("orders has no column nope")), (2, true), "{}", unknown.stderr);
    let words = home.run(&["migrate", "new", "make", "it", "fast"]).await;
    assert_eq!((words.code, words.stderr.contains("the forms are")), (2, true), "{}", words.stderr);
    let smuggled = home.run(&["migrate", "new", "add column a int; drop table orders; -- to orders"]).await;
    assert_eq!(smuggled.code, 2, "{}", smuggled.stdout);
}
