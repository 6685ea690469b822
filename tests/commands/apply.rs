//! `apply`: from a finding to a change that was approved by its hash, measured and remembered.

use std::process::Stdio;

use dbwright_servers::testing::TestDatabase;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::shop::{run, shop};
use crate::support::program::{Ended, Home};

/// A project whose configuration names the database.
fn configured(database: &TestDatabase, rights: &str) -> Home {
    let home = Home::new();
    std::fs::create_dir(home.project().join(".dbwright")).unwrap();
    let config = format!("databases:\n  app: {{url: \"{}\", {rights}}}\n", database.url());
    std::fs::write(home.project().join(".dbwright/config.yaml"), config).unwrap();
    home
}

fn write(home: &Home, file: &str, content: &str) {
    std::fs::write(home.project().join(file), content).unwrap();
}

/// A list of findings with one fix.
fn finding(id: &str, fix: &Value) -> String {
    json!([{ "id": id, "rule": "missing_index", "severity": "medium", "confidence": "rule", "title": "orders lacks an index",
             "object": {"kind": "table", "name": "public.orders"}, "fix": fix }])
    .to_string()
}

fn hash(dry: &Ended) -> String {
    let text = dry.stdout.split("hash: ").nth(1).unwrap_or_else(|| panic!("{dry:?}"));
    text.split_whitespace().next().unwrap().to_owned()
}

