use dbwright_contract::ToolSpec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::{Item, ToolCall, ToolReply};

const TOOLS: &[&str] = &[
    "check_health",
    "workload",
    "explain",
    "describe",
    "advise_indexes",
    "analyze_keyspace",
    "lint_migration",
    "scan_code",
    "Read",
    "memory_search",
    "memory_save",
    "escalate",
];

const SLOW: &str = "SELECT id FROM orders WHERE status = $1";

fn request(questions: &[&str], tools: &[&'static str]) -> Request {
    let specs = tools.iter().map(|name| ToolSpec { name, description: "", parameters: json!({}) });
    let items = questions.iter().take(1).map(|text| Item::User { text: (*text).to_owned() });
    Request { items: items.collect(), tools: specs.collect(), ..Request::default() }
}

/// A tool's answer, as the real ones shape it.
fn result(name: &str, arguments: &Value) -> Result<Value, String> {
    let finding = |rule: &str, table: &str| {
        json!({"id": format!("f_{rule}_{table}"), "rule": rule, "severity": "high", "confidence": "rule",
            "title": format!("{table} has a problem"), "object": {"kind": "table", "name": table},
            "evidence": [{"source": "pg_class", "field": "rows", "value": 150_000}],
            "fix": {"type": "analyze", "statements": [format!("ANALYZE {table}")]}})
    };
    let measured = json!({"how": "scratch", "before": {"ms": 45.7, "buffers": 2992}, "after": {"ms": 0.03, "buffers": 10}, "ratio": 299.2});
    Ok(match name {
        "memory_search" => {
            json!({"hits": [{"learning": {"id": "01abc", "title": "Index on table public.carts (user_id) helps",
            "status": "verified", "last_seen": "2026-01-02T03:04:05Z"}, "why": ["words"], "score": 1.0}]})
        }
        "check_health" => {
            json!({"database": "app", "server": "PostgreSQL 15.18, database shop", "rules": 64, "tables": 14, "indexes": 31,
            "findings": [finding("dead_tuples", "public.orders")], "gaps": ["slots were not read: GRANT pg_monitor TO app"]})
        }
        "workload" => {
            json!({"database": "app", "source": "pg_stat_statements", "total_ms": 8784.2, "calls": 12_000, "statements": [
            {"query_id": "1", "query": SLOW, "calls": 60, "mean_ms": 14.3, "share": 0.41, "rows_per_call": 3.0},
            {"query_id": "2", "query": "SELECT 1 FROM pg_class", "calls": 9, "mean_ms": 0.1, "share": 0.01},
            {"query_id": "3", "query": "UPDATE orders SET status = $1 WHERE id = $2", "calls": 9, "mean_ms": 3000.0, "share": 0.3}],
            "running": [], "gaps": []})
        }
        "explain" => {
            json!({"database": "app", "mode": if arguments["analyze"] == true { "executed" } else { "estimated" },
            "parameters": {"source": "none"}, "findings": [finding("seq_scan_selective", "public.orders")], "compact": "Seq orders self 14ms",
            "summary": {"execution_ms": 14.2, "total_cost": 3269.0, "buffers": 2992, "nodes": [{"label": "Seq Scan on orders"}]}, "notes": []})
        }
        "describe" => {
            json!({"kind": "relation", "schema": "public", "name": "orders", "relation_kind": "table", "estimated_rows": 150_000,
            "table_bytes": 24_000_000, "index_bytes": 20_000_000, "indexes": [{"name": "orders_pkey", "definition": "btree (id)"}]})
        }
        "advise_indexes" => json!({"database": "app", "analysed": 2, "indexes": [{"name": "orders_status_idx",
            "statement": "CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders (status)",
            "undo": "DROP INDEX CONCURRENTLY public.orders_status_idx", "bytes": 1_100_000, "bytes_measured": true, "write_note": "few writes",
            "gains": [{"statement": 0, "text": SLOW, "measured": measured}]}],
            "findings": [{"id": "f_advised", "rule": "missing_index", "severity": "medium", "confidence": "measured",
                "title": "public.orders lacks an index on (status)", "object": {"kind": "table", "name": "public.orders", "columns": ["status"]},
                "measured": measured, "fix": {"type": "create_index", "statements": ["CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders (status)"],
                "undo": ["DROP INDEX CONCURRENTLY public.orders_status_idx"], "lock": "ShareUpdateExclusiveLock"}}],
            "rejected": [{"statement": "CREATE INDEX ON public.orders (id, status)", "why": "gained less than 20 % when executed: 310 to 300 buffers, 1.2 to 1.1 ms"}],
            "skipped": [], "notes": [], "gaps": []}),
        "analyze_keyspace" => {
            json!({"server": {"version": "7.0.15", "used_memory": 22_000_000, "maxmemory": 0, "policy": "noeviction"},
            "dbsize": 50_000, "templates": [{"template": "cart:{id}", "keys": 12_000, "bytes": 3_000_000, "type": "hash"}],
            "big_keys": [], "findings": [], "gaps": []})
        }
        "lint_migration" => {
            json!({"findings": [finding("set_not_null", "orders")], "gaps": [], "scripts": ["db/1.sql"], "convention": "dbmate in db"})
        }
        "scan_code" => {
            json!({"findings": [{"id": "f_loop", "rule": "n_plus_one_code", "severity": "medium", "confidence": "rule",
            "title": "app/orders.go:26 asks the database once for each item", "object": {"kind": "file", "name": "app/orders.go"},
            "location": {"file": "app/orders.go", "line": 26, "column": 1}, "fix": {"type": "code", "notes": "Ask once."}}], "gaps": [], "files": 7})
        }
        "memory_save" => {
            json!({"learning": {"id": "01def", "title": arguments["title"]}, "merged": false, "supersedes": null})
        }
        "escalate" => {
            json!({"handle": format!("@{}", arguments["to"].as_str().unwrap_or_default()), "reason": arguments["reason"],
            "evidence": arguments["evidence"], "next_step": arguments["next_step"]})
        }
        "Read" => json!({"path": "a.lua", "text": "return redis.call('KEYS', ARGV[1])"}),
        other => return Err(format!("unexpected {other}")),
    })
}

fn reply(call: &ToolCall, result: Result<Value, String>) -> Item {
    let (ok, text, json) = match result {
        Ok(json) => (true, String::new(), json),
        Err(text) => (false, text, Value::Null),
    };
    Item::Tool(ToolReply { call_id: call.id.clone(), name: call.name.clone(), ok, text, json, provenance: None })
}

/// Plays a conversation; `world` answers the calls. Returns the transcript with every answer in it.
fn converse(
    questions: &[&str],
    tools: &[&'static str],
    world: &dyn Fn(&ToolCall) -> Result<Value, String>,
) -> (Request, Vec<String>) {
    let mut request = request(questions, tools);
    let mut answers = Vec::new();
    for (n, question) in questions.iter().enumerate() {
        if n > 0 {
            request.items.push(Item::User { text: (*question).to_owned() });
        }
        for step in 0.. {
            assert!(step < 60, "{question}: does not end");
            match Playbook::next(&request) {
                Step::Answer(text) => {
                    request.items.push(Item::Assistant { text: text.clone(), calls: vec![], extra: Value::Null });
                    answers.push(text);
                    break;
                }
                Step::Calls(calls) => {
                    assert!(!calls.is_empty(), "{question}: waits for nothing");
                    request.items.push(Item::Assistant {
                        text: String::new(),
                        calls: calls.clone(),
                        extra: Value::Null,
                    });
                    request.items.extend(calls.iter().map(|call| reply(call, world(call))));
                }
            }
        }
    }
    (request, answers)
}

fn real(call: &ToolCall) -> Result<Value, String> {
    result(&call.name, &serde_json::from_str(&call.arguments).unwrap())
}

fn calls(request: &Request) -> Vec<(String, Value)> {
    request
        .items
        .iter()
        .flat_map(|item| match item {
            Item::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        })
        .map(|call| (call.name.clone(), serde_json::from_str(&call.arguments).unwrap()))
        .collect()
}

#[test]
fn a_review_looks_in_order_and_learns_with_evidence() {
    let (request, answers) = converse(&["/review"], TOOLS, &real);
    let calls = calls(&request);
    let names: Vec<&str> = calls.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "memory_search",
            "check_health",
            "check_health",
            "check_health",
            "workload",
            "lint_migration",
            "scan_code",
            "analyze_keyspace",
            "memory_search",
            "explain",
            "explain",
            "advise_indexes",
            "memory_save",
            "memory_save",
            "memory_save",
            "memory_save",
            "escalate",
        ]
    );
    assert_eq!([&calls[1].1["only"], &calls[2].1["only"]], ["locks", "sessions"]);
    // Quick reading statements are executed, writes and slow ones only planned, the server's own left out.
    assert_eq!([&calls[9].1["analyze"], &calls[10].1["analyze"]], [true, false]);
    let saved: Vec<&Value> =
        calls.iter().filter(|(name, _)| name == "memory_save").map(|(_, arguments)| arguments).collect();
    assert!(saved.iter().all(|saved| saved["evidence"][0].as_str().is_some_and(|id| id.starts_with("pb1.1."))));
    let kinds: Vec<&str> = saved.iter().filter_map(|saved| saved["kind"].as_str()).collect();
    assert_eq!(kinds, ["convention", "index_strategy", "anti_pattern", "redis_pattern"]);
    assert_eq!((&saved[1]["sql"], &saved[1]["before"]["buffers"]), (&json!(SLOW), &json!(2992)));
    assert_eq!(saved[2]["before"], json!({"buffers": 310, "ms": 1.2}));
    insta::assert_snapshot!("review", answers[0]);
}

