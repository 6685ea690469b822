//! `lint`: with and without a database, and its exit codes.

use std::fs;

use serde_json::Value;

use super::shop::{run, shop};
use crate::support::program::{Ended, Home};

fn with_migrations(files: &[(&str, &str)]) -> Home {
    let home = Home::new();
    for (path, text) in files {
        let path = home.project().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    home
}

fn rules(ended: &Ended) -> Vec<String> {
    let findings: Vec<Value> = serde_json::from_str(&ended.stdout).unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hazards_stand_at_their_place_and_fail_the_run() {
    let home = with_migrations(&[
        ("migrations/001_orders.up.sql", "CREATE TABLE orders (id bigint PRIMARY KEY);\n"),
        ("migrations/002_index.up.sql", "SET lock_timeout = '2s';\nCREATE INDEX i ON orders (id);\n"),
        ("migrations/002_index.down.sql", "DROP INDEX i;\n"),
        ("scripts/purge.lua", "return redis.call('KEYS', ARGV[1])\n"),
    ]);
    let all = home.run(&["lint", ".", "--fail-on", "high", "--format", "json"]).await;
    assert_eq!(all.code, 10, "{}", all.stderr);
    let findings: Vec<Value> = serde_json::from_str(&all.stdout).unwrap();
    let index = findings.iter().find(|finding| finding["rule"] == "create_index_not_concurrent").unwrap();
    assert_eq!(index["location"]["file"], "migrations/002_index.up.sql");
    assert_eq!((&index["location"]["line"], &index["location"]["column"]), (&Value::from(2), &Value::from(1)));
    assert!(rules(&all).contains(&"lua.keys-command".to_owned()));
    let first = home.run(&["lint", "migrations/001_orders.up.sql", "--fail-on", "low", "--format", "json"]).await;
    assert_eq!((first.code, first.stdout.trim()), (0, "[]"), "{}", first.stderr);
    // From elsewhere the place is absolute.
    let absolute = home.project().join("migrations").display().to_string();
    let outside = home.run(&["lint", &absolute, "--path", "/usr/share", "--format", "json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&outside.stdout).unwrap();
    let expected = home.project().canonicalize().unwrap().join("migrations/002_index.up.sql").display().to_string();
    assert_eq!(findings[0]["location"]["file"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalog_sharpens_and_its_absence_does_not_stop() {
    let database = shop("sharpen").await;
    let text = "SET lock_timeout = '2s';\nALTER TABLE orders ALTER COLUMN note TYPE varchar(40);\n";
    let home = with_migrations(&[("migrations/001_note.sql", text)]);
    let lint = ["lint", "migrations", "--format", "json"];
    let blind = home.run(&lint).await;
    assert_eq!(rules(&blind), ["alter_column_type"], "{}", blind.stdout);
    let sharp = home.run(&[lint.as_slice(), &["--db", &database.url()]].concat()).await;
    assert_eq!(sharp.stdout.trim(), "[]", "varchar only grows");
    let unreachable = home.run(&[lint.as_slice(), &["--db", "postgres://127.0.0.1:1/x"]].concat()).await;
    assert_eq!(unreachable.code, 6, "{}", unreachable.stderr);
    let mut configured = home.command(&lint);
    configured.env("DATABASE_URL", "postgres://127.0.0.1:1/x");
    let configured = configured.output().await.unwrap();
    assert!(configured.status.success());
    assert!(String::from_utf8_lossy(&configured.stderr).contains("not checked: judged without the catalog"));
    let version = home.run(&["lint", "migrations", "--pg-version", "12", "--format", "json"]).await;
    assert_eq!(version.code, 0, "{}", version.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_has_seen_is_only_read() {
    let database = shop("applied").await;
    run(&database, "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('20240101000000')")
        .await;
    let home = with_migrations(&[
        ("db/migrations/20240101000000_old.sql", "-- migrate:up\nCREATE INDEX old ON orders (status);\n"),
        ("db/migrations/20240102000000_new.sql", "-- migrate:up\nCREATE INDEX new ON orders (note);\n"),
    ]);
    let url = database.url();
    let lint = home.run(&["lint", ".", "--db", &url]).await;
    assert!(lint.stdout.contains("1 of 2 migrations were applied to"), "{}", lint.stdout);
    assert!(
        lint.stdout.contains("20240102000000_new.sql:2:1") && !lint.stdout.contains("_old.sql:"),
        "{}",
        lint.stdout
    );
    let named = home.run(&["lint", "db/migrations/20240101000000_old.sql", "--db", &url]).await;
    assert!(named.stdout.contains("20240101000000_old.sql:2:1"), "{}", named.stdout);
    run(&database, "INSERT INTO schema_migrations VALUES ('20240102000000')").await;
    let all = home.run(&["lint", ".", "--db", &url, "--fail-on", "info"]).await;
    assert_eq!((all.code, all.stdout.contains("no findings")), (0, true), "{}{}", all.stdout, all.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_input_is_an_error_with_its_place() {
    let home = with_migrations(&[
        ("bad/001_a.sql", "CREATE TABLE t (a int);\nCREATE INDX i ON t (a);\n"),
        ("bad/002_b.sql", "DROP TABLE t;\n"),
        ("none/readme.txt", "nothing"),
    ]);
    fs::write(home.project().join("binary.sql"), [0, 1, 2]).unwrap();
    let bad = home.run(&["lint", "bad"]).await;
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("error: bad/001_a.sql:2:8: syntax error at or near \"INDX\""), "{}", bad.stderr);
    assert!(bad.stdout.contains("drop_table"), "the rest is judged all the same: {}", bad.stdout);
    let reached = home.run(&["lint", "bad", "--fail-on", "high"]).await;
    assert_eq!(reached.code, 10, "{}", reached.stderr);
    assert!(reached.stderr.contains("bad/001_a.sql:2:8: syntax error"), "{}", reached.stderr);
    assert_eq!(home.run(&["lint", "bad", "--fail-on", "critical"]).await.code, 2);
    for (path, words) in [
        ("nope.sql", "cannot lint nope.sql: No such file"),
        ("none", "nothing to lint"),
        ("binary.sql", "is a binary file"),
        ("none/readme.txt", "holds no SQL"),
    ] {
        let ended = home.run(&["lint", path]).await;
        assert_eq!((ended.code, ended.stderr.contains(words)), (2, true), "{path}: {}", ended.stderr);
    }
}
