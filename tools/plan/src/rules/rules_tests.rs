use super::*;
use crate::{ColumnFacts, Context, IndexFacts, RelationFacts, analyze, parse_text};

fn fires(rule: &PlanRule, plan: &str) -> bool {
    let plan = parse_text(plan).unwrap();
    let mut context = Context::default();
    // What a plan does not say: the age of statistics, collations, policies.
    match rule.rule.id {
        "stale_stats" => {
            let facts = RelationFacts {
                rows: Some(20_000.0),
                modified_since_analyze: Some(15_000.0),
                analyzed: Some(true),
                ..RelationFacts::default()
            };
            context.relations.insert("orders".to_owned(), facts);
        }
        "like_prefix_collation" => {
            let note = ColumnFacts { name: "note".to_owned(), byte_order: Some(false), ..ColumnFacts::default() };
            let index = IndexFacts {
                name: "orders_note_idx".to_owned(),
                columns: vec!["note".to_owned()],
                method: "btree".to_owned(),
                valid: true,
                ..IndexFacts::default()
            };
            let facts = RelationFacts { columns: vec![note], indexes: vec![index], ..RelationFacts::default() };
            context.relations.insert("orders".to_owned(), facts);
        }
        "rls_function_per_row" => {
            let policy_functions = vec!["app.current_user_id".to_owned()];
            context
                .relations
                .insert("documents".to_owned(), RelationFacts { policy_functions, ..RelationFacts::default() });
        }
        _ => {}
    }
    analyze(&plan, &context).iter().any(|finding| finding.rule == rule.rule.id)
}

#[test]
fn every_rule_fires_on_its_bad_example_only() {
    for rule in RULES {
        assert!(fires(rule, rule.bad), "{} is silent on its bad example", rule.rule.id);
        assert!(!fires(rule, rule.good), "{} fires on its good example", rule.rule.id);
    }
}

#[test]
fn rules_are_declared_once_under_their_file_name() {
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert_eq!(rule.rule.group, "plans", "{}", rule.rule.id);
        assert!(!rule.rule.summary.ends_with('.'), "{}", rule.rule.id);
    }
}
