use super::*;
use crate::review::report::fixture;

#[test]
fn one_rule_on_many_objects_is_one_entry_and_measured_ones_stay_alone() {
    let review = fixture::shop();
    let entries = entries(&review);
    let shared: Vec<(usize, &str, usize)> = entries
        .iter()
        .filter(|entry| !entry.others.is_empty())
        .map(|entry| (entry.number, entry.lead.rule.as_str(), entry.others.len()))
        .collect();
    assert_eq!(shared, [(6, "foreign_key_without_index", 3)]);
    assert_eq!(entries.iter().filter(|entry| entry.lead.rule == "missing_index").count(), 3);
    let told: usize = entries.iter().map(|entry| entry.all().count()).sum();
    assert_eq!(told, review.findings.len());
}

#[test]
fn changes_are_told_only_against_a_last_review() {
    assert_eq!(
        changes(&fixture::shop()).as_deref(),
        Some("since 20 Nov 2025 06:00 UTC: 2 new, 1 worse, 1 fixed, 10 as before")
    );
    assert_eq!(changes(&fixture::healthy()), None);
    let first = fixture::healthy();
    assert!(fixture::shop().findings.iter().all(|finding| status(&first, finding) == Status::Known));
}

#[test]
fn the_next_step_names_a_fix_that_can_run() {
    let review = fixture::shop();
    assert_eq!(next_step(&entries(&review)), "Next: decide on finding 1, run the fix of finding 2, then review again.");
    assert!(next_step(&[]).starts_with("Next: nothing to do"));
}

#[test]
fn an_object_in_a_file_is_named_by_its_line() {
    let review = fixture::shop();
    let migration = review.findings.iter().find(|finding| finding.rule == "set_not_null").unwrap();
    assert_eq!(object(migration), "db/migrations/0007_orders.sql:14");
}