const CHANGE: &str = "environment: development, access: change";

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_applied_once_after_approval_and_remembered() {
    let database = shop("apply").await;
    let home = configured(&database, CHANGE);
    let check = home.run(&["check", "--only", "indexes", "--format", "json"]).await;
    let findings: Vec<Value> = serde_json::from_str(&check.stdout).unwrap();
    let id =
        findings.iter().find(|finding| finding["rule"] == "foreign_key_without_index").unwrap()["id"].as_str().unwrap();
    write(&home, "findings.json", &check.stdout);
    write(&home, "q.sql", "SELECT * FROM orders WHERE customer_id = 7;");
    let apply = ["apply", id, "--from", "findings.json", "--measure", "q.sql"];
    let with = |more: &[&'static str]| [apply.as_slice(), more].concat();
    let dry = home.run(&with(&["--dry-run"])).await;
    assert_eq!(dry.code, 0, "{dry:?}");
    assert!(dry.stdout.contains("CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders"), "{}", dry.stdout);
    assert!(
        dry.stdout.contains("-- lock: ShareUpdateExclusiveLock") && dry.stdout.contains("-- undo: DROP INDEX"),
        "{}",
        dry.stdout
    );
    // Nobody to ask, or another action than the one that was looked at.
    for more in [[].as_slice(), &["--approve", "0123456789ab"]] {
        let refused = home.run(&with(more)).await;
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.stderr.contains("write.approval"), "{}", refused.stderr);
    }
    let hash = hash(&dry);
    let approved = [apply.as_slice(), &["--approve", &hash, "--format", "json"]].concat();
    let applied = home.run(&approved).await;
    assert_eq!(applied.code, 0, "{applied:?}");
    let changed: Value = serde_json::from_str(&applied.stdout).unwrap();
    assert_eq!((&changed["outcome"], &changed["hash"]), (&json!("kept"), &json!(hash)), "{changed:#}");
    let learning = home.run(&["memory", "show", changed["learning"].as_str().unwrap()]).await;
    assert!(
        learning.stdout.contains("was applied and pays") && learning.stdout.contains("pages before"),
        "{learning:?}"
    );
    let sessions = home.run(&["sessions", "list"]).await;
    assert!(sessions.stdout.contains("apply f_"), "{sessions:?}");
    let again = home.run(&approved).await;
    assert_eq!(serde_json::from_str::<Value>(&again.stdout).unwrap()["outcome"], "already_there", "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_does_not_help_is_taken_back_and_remembered_as_such() {
    let database = shop("apply_useless").await;
    let home = configured(&database, CHANGE);
    let fix = json!({"type": "create_index", "statements": ["CREATE INDEX useless ON orders (note)"]});
    write(&home, "f.json", &finding("f_0000000000aa", &fix));
    write(&home, "q.sql", "SELECT count(*) FROM orders WHERE status = 'done'");
    let apply = ["apply", "f_0000", "--from", "f.json", "--measure", "q.sql"];
    let hash = hash(&home.run(&[apply.as_slice(), &["--dry-run"]].concat()).await);
    let applied = home.run(&[apply.as_slice(), &["--approve", &hash]].concat()).await;
    assert_eq!(applied.code, 0, "{applied:?}");
    assert!(applied.stdout.contains("applied, measured and taken back"), "{}", applied.stdout);
    let learnings = home.run(&["memory", "list"]).await;
    assert!(learnings.stdout.contains("was tried and taken back"), "{learnings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_review_is_where_findings_come_from() {
    let database = shop("apply_review").await;
    let home = configured(&database, CHANGE);
    let review = home.run(&["review", "--format", "json"]).await;
    assert_eq!(review.code, 0, "{}", review.stderr);
    let review: Value = serde_json::from_str(&review.stdout).unwrap();
    let findings = review["findings"].as_array().unwrap();
    let id =
        findings.iter().find(|finding| finding["rule"] == "foreign_key_without_index").unwrap()["id"].as_str().unwrap();
    let dry = home.run(&["apply", id, "--dry-run", "--format", "json"]).await;
    let action: Value = serde_json::from_str(&dry.stdout).unwrap();
    assert_eq!((&action["finding"], &action["permitted"]), (&json!(id), &json!(true)), "{action:#}");
    let unknown = home.run(&["apply", "f_ffffffffffff"]).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("in the latest reviews"), "{}", unknown.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_or_cannot_be_run_is_said() {
    let database = shop("apply_refused").await;
    let index = json!({"type": "create_index", "statements": ["CREATE INDEX x ON orders (note)"]});
    for (rights, words) in [
        ("access: change", "write.production"),
        ("environment: development, access: maintain", "write.access"),
        ("environment: development", "write.access"),
    ] {
        let home = configured(&database, rights);
        write(&home, "f.json", &finding("f_0000000000aa", &index));
        let refused = home.run(&["apply", "f_0000", "--from", "f.json", "--approve", "0123456789ab"]).await;
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        // Looking is allowed.
        assert_eq!(home.run(&["apply", "f_0000", "--from", "f.json", "--dry-run"]).await.code, 0);
    }
    let home = configured(&database, "access: change, allow_production_changes: true");
    for (fix, code, words) in [
        (
            json!({"type": "migration", "statements": ["ALTER TABLE orders ADD COLUMN x int"]}),
            1,
            "dbwright migrate new",
        ),
        (json!({"type": "code", "notes": "Use one query."}), 1, "application's code"),
        (json!({"type": "redis_config", "statements": ["CONFIG SET maxmemory 1gb"]}), 1, "redis-cli"),
        (json!({"type": "set_option", "statements": ["ALTER TABLE orders SET LOGGED"]}), 3, "write a migration"),
        (
            json!({"type": "terminate_session", "statements": ["SELECT pg_terminate_backend(999999999)"]}),
            1,
            "has ended",
        ),
    ] {
        write(&home, "f.json", &finding("f_0000000000aa", &fix));
        let ended = home.run(&["apply", "f_0000", "--from", "f.json", "--approve", "0123456789ab"]).await;
        assert_eq!(ended.code, code, "{fix}: {ended:?}");
        assert!(ended.stderr.contains(words), "{fix}: {}", ended.stderr);
    }
}

/// The process dies in the middle of a build. The server builds on; the next run waits for it and
/// builds nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_looked_up_and_never_doubled() {
    let database = shop("apply_killed").await;
    run(
        &database,
        "CREATE TABLE few AS SELECT n AS id FROM generate_series(1, 300) n;
         CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.01); RETURN n; END'",
    )
    .await;
    let home = configured(&database, CHANGE);
    let fix = json!({"type": "create_index", "statements": ["CREATE INDEX slow_idx ON few (slow(id))"]});
    write(&home, "f.json", &finding("f_0000000000aa", &fix));
    let apply = ["apply", "f_0000", "--from", "f.json"];
    let hash = hash(&home.run(&[apply.as_slice(), &["--dry-run"]].concat()).await);
    let approved = [apply.as_slice(), &["--approve", &hash]].concat();
    let mut child = home.command(&approved).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().expect("it ended before it built").contains("building index") {}
    // SIGKILL: nothing is cancelled or written any more.
    child.kill().await.unwrap();
    let again = home.run(&approved).await;
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stderr.contains("slow_idx is being built by session"), "{}", again.stderr);
    assert!(again.stdout.contains("nothing to do: already there: slow_idx is there and valid"), "{}", again.stdout);
}
