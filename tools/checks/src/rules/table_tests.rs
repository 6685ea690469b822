use std::collections::BTreeSet;

use super::*;
use crate::Group;

#[test]
fn ids_are_unique_snake_case_and_groups_exist() {
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{}", rule.id);
        assert!(rule.group.parse::<Group>().is_ok(), "{}", rule.group);
        assert!(!rule.summary.ends_with('.'), "{}", rule.id);
    }
}

#[test]
fn every_group_has_rules() {
    for group in Group::ALL {
        assert!(RULES.iter().any(|rule| rule.group == group.as_str()), "{group}");
    }
}