#[test]
fn statements_given_to_a_review_are_planned_and_advised_too() {
    let (request, _) = converse(&["/review\n\n```sql\nSELECT a FROM users WHERE b = 1\n```"], TOOLS, &real);
    let calls = calls(&request);
    let given = json!("SELECT a FROM users WHERE b = 1");
    let explained: Vec<&Value> = calls
        .iter()
        .filter(|(name, arguments)| name == "explain" && arguments["sql"] == given)
        .map(|(_, arguments)| &arguments["analyze"])
        .collect();
    assert_eq!(explained, [false, true]);
    assert!(
        calls.iter().any(|(name, arguments)| name == "advise_indexes" && arguments["statements"] == json!([given]))
    );
}

#[test]
fn one_statement_is_planned_tried_and_remembered() {
    let questions = [&format!("why is this slow: {SLOW}"), "why 1", "show the plan", "apply it", "undo script"];
    let (request, answers) = converse(&questions, TOOLS, &real);
    let names: Vec<String> = calls(&request).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["memory_search", "explain", "explain", "describe", "workload", "advise_indexes", "memory_save", "memory_save"],
        "follow-ups ask for nothing new"
    );
    insta::assert_snapshot!("optimize", answers[0]);
    insta::assert_snapshot!("optimize_follow_ups", answers[1..].join("\n\n=====\n\n"));
}

