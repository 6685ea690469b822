//! `memory`, `sessions`, `tools`, `completions` and `config`.

use std::{collections::BTreeSet, fs};

use dbwright_contract::Redactor;
use dbwright_memory::{LearningKind, NewLearning, Provenance, Store, StoreUrl};
use serde_json::Value;

use crate::support::program::{Home, json_lines};

async fn learned(home: &Home) -> String {
    let url = StoreUrl::from(home.path().join("state/state.db"));
    let store = Store::open(&url, Redactor::new()).await.unwrap();
    let new = NewLearning {
        tables: vec!["orders".to_owned()],
        provenance: Provenance { user_statement: Some("we measured it".to_owned()), ..Provenance::default() },
        ..NewLearning::new(
            LearningKind::IndexStrategy,
            "Orders need an index on status",
            "Filters on status are common.",
        )
    };
    let id = store.save_learning(new).await.unwrap().learning.id;
    store.close().await;
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learned_can_be_read_moved_and_forgotten() {
    let (home, other) = (Home::new(), Home::new());
    let id = learned(&home).await;
    for arguments in [
        ["memory", "list"].as_slice(),
        &["memory", "search", "status"],
        &["memory", "search", "--table", "orders"],
        &["memory", "show", &id],
    ] {
        let ended = home.run(arguments).await;
        assert!(
            ended.code == 0 && ended.stdout.contains("Orders need an index on status"),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    let json = home.run(&["memory", "list", "--format", "json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&json.stdout).unwrap()[0]["id"], id.as_str());
    let folder = home.path().join("notes").display().to_string();
    assert_eq!(home.run(&["memory", "export", &folder]).await.code, 0);
    let imported = other.run(&["memory", "import", &folder]).await;
    assert_eq!((imported.code, imported.stdout.trim()), (0, "1 added, 0 updated, 0 unchanged"), "{}", imported.stderr);
    assert_eq!(home.run(&["memory", "forget", &id]).await.code, 0);
    let gone = home.run(&["memory", "show", &id]).await;
    assert_eq!((gone.code, gone.stderr.contains("no learning")), (1, true), "{}", gone.stderr);
    let nothing = home.run(&["memory", "search"]).await;
    assert_eq!((nothing.code, nothing.stderr.contains("nothing to search for")), (2, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_can_be_listed_shown_and_exported() {
    let home = Home::new();
    let asked = home.run(&["ask", "what can you do?"]).await;
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let listed = home.run(&["sessions", "list"]).await;
    let id = listed.stdout.split_whitespace().next().unwrap();
    let shown = home.run(&["sessions", "show", &id[..20]]).await;
    assert!(shown.stdout.contains("> what can you do?"), "{}", shown.stdout);
    let first = asked.stdout.trim().lines().next().unwrap();
    assert!(shown.stdout.contains(first), "{first} in {}", shown.stdout);
    let events = json_lines(&home.run(&["sessions", "export", id]).await.stdout);
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("turn_started", "turn_finished"));
    assert!(events.iter().zip(1u64..).all(|(event, seq)| event["seq"] == seq && event["session_id"] == id));
    let none = home.run(&["sessions", "show", "zzz"]).await;
    assert_eq!((none.code, none.stderr.contains("no session `zzz`")), (1, true), "{}", none.stderr);
    let bad = home.run(&["sessions", "list", "--state", "mysql://h/db"]).await;
    assert_eq!((bad.code, bad.stderr.contains("no place for state")), (2, true), "{}", bad.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_rules_settings_and_completions_are_printed() {
    let home = Home::new();
    let tools: Vec<Value> = serde_json::from_str(&home.run(&["tools", "--strict"]).await.stdout).unwrap();
    let lint = tools.iter().find(|tool| tool["name"] == "lint_migration").unwrap();
    assert_eq!(lint["parameters"]["additionalProperties"], false);
    assert_eq!(lint["parameters"]["required"].as_array().unwrap().len(), 4, "{lint:#}");
    let rules: Vec<Value> =
        serde_json::from_str(&home.run(&["tools", "--rules", "--format", "json"]).await.stdout).unwrap();
    let field = |rule: &Value, name: &str| rule[name].as_str().unwrap().to_owned();
    let unique: BTreeSet<(String, String)> =
        rules.iter().map(|rule| (field(rule, "group"), field(rule, "id"))).collect();
    assert_eq!(unique.len(), rules.len(), "a rule is declared once in its group");
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    for id in [
        "missing_index",
        "set_not_null",
        "seq_scan_selective",
        "lock.no-ttl",
        "lua.keys-command",
        "code.keys",
        "n_plus_one_code",
    ] {
        assert!(ids.contains(id), "{id}");
    }
    fs::create_dir_all(home.project().join(".dbwright")).unwrap();
    let project = "limits: {steps: 7}\ndatabases: {app: {url: 'postgres://me:s3cret@h/db'}}\n";
    fs::write(home.project().join(".dbwright/config.yaml"), project).unwrap();
    let settings = home.run(&["config", "show"]).await.stdout;
    let steps = settings.lines().find(|line| line.starts_with("limits.steps")).unwrap();
    assert!(steps.contains(" 7 ") && steps.contains(".dbwright/config.yaml"), "{steps}");
    assert!(settings.contains("databases.app.url") && !settings.contains("s3cret"), "{settings}");
    for shell in ["bash", "zsh", "fish"] {
        let script = home.run(&["completions", shell]).await;
        assert!(script.code == 0 && script.stdout.contains("keyspace"), "{shell}: {}", script.stderr);
    }
}
