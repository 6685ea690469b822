//! What people paste: psql's frames, logs, narrow terminals, halves. One statement throughout.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing sample is a failed test")]

use std::{fs, path::PathBuf};

use dbwright_plan::{Context, Plan, PlanError, analyze, compact, parse_any, parse_json, parse_text, summary, tree};

fn sample(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)).unwrap()
}

/// Labels and conditions: what is the same in every run.
fn shape(plan: &Plan) -> Vec<String> {
    summary(plan)
        .nodes
        .iter()
        .map(|node| format!("{} {} {:?} {:?}", node.depth, node.label, node.conditions, node.rows))
        .collect()
}

#[test]
fn every_frame_gives_the_same_plan() {
    let expected = shape(&parse_any(&sample("pasted/psql.txt")).unwrap());
    assert_eq!(expected.len(), 7);
    for name in ["psql_border", "psql_unicode", "csv", "psql_json", "psql_wrapped", "terminal_80", "log"] {
        let plan = parse_any(&sample(&format!("pasted/{name}.txt"))).unwrap();
        assert_eq!(shape(&plan), expected, "{name}");
        assert!(plan.is_timed(), "{name}");
    }
    let plan = parse_any(&sample("pasted/psql.txt")).unwrap();
    assert!(plan.execution_ms.is_some() && plan.planning_ms.is_some());
    let log = parse_any(&sample("pasted/log.txt")).unwrap();
    assert!(log.query_text.unwrap().contains("select c.email"));
}

#[test]
fn a_plan_without_costs_keeps_its_shape() {
    let plan = parse_any(&sample("pasted/costs_off.txt")).unwrap();
    assert_eq!(plan.nodes().len(), 7);
    assert!(!plan.is_executed());
    assert_eq!(analyze(&plan, &Context::default()), []);
    assert!(compact(&plan).contains("hc[o.customer_id = c.id]"));
}

#[test]
fn other_text_is_refused_with_a_reason() {
    assert!(matches!(parse_any(" \n"), Err(PlanError::Empty)));
    for text in
        ["SELECT 1", "hello: world", "->", "(cost=1..2 rows=1 width=1)", "ERROR:  syntax error at or near \"x\""]
    {
        assert!(matches!(parse_any(text), Err(PlanError::NoNode)), "{text}");
    }
    assert!(matches!(parse_any("{\"a\": 1}"), Err(PlanError::NoPlan)));
    assert!(matches!(parse_any("[{\"Plan\": {}}]"), Err(PlanError::NoNodeType)));
    assert!(matches!(parse_any("[{\"Plan\": "), Err(PlanError::Json(_))));
    assert!(matches!(parse_any("- Plan: \n    Node Type: \"Seq Scan\""), Err(PlanError::Format("YAML"))));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(parse_json(&deep), Err(PlanError::TooDeep { .. })));
}

#[test]
fn cut_and_damaged_plans_never_panic() {
    let everything = |text: &str| {
        if let Ok(plan) = parse_any(text) {
            let rendered = (compact(&plan), tree(&plan, 80, true), analyze(&plan, &Context::default()), summary(&plan));
            assert!(!rendered.0.is_empty());
        }
    };
    for name in [
        "plans/cte.15.txt",
        "plans/parallel.15.txt",
        "plans/quoted.15.txt",
        "plans/incsort.18.untimed.txt",
        "plans/memoize.15.json",
    ] {
        let text = sample(name);
        for cut in (0..text.len()).step_by(53).filter(|at| text.is_char_boundary(*at)) {
            everything(&text[..cut]);
            everything(&text[cut..]);
            // A character lost, and one too many.
            everything(&format!("{}{}", &text[..cut], text[cut..].chars().skip(1).collect::<String>()));
            everything(&format!("{}\"{}", &text[..cut], &text[cut..]));
            everything(&format!("{}({}", &text[..cut], &text[cut..]));
        }
    }
}

#[test]
fn a_large_plan_is_read_and_judged() {
    let mut text =
        String::from("Append  (cost=0.00..1.00 rows=1 width=8) (actual time=0.1..900.0 rows=10000 loops=1)\n");
    for part in 0..10_000 {
        text.push_str(&format!(
            "  ->  Seq Scan on part_{part}  (cost=0.00..1.00 rows=1 width=8) (actual time=0.01..0.08 rows=1 loops=1)\n        Filter: (a = 1)\n"
        ));
    }
    let plan = parse_text(&text).unwrap();
    assert_eq!(plan.nodes().len(), 10_001);
    assert!(analyze(&plan, &Context::default()).is_empty());
}