#[test]
fn the_same_transcript_gives_the_same_bytes() {
    for question in ["/review", "/slow", "/redis", "/index", "what can you do"] {
        let (first, answers) = converse(&[question], TOOLS, &real);
        let (second, again) = converse(&[question], TOOLS, &real);
        assert_eq!((first.items, answers), (second.items, again), "{question}");
    }
}

#[test]
fn a_missing_tool_is_a_gap() {
    let some: Vec<&'static str> =
        TOOLS.iter().copied().filter(|tool| !matches!(*tool, "analyze_keyspace" | "advise_indexes")).collect();
    let (_, answers) = converse(&["/review"], &some, &real);
    assert!(answers[0].contains("Redis was not looked at: no server is configured"), "{}", answers[0]);
    for question in ["/review", "/slow", "/redis", "/locks", "/index", "/memory", "/migration", SLOW] {
        let (_, answers) = converse(&[question], &[], &real);
        assert!(answers[0].contains("Not checked") || question == SLOW, "{question}: {}", answers[0]);
    }
}

#[test]
fn a_failed_call_is_a_gap_and_the_rest_goes_on() {
    for failure in [
        "refused: the permission mode does not allow rehearse calls",
        "timed out: no answer within 30 s",
        "missing privilege: GRANT pg_monitor TO app",
    ] {
        let world = |call: &ToolCall| if call.name == "advise_indexes" { Err(failure.to_owned()) } else { real(call) };
        let (_, answers) = converse(&["/review"], TOOLS, &world);
        assert!(answers[0].contains(&format!("advise_indexes: {failure}")), "{}", answers[0]);
        assert!(answers[0].contains("public.orders has a problem"));
    }
    let (_, answers) = converse(&["/review"], TOOLS, &|_| Err("cancelled".to_owned()));
    assert!(answers[0].contains("Not checked"));
}

#[test]
fn a_server_that_is_not_there_is_said_first() {
    let world = |call: &ToolCall| match call.name.as_str() {
        "memory_search" => real(call),
        _ => Err("unreachable: 127.0.0.1:1: connection refused; start the server".to_owned()),
    };
    for question in ["/review", "/slow", "/index", "/health", "describe orders", SLOW] {
        let (_, answers) = converse(&[question], TOOLS, &world);
        let first = answers[0].lines().next().unwrap();
        let wanted = "The database cannot be reached: 127.0.0.1:1: connection refused; start the server.";
        assert_eq!(first, wanted, "{question}");
    }
    let (_, answers) = converse(&["/health"], TOOLS, &real);
    assert!(!answers[0].contains("cannot be reached"));
}

#[test]
fn a_statement_described_in_words_is_found_in_the_workload() {
    let (request, answers) = converse(&["why is the query that looks up orders by status slow?"], TOOLS, &real);
    let explained = calls(&request).into_iter().any(|(name, given)| name == "explain" && given["sql"] == SLOW);
    assert!(explained && answers[0].contains(SLOW), "{}", answers[0]);
    let (_, answers) = converse(&["why is the query that sums invoices by country slow?"], TOOLS, &real);
    assert!(answers[0].starts_with("Which statement?") && answers[0].contains("status = $1"), "{}", answers[0]);
}

