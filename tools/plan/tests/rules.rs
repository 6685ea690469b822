//! Rules on plans that PostgreSQL 15 made for them: `RULE.txt` and `RULE.VARIANT.txt` must have
//! the finding, `RULE.good*.txt` must not. What else is said of them is kept as a golden file, so
//! that noise and doubled findings are seen.

#![allow(clippy::unwrap_used, reason = "a missing sample is a failed test")]

use std::{fs, path::PathBuf};

use dbwright_plan::{
    ColumnFacts, Context, IndexFacts, Plan, RULES, RelationFacts, analyze, compact, parse_any, parse_compact,
};

fn samples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let mut samples: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    samples.sort();
    samples
}

/// What the catalog said of the tables of these plans.
fn context() -> Context {
    let column = |name: &str, byte_order| ColumnFacts {
        name: name.to_owned(),
        data_type: Some("text".to_owned()),
        byte_order,
        ..ColumnFacts::default()
    };
    let index = |name: &str, column: &str| IndexFacts {
        name: name.to_owned(),
        columns: vec![column.to_owned()],
        method: "btree".to_owned(),
        valid: true,
        ..IndexFacts::default()
    };
    let mut context = Context { label: Some("statement".to_owned()), ..Context::default() };
    let patterns = RelationFacts {
        columns: vec![column("name", Some(false)), column("code", Some(true))],
        indexes: vec![index("patterns_name", "name"), index("patterns_code", "code")],
        ..RelationFacts::default()
    };
    context.relations.insert("public.patterns".to_owned(), patterns);
    for (table, function) in [("public.secrets", "public.current_owner_v"), ("public.secrets2", "public.current_owner")]
    {
        let policy_functions = vec![function.to_owned()];
        context.relations.insert(table.to_owned(), RelationFacts { policy_functions, ..RelationFacts::default() });
    }
    let orders = RelationFacts { indexes: vec![index("orders_status", "status")], ..RelationFacts::default() };
    context.relations.insert("public.orders".to_owned(), orders);
    context
}

fn rules(plan: &Plan) -> Vec<String> {
    let mut rules: Vec<String> = analyze(plan, &context()).into_iter().map(|finding| finding.rule).collect();
    rules.sort();
    rules
}

#[test]
fn rules_know_the_plans_that_were_made_for_them() {
    let mut faults = Vec::new();
    for (name, text) in samples() {
        let (rule, variant) = name.split_once('.').unwrap_or((&name, ""));
        assert!(RULES.iter().any(|known| known.rule.id == rule), "{name}");
        let found = rules(&parse_any(&text).unwrap());
        if found.iter().any(|found| found == rule) == variant.starts_with("good") {
            faults.push(format!("{name}: {found:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_compact_form_is_judged_alike() {
    for (name, text) in samples() {
        let plan = parse_any(&text).unwrap();
        let form = compact(&plan);
        assert_eq!(rules(&parse_compact(&form).unwrap()), rules(&plan), "{name}\n{form}");
    }
}

#[test]
fn golden_titles() {
    let all: String = samples()
        .iter()
        .map(|(name, text)| {
            let findings = analyze(&parse_any(text).unwrap(), &context());
            let lines: String = findings
                .iter()
                .map(|finding| format!("  {} {}: {}\n", finding.severity, finding.rule, finding.title))
                .collect();
            format!("{name}\n{lines}")
        })
        .collect();
    insta::assert_snapshot!(all);
}
