use super::*;

fn plan(statements: &[&str], undo: &[&str]) -> ActionPlan {
    ActionPlan::new("app", statements, undo, Vec::new()).unwrap()
}

#[test]
fn the_hash_is_of_the_exact_action() {
    let one = plan(&["CREATE INDEX i ON t (a)"], &[]);
    assert_eq!(one.hash(), plan(&["create index concurrently i on t(a)"], &["drop index concurrently i"]).hash());
    assert_eq!(one.hash().len(), 12);
    assert_ne!(one.hash(), plan(&["CREATE INDEX i ON t (b)"], &[]).hash());
    assert_ne!(one.hash(), plan(&["CREATE INDEX i ON t (a)"], &["DROP INDEX CONCURRENTLY other"]).hash());
    let elsewhere = ActionPlan::new("other", &["CREATE INDEX i ON t (a)"], &[], Vec::new()).unwrap();
    assert_ne!(one.hash(), elsewhere.hash());
}

#[test]
fn the_card_has_lock_way_back_and_hash() {
    let mut plan = plan(&["CREATE INDEX ON shop.orders (status)"], &[]);
    plan.measure.push("SELECT 1".to_owned());
    insta::assert_snapshot!(plan.preview(), @r"
    database: app
    CREATE INDEX CONCURRENTLY orders_status_idx ON shop.orders USING btree (status);
    -- lock: ShareUpdateExclusiveLock (reads and writes go on), by itself
    -- undo: DROP INDEX CONCURRENTLY shop.orders_status_idx;
    -- measured before and after: 1 statement; taken back unless one gains 20 % and none loses 10 %
    hash: 988a95e1a56a
    ");
}

#[test]
fn effect_and_expectation_are_those_of_the_strongest_step() {
    let analyzed = plan(&["CREATE STATISTICS s ON a, b FROM t", "ANALYZE t"], &[]);
    assert_eq!((analyzed.effect, analyzed.expect), (Effect::Change, Expectation::Improve));
    assert_eq!(analyzed.undo.len(), 1);
    assert_eq!(plan(&["VACUUM t"], &[]).effect, Effect::Maintain);
    let dropped = plan(&["DROP INDEX CONCURRENTLY i"], &["ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i"]);
    // A way back that is a migration is not promised.
    assert_eq!((dropped.expect, dropped.undo.len()), (Expectation::NotWorse, 0));
    assert!(matches!(ActionPlan::new("app", &[] as &[&str], &[], Vec::new()), Err(ActionError::Nothing(_))));
}