#[test]
fn continue_asks_again_for_what_failed_only() {
    let cut = std::cell::Cell::new(true);
    let world = |call: &ToolCall| {
        if cut.get() && call.name == "advise_indexes" {
            Err("not run: the turn was interrupted".to_owned())
        } else {
            real(call)
        }
    };
    let (mut request, _) = converse(&["/slow"], TOOLS, &world);
    cut.set(false);
    request.items.push(Item::User { text: "continue".to_owned() });
    let Step::Calls(calls) = Playbook::next(&request) else { panic!("nothing asked for") };
    assert_eq!(calls.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["advise_indexes"]);
    // The session tells a repeated id apart.
    let again = ToolCall { id: format!("{}_2", calls[0].id), ..calls[0].clone() };
    request.items.push(Item::Assistant { text: String::new(), calls: vec![again.clone()], extra: Value::Null });
    request.items.push(reply(&again, real(&again)));
    let Step::Calls(calls) = Playbook::next(&request) else { panic!("nothing saved") };
    assert_eq!(calls[0].name, "memory_save");
    assert!(calls[0].arguments.contains(&again.id), "the learning cites the call that worked");
}

#[test]
fn every_play_ends_with_an_answer_that_names_the_playbook() {
    for (question, _) in [
        ("/review", ()),
        ("/slow", ()),
        ("/index", ()),
        ("/health", ()),
        ("/locks", ()),
        ("/migration", ()),
        ("/redis", ()),
        ("/memory orders", ()),
        ("/explain SELECT a FROM t", ()),
        ("/explain", ()),
        ("vacuum", ()),
        ("config review", ()),
        ("RLS for tenant column of orders", ()),
        ("describe orders", ()),
        ("is index orders_status_idx used?", ()),
        ("add column region text to orders safely", ()),
        ("partition events by month", ()),
        ("n+1", ()),
        ("design a cache for products", ()),
        ("redis/forget.lua", ()),
        ("what changed since last review?", ()),
        ("should we shard this service?", ()),
        ("help", ()),
        ("sing", ()),
        ("stop", ()),
        ("SELECT a FROM t WHERE", ()),
        ("", ()),
        ("Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)", ()),
        ("{\"Plan\": {}", ()),
        ("redis.call('KEYS', 'a*')", ()),
    ] {
        let (_, answers) = converse(&[question], TOOLS, &real);
        assert!(answers[0].ends_with("_playbook: fixed procedures, no language model_"), "{question}: {}", answers[0]);
    }
}

/// The same check that answers of language models undergo.
#[test]
fn no_figure_comes_from_nowhere() {
    for question in
        ["/review", "/slow", "/redis", "/health", "/migration", "describe orders", &format!("optimize {SLOW}")]
    {
        let (request, answers) = converse(&[question, "more detail", "why?"], TOOLS, &real);
        for answer in answers {
            let ungrounded = crate::agent::ungrounded_figures(&answer, &request.items);
            assert!(ungrounded.is_empty(), "{question}: {ungrounded:?} in {answer}");
        }
    }
}

proptest! {
    /// A transcript may end anywhere (a killed process, a failed model): the next step is always
    /// an answer, or calls that the transcript does not hold yet.
    #[test]
    fn any_prefix_of_a_transcript_has_a_next_step(question in 0usize..6, keep in 0usize..80, broken in 0usize..20) {
        let question = ["/review", "/slow", "/redis", "/index", "design a cache for carts", "why is this slow: SELECT a FROM orders WHERE b = 1"][question];
        let (full, _) = converse(&[question, "why?", "continue"], TOOLS, &real);
        let mut request = full;
        request.items.truncate(keep.max(1));
        if let Some(Item::Tool(reply)) = request.items.get_mut(broken) {
            reply.json = json!({"findings": 3, "statements": "x", "templates": [7, null], "hits": [{}], "indexes": [{}], "summary": []});
        }
        let held: Vec<String> = request.items.iter().filter_map(|item| match item {
            Item::Tool(reply) => Some(reply.call_id.clone()),
            _ => None,
        }).collect();
        match Playbook::next(&request) {
            Step::Answer(text) => prop_assert!(!text.is_empty()),
            Step::Calls(calls) => {
                prop_assert!(!calls.is_empty());
                for call in calls {
                    prop_assert!(!held.contains(&call.id), "{} is answered already", call.id);
                    prop_assert!(serde_json::from_str::<Value>(&call.arguments).is_ok_and(|arguments| arguments.is_object()));
                }
            }
        }
    }
}
