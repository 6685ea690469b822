//! The playbook through the real binary on a real database: no model, no key.

use dbwright_postgres::ScriptSession;
use dbwright_servers::testing;
use secrecy::SecretString;
use serde_json::Value;

use crate::support::program::{Home, json_lines};

/// A table whose statement lacks an index, and statistics that are fresh.
const SHOP: &str = "CREATE TABLE orders AS SELECT n AS id, n % 5000 AS customer_id, md5(n::text) AS note \
                    FROM generate_series(1, 200000) n; ANALYZE orders";
const SLOW: &str = "SELECT note FROM orders WHERE customer_id = 42";

/// One question; the events and the answer.
async fn ask(home: &Home, url: &str, more: &[&str], question: &str) -> (Vec<Value>, String) {
    let mut arguments = vec!["ask", "--json", "--db", url];
    arguments.extend(more);
    arguments.push(question);
    let ended = home.run(&arguments).await;
    assert_eq!(ended.code, 0, "{question}: {}", ended.stderr);
    let events = json_lines(&ended.stdout);
    let answer = events.iter().rev().find_map(|event| event["answer"].as_str()).unwrap_or_default().to_owned();
    (events, answer)
}

fn tools(events: &[Value]) -> Vec<&str> {
    let finished = events.iter().filter(|event| event["type"] == "tool_finished");
    finished.filter_map(|event| event["name"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_statement_is_explained_tried_and_remembered() {
    let database = testing::postgres().await.database("playbook").await;
    let url = database.url();
    ScriptSession::open(&SecretString::from(url.as_str()), "shop").await.unwrap().run(SHOP).await.unwrap();
    let home = Home::new();

    let (events, answer) = ask(&home, &url, &[], &format!("why is this slow: {SLOW}")).await;
    let mut order = tools(&events);
    // One save for what helps, one for each thing tried in vain.
    order.dedup_by(|after, before| after == before && *after == "memory_save");
    assert_eq!(
        order,
        [
            "memory_search",
            "explain",
            "explain",
            "describe",
            "workload",
            "advise_indexes",
            "tune_statement",
            "memory_save"
        ],
        "{answer}"
    );
    assert!(answer.contains("measured on a scratch copy") && answer.contains("(customer_id)"), "{answer}");
    let session = events[0]["session_id"].as_str().unwrap();

    let (events, plan) = ask(&home, &url, &["--resume", session], "show the plan").await;
    assert_eq!(tools(&events), Vec::<&str>::new(), "a follow-up reads the journal: {plan}");
    assert!(plan.contains("Seq orders"), "{plan}");

    // Another session knows it, also with another literal.
    let (_, again) =
        ask(&home, &url, &[], "what do you remember about SELECT note FROM orders WHERE customer_id = 7").await;
    assert!(again.contains("Index on table public.orders (customer_id) helps"), "{again}");
    assert!(!again.contains("42"), "no literal outlives its session: {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_cannot_do_it_says() {
    let database = testing::postgres().await.database("playbook_faults").await;
    let home = Home::new();
    let url = database.url();
    for (question, said) in [
        ("SELECT a FROM t WHERE b =", "does not parse"),
        ("why is this slow: SELECT a FROM missing_table", "missing_table"),
        ("describe missing_table", "missing_table"),
        ("sing me a song", "No procedure fits"),
        ("redis health", "analyze_keyspace is not available here"),
        ("is this safe: DROP TABLE orders", "Not safe as it stands"),
        ("add column region text to orders safely", "dbwright migrate new 'add column region text to orders'"),
        ("what is blocking?", "Nothing found in the locks and sessions"),
    ] {
        let (_, answer) = ask(&home, &url, &[], question).await;
        assert!(answer.contains(said), "{question}: {answer}");
        assert!(answer.contains("no language model"), "{question}: {answer}");
    }
}
