use std::collections::BTreeSet;

use super::*;
use crate::{Context, Script, lint};

fn fired(sql: &str) -> Vec<String> {
    lint(&[Script::new("m.sql", sql)], &Context::default()).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_rule_fires_on_its_examples_and_only_there() {
    let mut faults = Vec::new();
    for rule in TABLE {
        assert!(!rule.hazardous.is_empty() && !rule.safe.is_empty(), "{}", rule.rule.id);
        for sql in rule.hazardous {
            if !fired(sql).iter().any(|id| id == rule.rule.id) {
                faults.push(format!("{} is silent on {sql}", rule.rule.id));
            }
        }
        for sql in rule.safe {
            if fired(sql).iter().any(|id| id == rule.rule.id) {
                faults.push(format!("{} fires on {sql}", rule.rule.id));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn examples_are_valid_sql() {
    for rule in TABLE {
        for sql in rule.hazardous.iter().chain(rule.safe) {
            assert!(!fired(sql).contains(&"invalid_sql".to_owned()), "{sql}");
        }
    }
}

#[test]
fn ids_are_unique_and_well_formed() {
    let ids: BTreeSet<&str> = TABLE.iter().map(|rule| rule.rule.id).collect();
    assert_eq!(ids.len(), TABLE.len());
    assert!(ids.iter().all(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    assert!(TABLE.iter().all(|rule| rule.rule.group == "migrations" && !rule.rule.summary.ends_with('.')));
}

#[test]
fn every_fix_is_sql_and_every_title_one_sentence() {
    for rule in TABLE {
        for sql in rule.hazardous {
            for finding in lint(&[Script::new("m.sql", *sql)], &Context::default()) {
                assert!(!finding.title.ends_with('.') && !finding.title.contains('\n'), "{}", finding.title);
                let fix = finding.fix.expect("every hazard has a fix");
                assert!(!fix.statements.is_empty() || fix.notes.is_some(), "{}", finding.rule);
                for statement in fix.statements.iter().chain(&fix.undo) {
                    assert!(!statement.is_empty(), "{}", finding.rule);
                    if let Err(error) = dbwright_sql::parse(statement) {
                        panic!("{}: {statement}: {error}", finding.rule);
                    }
                }
            }
        }
    }
}

#[test]
fn findings_read_as_approved() {
    for rule in TABLE {
        let mut text = String::new();
        for sql in rule.hazardous {
            text.push_str(&format!("-- {sql}\n"));
            let findings = lint(&[Script::new("m.sql", *sql)], &Context::default());
            for finding in findings.iter().filter(|finding| finding.rule == rule.rule.id) {
                let fix = finding.fix.clone().unwrap();
                text.push_str(&format!("{} {}\n{}\n", finding.severity, finding.title, finding.why));
                text.push_str(&format!("fix ({}):\n", fix.lock.unwrap_or_default()));
                fix.statements.iter().for_each(|statement| text.push_str(&format!("  {statement};\n")));
                text.push_str("undo:\n");
                fix.undo.iter().for_each(|statement| text.push_str(&format!("  {statement};\n")));
                text.push_str(&format!("notes: {}\n\n", fix.notes.unwrap_or_default()));
            }
        }
        insta::assert_snapshot!(rule.rule.id, text);
    }
}
