//! Plans of many shapes from PostgreSQL 13, 15, 16, 17 and 18: accounting, compact form, notes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing sample is a failed test")]

use std::{fs, path::PathBuf};

use dbwright_plan::{Context, Plan, analyze, compact, parse_any, parse_compact};

fn corpus() -> Vec<(String, Plan)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut plans: Vec<(String, Plan)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let plan = parse_any(&fs::read_to_string(&path).unwrap());
            (name.clone(), plan.unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect();
    plans.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(plans.len() >= 60, "{} plans", plans.len());
    plans
}

#[test]
fn own_times_and_pages_add_up_to_the_statement() {
    let mut faults = Vec::new();
    for (name, plan) in corpus() {
        let sum: f64 = plan.nodes().iter().map(|node| node.self_ms).sum();
        let root = plan.root().total_ms;
        // The server rounds to a microsecond a loop; a parallel leader waits for workers that
        // start late, which the average over processes does not know.
        let rounding: f64 = plan.nodes().iter().map(|node| node.loops() as f64 * 0.0005).sum();
        let slack = 0.02 * root + rounding + 0.05;
        if (sum - root).abs() > slack || plan.nodes().iter().any(|node| node.self_ms < 0.0) {
            faults.push(format!("{name}: own {sum:.3} of {root:.3} ms\n{}", compact(&plan)));
        }
        let execution = plan.execution_ms.unwrap();
        if root > execution + 0.05 {
            faults.push(format!("{name}: nodes took {root} of {execution} ms"));
        }
        let pages: u64 = plan.nodes().iter().map(|node| node.own.touched()).sum();
        if pages != plan.root().buffers.touched() {
            faults.push(format!("{name}: own pages {pages} of {}", plan.root().buffers.touched()));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn whole_plans_have_no_notes() {
    for (name, plan) in corpus() {
        assert_eq!(plan.notes, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_compact_form_of_the_corpus_is_judged_alike() {
    let context = Context { label: Some("statement".to_owned()), ..Context::default() };
    let rules = |plan: &Plan| {
        let mut rules: Vec<String> = analyze(plan, &context).into_iter().map(|finding| finding.rule).collect();
        rules.sort();
        rules
    };
    let mut faults = Vec::new();
    for (name, plan) in corpus() {
        let form = compact(&plan);
        let (found, kept) = (rules(&plan), rules(&parse_compact(&form).unwrap()));
        if found != kept {
            faults.push(format!("{name}: {found:?} became {kept:?}\n{form}"));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
