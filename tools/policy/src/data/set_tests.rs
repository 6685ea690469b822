use dbwright_finding::Effect;

use super::*;
use crate::data::When;

fn rule(id: &str, decision: Decision, when: When, allow: &str, block: &str) -> Rule {
    Rule {
        id: id.to_owned(),
        kind: Kind::Sql,
        when,
        decision,
        effect: None,
        reason: "because".to_owned(),
        require: false,
        allow: vec![allow.to_owned()],
        block: vec![block.to_owned()],
    }
}

fn relations(pattern: &str) -> When {
    When { relations: vec![pattern.to_owned()], ..When::default() }
}

fn asked() -> Ruling {
    Ruling::new(Decision::Ask, Effect::Change, "sql.change", "x")
}

#[test]
fn a_lower_layer_tightens_and_loosens_but_not_what_is_required() {
    let block =
        |require| Rule { require, ..rule("org.hr", Decision::Block, relations("hr.*"), "TABLE t", "TABLE hr.pay") };
    let permit = rule("project.hr", Decision::Allow, relations("hr.pay"), "TABLE hr.pay", "TABLE hr.other");
    for (require, expected) in [(true, Decision::Block), (false, Decision::Allow)] {
        let mut set = RuleSet::default();
        set.add("system", vec![block(require)]).unwrap();
        set.add("project", vec![permit.clone()]).unwrap();
        let ruling = set.refine(Kind::Sql, "TABLE hr.pay", Mode::Readonly, asked());
        assert_eq!(ruling.decision, expected, "{ruling:?}");
    }
}

#[test]
fn what_the_code_blocks_stays_blocked() {
    let mut set = RuleSet::default();
    set.add("project", vec![rule("p.all", Decision::Allow, relations("*"), "TABLE t", "SELECT 1")]).unwrap();
    let blocked = Ruling::new(Decision::Block, Effect::Observe, "sql.server_files", "x");
    assert_eq!(set.refine(Kind::Sql, "TABLE t", Mode::Readonly, blocked.clone()), blocked);
    assert_eq!(set.refine(Kind::Sql, "TABLE t", Mode::Readonly, asked()).decision, Decision::Allow);
}

#[test]
fn functions_are_trusted_by_their_full_name_unless_required_otherwise() {
    let functions = |name: &str| When { functions: vec![name.to_owned()], ..When::default() };
    let trust = rule("p.f", Decision::Allow, functions("app.refresh"), "SELECT app.refresh()", "SELECT app.other()");
    let mut set = RuleSet::default();
    set.add("project", vec![trust.clone()]).unwrap();
    assert_eq!(set.trusted_functions(), ["app.refresh"]);
    let facts = set.informed(Facts::embedded(18));
    assert_eq!(crate::sql::judge("SELECT app.refresh()", Mode::Readonly, &facts).decision, Decision::Allow);

    let deny =
        Rule { require: true, ..rule("org.f", Decision::Block, functions("app.*"), "SELECT 1", "SELECT app.x()") };
    let mut set = RuleSet::default();
    set.add("system", vec![deny]).unwrap();
    set.add("project", vec![trust]).unwrap();
    assert_eq!(set.trusted_functions(), Vec::<String>::new());
}

#[test]
fn rules_that_do_not_hold_together_are_refused_by_name() {
    let good = rule("a", Decision::Block, relations("t"), "TABLE u", "TABLE t");
    let bad: Vec<(Rule, &str)> = vec![
        (Rule { allow: vec!["TABLE t".to_owned()], ..good.clone() }, "meets its conditions"),
        (Rule { block: vec!["TABLE u".to_owned()], ..good.clone() }, "does not meet its conditions"),
        (Rule { block: Vec::new(), ..good.clone() }, "has no example under block"),
        (Rule { when: When::default(), ..good.clone() }, "has no condition"),
        (Rule { when: When { hosts: vec!["x".to_owned()], ..When::default() }, ..good.clone() }, "condition hosts"),
        (
            Rule { when: When { text: Some("(".to_owned()), ..When::default() }, ..good.clone() },
            "no regular expression",
        ),
        (Rule { reason: " ".to_owned(), ..good.clone() }, "gives no reason"),
    ];
    for (rule, words) in bad {
        let error = RuleSet::default().add("file", vec![rule]).unwrap_err();
        assert!(error.to_string().contains(words) && error.id() == "a", "{error}");
    }
    let error = RuleSet::default().add("file", vec![good.clone(), good]).unwrap_err();
    assert_eq!(error, RuleError::Twice("a".to_owned()));
}
