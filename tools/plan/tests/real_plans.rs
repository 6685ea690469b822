//! Plans captured from real servers: both formats of one run are the same tree, and what is
//! said about them is kept in golden files.
//!
//! `NAME.15.txt` and `NAME.15.json` are one run (EXPLAIN's TEXT, auto_explain's JSON);
//! `NAME.18.untimed.*` are two runs on warm caches without times; `NAME.18.json` is timed.

#![allow(clippy::unwrap_used, reason = "a missing golden file is a failed test")]

use std::{fs, path::PathBuf};

use dbwright_plan::{
    Buffers, Context, Node, Plan, analyze, compact, parse_any, parse_compact, parse_json, parse_text, summary, tree,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/plans")
}

fn names(ending: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(ending)?.to_owned()))
        .collect();
    names.sort();
    assert!(names.len() >= 12, "{ending}: {names:?}");
    names
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// What TEXT does not say at all is left out of the comparison.
/// Two runs may find a page in or out of the cache: then only what they touched is the same.
fn comparable(plan: &Plan, one_run: bool) -> Vec<Node> {
    plan.nodes()
        .iter()
        .cloned()
        .map(|mut node| {
            node.workers.clear();
            if !one_run {
                for pages in [&mut node.buffers, &mut node.own] {
                    *pages = Buffers { hit: pages.touched(), read: 0, dirtied: 0, written: 0, ..*pages };
                }
            }
            node
        })
        .collect()
}

#[test]
fn text_and_json_of_one_run_are_the_same_tree() {
    for (text_ending, json_ending) in [(".15.txt", ".15.json"), (".18.untimed.txt", ".18.untimed.json")] {
        let one_run = text_ending == ".15.txt";
        for name in names(text_ending) {
            let text = parse_text(&read(&format!("{name}{text_ending}"))).unwrap();
            let json = parse_json(&read(&format!("{name}{json_ending}"))).unwrap();
            for (from_text, from_json) in comparable(&text, one_run).iter().zip(&comparable(&json, one_run)) {
                assert_eq!(from_text, from_json, "{name}{text_ending}");
            }
            assert_eq!(text.nodes().len(), json.nodes().len(), "{name}");
            assert_eq!(text.settings, json.settings, "{name}");
            // TEXT names a trigger's table only where several were changed.
            let figures = |plan: &Plan| -> Vec<(String, f64, u64)> {
                plan.triggers.iter().map(|trigger| (trigger.name.clone(), trigger.ms, trigger.calls)).collect()
            };
            assert_eq!(figures(&text), figures(&json), "{name}");
        }
    }
}

#[test]
fn own_times_are_never_negative_and_add_up_to_the_statement() {
    for ending in [".15.json", ".18.json", ".15.txt"] {
        for name in names(ending) {
            let plan = parse_any(&read(&format!("{name}{ending}"))).unwrap();
            let sum: f64 = plan.nodes().iter().map(|node| node.self_ms).sum();
            assert!(plan.nodes().iter().all(|node| node.self_ms >= 0.0));
            let root = plan.root().total_ms;
            // The server rounds to a microsecond a loop, and a parallel leader waits for workers
            // that start late.
            let rounding: f64 = plan.nodes().iter().map(|node| node.loops() as f64 * 0.0005).sum();
            let slack = 0.02 * root + rounding + 0.05;
            assert!((sum - root).abs() <= slack, "{name}{ending}: own {sum} of {root}\n{}", compact(&plan));
            let pages: u64 = plan.nodes().iter().map(|node| node.own.touched()).sum();
            assert_eq!(pages, plan.root().buffers.touched(), "{name}{ending}\n{}", compact(&plan));
        }
    }
}

#[test]
fn compact_is_a_quarter_of_text() {
    let (mut texts, mut compacts) = (0, 0);
    for name in names(".15.txt") {
        let text = read(&format!("{name}.15.txt"));
        texts += text.len();
        compacts += compact(&parse_text(&text).unwrap()).len();
    }
    assert!(compacts * 4 <= texts, "{compacts} bytes of {texts}");
}

/// The rules find in the compact form what they find in the plan.
#[test]
fn compact_holds_all_that_the_rules_need() {
    let mut compared = 0;
    for ending in [".15.json", ".18.json", ".15.txt", ".18.untimed.json"] {
        for name in names(ending) {
            let plan = parse_any(&read(&format!("{name}{ending}"))).unwrap();
            let text = compact(&plan);
            let back = parse_compact(&text).unwrap();
            let found = |plan: &Plan| -> Vec<(String, String)> {
                // The statement's own words are not part of the form.
                let context = Context { label: Some("statement".to_owned()), ..Context::default() };
                let mut found: Vec<_> = analyze(plan, &context)
                    .into_iter()
                    .map(|finding| (finding.rule, finding.object.name.trim_start_matches("public.").to_owned()))
                    .collect();
                found.sort();
                found
            };
            assert_eq!(found(&back), found(&plan), "{name}{ending}\n{text}");
            // The last line adds up rounded figures.
            let nodes = |text: &str| text.trim_end().rsplit_once('\n').map(|(nodes, _)| nodes.to_owned());
            assert_eq!(nodes(&compact(&back)), nodes(&text), "{name}{ending}");
            compared += found(&plan).len();
        }
    }
    assert!(compared > 60, "{compared} findings in all plans");
}

/// Names that look like marks come back as names.
#[test]
fn names_that_look_like_marks_survive_the_compact_form() {
    for name in ["each", "self", "r5", "b2b_orders", "w3c_pages", "left", "orders"] {
        let text =
            format!("Seq Scan on {name}  (cost=0.00..9.00 rows=1 width=4) (actual time=0.01..9.00 rows=1 loops=1)");
        let plan = parse_text(&text).unwrap();
        let back = parse_compact(&compact(&plan)).unwrap();
        assert_eq!(back.nodes()[0].relation.as_deref(), Some(name), "{}", compact(&plan));
    }
}

#[test]
fn golden_compact_and_findings() {
    for ending in [".15.json", ".18.json"] {
        for name in names(ending) {
            let plan = parse_any(&read(&format!("{name}{ending}"))).unwrap();
            let findings: String = analyze(&plan, &Context::default())
                .iter()
                .map(|finding| format!("{} {}: {}\n", finding.severity, finding.rule, finding.title))
                .collect();
            insta::assert_snapshot!(format!("{name}{ending}"), format!("{}\n{findings}", compact(&plan)));
        }
    }
}

#[test]
fn golden_trees_and_summary() {
    for name in ["cte", "parallel", "hash_batches"] {
        let plan = parse_any(&read(&format!("{name}.15.txt"))).unwrap();
        insta::assert_snapshot!(format!("{name}.tree"), tree(&plan, 100, false));
    }
    let plan = parse_any(&read("seq_filter.15.txt")).unwrap();
    insta::assert_json_snapshot!("seq_filter.summary", summary(&plan));
    assert!(tree(&plan, 80, true).contains("\u{1b}[31m"));
}
