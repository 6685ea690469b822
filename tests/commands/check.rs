//! `check`, and rights that are missing.

use dbwright_servers::testing;
use serde_json::Value;

use super::shop::{run, shop};
use crate::support::program::Home;

#[tokio::test(flavor = "multi_thread")]
async fn findings_fail_a_run_at_their_severity() {
    let (database, home) = (shop("check").await, Home::new());
    let url = database.url();
    let check = ["check", "--only", "indexes", "--db", &url];
    let text = home.run(&check).await;
    assert_eq!(text.code, 0, "{}", text.stderr);
    assert!(text.stdout.contains("! public.orders (customer_id) references public.customers"), "{}", text.stdout);
    let json = home.run(&[check.as_slice(), &["--format", "json", "--fail-on", "medium"]].concat()).await;
    assert_eq!(json.code, 10, "{}", json.stderr);
    let findings: Vec<Value> = serde_json::from_str(&json.stdout).unwrap();
    assert!(findings.iter().any(|finding| finding["rule"] == "foreign_key_without_index"), "{findings:#?}");
    let critical = home.run(&[check.as_slice(), &["--fail-on", "critical"]].concat()).await;
    assert_eq!(critical.code, 0);
    let sql = home.run(&[check.as_slice(), &["--format", "sql"]].concat()).await;
    assert!(sql.stdout.lines().all(|line| line.ends_with(';')), "{}", sql.stdout);
    let sarif = home.run(&[check.as_slice(), &["--format", "sarif"]].concat()).await;
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let output = home.project().join("out.json");
    let to_file =
        home.run(&[check.as_slice(), &["--format", "json", "--output", output.to_str().unwrap()]].concat()).await;
    assert!(to_file.stdout.is_empty());
    assert_eq!(serde_json::from_str::<Vec<Value>>(&std::fs::read_to_string(output).unwrap()).unwrap(), findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_and_a_poor_role_are_no_errors() {
    let database = testing::postgres().await.database("poor").await;
    let home = Home::new();
    let empty = home.run(&["check", "--only", "tables", "--db", &database.url()]).await;
    assert_eq!((empty.code, empty.stdout.contains("no findings")), (0, true), "{}{}", empty.stdout, empty.stderr);
    run(&database, "DO $$ BEGIN CREATE ROLE poor LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$").await;
    let poor = home.run(&["check", "--db", &database.url_as("poor")]).await;
    assert_eq!(poor.code, 0, "{}", poor.stderr);
    assert!(poor.stdout.contains("not checked: "), "{}", poor.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_words_and_files_are_usage_errors() {
    let (database, home) = (testing::postgres().await.database("words").await, Home::new());
    let url = database.url();
    std::fs::write(home.project().join("bad.yaml"), "limits: {stps: 3}\n").unwrap();
    std::fs::write(home.project().join("broken.yaml"), "limits: [\n").unwrap();
    for (words, arguments) in [
        ("unknown group `nonsense`: use one of locks", ["check", "--only", "nonsense", "--db", &url].as_slice()),
        ("--format is one of text, json, md, sarif, sql", &["check", "--format", "html", "--db", &url]),
        ("did you mean `limits.steps`", &["check", "--config", "bad.yaml", "--db", &url]),
        ("broken.yaml: ", &["config", "show", "--config", "broken.yaml"]),
        ("cannot read nope.yaml", &["check", "--config", "nope.yaml", "--db", &url]),
        ("unknown severity `bad`", &["check", "--fail-on", "bad", "--db", &url]),
    ] {
        let ended = home.run(arguments).await;
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{arguments:?}: {}", ended.stderr);
    }
    let gone = home.run(&["check", "--db", &url.replace("/t_words", "/t_gone")]).await;
    assert_eq!(gone.code, 6, "{}", gone.stderr);
    assert!(gone.stderr.contains("check the database name"), "{}", gone.stderr);
}

/// The password is asked for over TCP only in a cluster that says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_password_is_told_without_the_password() {
    let server = testing::own_postgres(dbwright_servers::PostgresOptions::default()).await;
    let hba = server.dir().join("data/pg_hba.conf");
    let before = std::fs::read_to_string(&hba).unwrap();
    std::fs::write(&hba, format!("local all guarded scram-sha-256\n{before}")).unwrap();
    let mut session = dbwright_postgres::ScriptSession::open(&server.url("postgres").into(), "test").await.unwrap();
    session.run("CREATE ROLE guarded LOGIN PASSWORD 'right'").await.unwrap();
    session.run("SELECT pg_reload_conf()").await.unwrap();
    let home = Home::new();
    let url = server.url_as("guarded", "postgres").replace("guarded@", "guarded:wr0ngsecret@");
    let mut ended = home.run(&["check", "--db", &url]).await;
    // The reload is told to the postmaster, not waited for.
    for _ in 0..50 {
        if ended.code == 6 {
            break;
        }
        ended = home.run(&["check", "--only", "settings", "--db", &url]).await;
    }
    assert_eq!(ended.code, 6, "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("check user and password"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("wr0ngsecret"), "{}", ended.stderr);
    server.stop().await.unwrap();
}
