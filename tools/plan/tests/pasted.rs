//! What people paste: psql's frames, logs, narrow terminals, halves. One statement throughout.

#![allow(clippy::unwrap_used, reason = "a missing sample is a failed test")]

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