#[test]
fn other_products_are_named() {
    for (text, name) in [
        (
            "XN Hash Join DS_DIST_NONE  (cost=0.09..0.22 rows=5 width=42)\n  ->  XN Seq Scan on t  (cost=0.00..0.08 rows=8 width=42)",
            "Amazon Redshift",
        ),
        (
            "Gather Motion 4:1  (slice1; segments: 4)  (cost=0.00..431.00 rows=1 width=4)\n  ->  Seq Scan on t  (cost=0.00..431.00 rows=1 width=4)\nOptimizer: GPORCA",
            "Greenplum",
        ),
        ("distribution: full\nvectorized: true\n\n\u{2022} scan\n  table: t@t_pkey\n  spans: FULL SCAN", "CockroachDB"),
        ("-> Filter: (t.a = 1)  (cost=0.35 rows=1)\n    -> Table scan on t  (cost=0.35 rows=1)", "MySQL"),
        ("{\"query_block\": {\"select_id\": 1}}", "MySQL"),
        ("QUERY PLAN\n|--SCAN t\n`--SEARCH u USING INDEX u_a (a=?)", "SQLite"),
        ("Plan hash value: 3956160932\n\n| Id | Operation |", "Oracle"),
    ] {
        match parse_any(text) {
            Err(PlanError::Product { product, .. }) => assert_eq!(product, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn extended_plans_are_read_with_a_note() {
    let citus = "
Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=36) (actual time=21.1..22.3 rows=500 loops=1)
  Task Count: 32
  Tasks Shown: One of 32
  ->  Task
        Tuple data received from node: 12 bytes
        Node: host=localhost port=9701 dbname=app
        ->  Index Scan using t_pkey_102008 on t_102008 t  (cost=0.15..8.17 rows=1 width=36) (actual time=0.02..0.03 rows=1 loops=1)
              Index Cond: (id = 7)
Planning Time: 0.4 ms
Execution Time: 23.0 ms";
    let plan = parse_any(citus).unwrap();
    assert_eq!(plan.nodes().len(), 3);
    assert!(plan.notes.iter().any(|note| note.starts_with("Citus")), "{:?}", plan.notes);
    let timescale = "
Custom Scan (ChunkAppend) on metrics  (cost=0.15..8.17 rows=10 width=36) (actual time=0.02..0.03 rows=10 loops=1)
  ->  Index Scan using c_idx on _hyper_1_2_chunk  (cost=0.15..8.17 rows=10 width=36) (actual time=0.02..0.03 rows=10 loops=1)
Execution Time: 0.100 ms";
    let plan = parse_any(timescale).unwrap();
    assert_eq!(plan.notes.len(), 1, "{:?}", plan.notes);
    assert!(plan.notes[0].starts_with("TimescaleDB"));
}

#[test]
fn what_is_missing_is_said_with_its_line() {
    let text = sample("pasted/psql.txt");
    assert_eq!(parse_any(&text).unwrap().notes, Vec::<String>::new());
    let cut = "
 Hash Join  (cost=1.00..2.00 rows=1 width=8) (actual time=0.1..0.9 rows=1 loops=1)
   Hash Cond: (a.id = b.id)
   ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=8) (actual time=0.1..0.2 rows=1 loops=1)
   ->  Hash  (cost=0.00..1.00 rows=1 width=8)
 Planning Time: 0.1 ms";
    let notes = parse_any(cut).unwrap().notes;
    assert!(notes[0].starts_with("line 5: Hash has no actual figures"), "{notes:?}");
    assert!(notes[1].contains("execution time is missing"), "{notes:?}");
    let half = "Nested Loop  (cost=1.00..2.00 rows=1 width=8)\n  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=8)";
    let notes = parse_any(half).unwrap().notes;
    assert_eq!(notes, ["line 1: Nested Loop has one input of two; the plan was cut or edited there"]);
    let json = parse_any("[{\"Plan\": {\"Node Type\": \"Sort\",\n \"Total Cost\": 1").unwrap_err().to_string();
    assert!(json.contains("line 2"), "{json}");
}

#[test]
fn a_logged_duration_is_the_execution_time() {
    let log = "2026-11-25 02:31:29 UTC [1] LOG:  duration: 1571.545 ms  plan:\n\tQuery Text: select 1\n\tSeq Scan on t  (cost=0.00..3584.00 rows=12 width=8) (actual time=0.012..58.010 rows=12 loops=1)";
    assert_eq!(parse_any(log).unwrap().execution_ms, Some(1571.545));
    let german = log.replace("duration:", "Dauer:").replace("plan:", "Plan:");
    assert_eq!(parse_any(&german).unwrap().execution_ms, Some(1571.545));
    let json = "LOG:  duration: 12.500 ms  plan:\n\t{\n\t  \"Query Text\": \"select 1\",\n\t  \"Plan\": {\"Node Type\": \"Result\", \"Actual Rows\": 1, \"Actual Loops\": 1, \"Actual Total Time\": 0.1}\n\t}";
    assert_eq!(parse_any(json).unwrap().execution_ms, Some(12.5));
}
