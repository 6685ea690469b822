//! Learnings: the gate, merging, superseding, status and search.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[macro_use]
mod support;

use dbwright_contract::Redactor;
use dbwright_finding::{How, Measured, Measurement};
use dbwright_memory::{
    LearningFilter, LearningKind, LearningStatus, NewLearning, Query, Scope, Store, StoreError, Why,
};
use support::Fixture;

fn measured(before: f64, after: f64) -> Option<Measured> {
    let side = |ms| Measurement { ms: Some(ms), buffers: None, cost: None };
    Some(Measured::compare(How::Scratch, side(before), side(after)))
}

/// A learning with proof.
fn learning(kind: LearningKind, title: &str, body: &str) -> NewLearning {
    let mut new = NewLearning::new(kind, title, body);
    new.provenance.session = Some("s1".to_owned());
    new.provenance.tool_calls = vec!["call_1".to_owned()];
    new.provenance.agent = Some("playbook".to_owned());
    new.measured = measured(2300.0, 12.0);
    new
}

fn index_on_orders() -> NewLearning {
    let mut new = learning(
        LearningKind::QueryOptimization,
        "Pending orders of a tenant need a partial index",
        "The sequential scan read 41,200 pages.",
    );
    new.scope = Scope { project: Some("shop".into()), db_fingerprint: Some("db1".into()), schema: None };
    new.tables = vec!["public.orders".to_owned()];
    new.columns = vec!["tenant_id".to_owned()];
    new.query_fingerprint = Some("fp-orders".to_owned());
    new.query_normalized = Some("SELECT * FROM orders WHERE tenant_id = $1 AND status = $2".to_owned());
    new.ddl_applied = vec!["CREATE INDEX CONCURRENTLY idx_orders_pending ON orders (tenant_id)".to_owned()];
    new.ddl_undo = vec!["DROP INDEX CONCURRENTLY idx_orders_pending".to_owned()];
    new
}

async fn gate(fixture: &Fixture) {
    let store = Store::open(&fixture.url, Redactor::new().knows("hunter2xyz".to_owned().into())).await.unwrap();
    let refused = |new: NewLearning| {
        let store = store.clone();
        async move {
            match store.save_learning(new).await {
                Err(StoreError::Refused(reason)) => reason,
                other => panic!("{other:?}"),
            }
        }
    };
    let bare = NewLearning::new(LearningKind::Convention, "We like snake case", "");
    assert!(refused(bare.clone()).await.contains("no tool call"));
    let mut unmeasured = index_on_orders();
    unmeasured.measured = None;
    assert!(refused(unmeasured).await.contains("measurement"));
    let mut long = index_on_orders();
    long.body = "x".repeat(20_000);
    assert!(refused(long).await.contains("20000 bytes"));
    let mut untitled = index_on_orders();
    untitled.title = "  ".to_owned();
    refused(untitled).await;

    let mut said = bare;
    said.provenance.user_statement = Some("our password is hunter2xyz, we use snake case".to_owned());
    said.body = "see postgres://app:topsecret@db/shop \u{0}".to_owned();
    let saved = store.save_learning(said).await.unwrap();
    let text = serde_json::to_string(&saved.learning).unwrap();
    assert!(!text.contains("hunter2xyz") && !text.contains("topsecret"), "{text}");
    assert_eq!(store.list_learnings(&LearningFilter::default(), 10).await.unwrap(), [saved.learning]);
}

async fn merge_and_supersede(fixture: &Fixture) {
    let store = &fixture.store;
    let first = store.save_learning(index_on_orders()).await.unwrap();
    assert!(!first.merged);
    let mut again = index_on_orders();
    again.measured = measured(2400.0, 11.0);
    again.status = LearningStatus::Applied;
    again.tables.push("tenants".to_owned());
    let second = store.save_learning(again).await.unwrap();
    assert!(second.merged);
    assert_eq!(second.learning.id, first.learning.id);
    assert_eq!(second.learning.hits, 2);
    assert_eq!(second.learning.status, LearningStatus::Applied);
    assert_eq!(second.learning.tables, ["public.orders", "tenants"]);
    let after: Vec<_> = second.learning.measurements.iter().map(|one| one.measured.after.ms.unwrap()).collect();
    assert_eq!(after, [12.0, 11.0], "older measurements are kept");
    assert_eq!(
        store.learning(&first.learning.id).await.unwrap(),
        second.learning,
        "what is returned is what is stored"
    );

    // Weaker evidence does not lower what is known.
    assert_eq!(store.save_learning(index_on_orders()).await.unwrap().learning.status, LearningStatus::Applied);

    let mut opposite = index_on_orders();
    opposite.measured = measured(12.0, 2300.0);
    let opposite = store.save_learning(opposite).await.unwrap();
    assert_eq!(opposite.supersedes.as_ref(), Some(&first.learning.id));
    let old = store.learning(&first.learning.id).await.unwrap();
    assert_eq!((old.status, old.superseded_by), (LearningStatus::Superseded, Some(opposite.learning.id.clone())));
    let statuses: Vec<_> =
        store.learning_history(&old.id).await.unwrap().into_iter().map(|change| change.to.unwrap()).collect();
    assert_eq!(statuses, [LearningStatus::Proposed, LearningStatus::Applied, LearningStatus::Superseded]);

    // Another database is another learning, and so is another index for the same statement.
    let mut elsewhere = index_on_orders();
    elsewhere.scope.db_fingerprint = Some("db2".to_owned());
    assert!(!store.save_learning(elsewhere).await.unwrap().merged);
}

async fn concurrent_saves_of_the_same_merge(fixture: &Fixture) {
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { fixture.store.clone() } else { fixture.reopen().await };
        tasks.spawn(async move { store.save_learning(index_on_orders()).await.unwrap() });
    }
    let saved = tasks.join_all().await;
    assert_eq!(saved.iter().filter(|saved| !saved.merged).count(), 1);
    assert_eq!(saved.iter().map(|saved| saved.learning.hits).max(), Some(8));
}

async fn status_and_checks(fixture: &Fixture) {
    let store = &fixture.store;
    let id = store.save_learning(index_on_orders()).await.unwrap().learning.id;
    let days = |learning: &dbwright_memory::Learning| {
        (learning.next_check.unwrap() - learning.last_verified.unwrap()).num_days()
    };
    for expected in [1, 3, 9, 27, 30, 30] {
        let verified = store.set_status(&id, LearningStatus::Verified, "review", "same plan").await.unwrap();
        assert_eq!(days(&verified), expected);
        assert_eq!(store.learning(&id).await.unwrap(), verified);
    }
    assert_eq!(store.learnings_to_check(&Scope::default(), 10).await.unwrap(), []);
    let stale = store.set_status(&id, LearningStatus::Stale, "review", "the index is gone").await.unwrap();
    assert_eq!(stale.status_reason.as_deref(), Some("the index is gone"));
    assert!(matches!(
        store.set_status("nope", LearningStatus::Stale, "x", "y").await,
        Err(StoreError::NotFound { what: "learning", .. })
    ));
    let rejected = store.set_status(&id, LearningStatus::Rejected, "user", "we will not do this").await.unwrap();
    assert_eq!(rejected.next_check, None);
    assert_eq!(
        store.save_learning(index_on_orders()).await.unwrap().learning.status,
        LearningStatus::Rejected,
        "what a person rejected stays rejected"
    );

    store.forget(&id, "user", "asked to").await.unwrap();
    assert!(matches!(store.learning(&id).await, Err(StoreError::NotFound { .. })));
    assert_eq!(search(store, "pending orders").await, [""; 0]);
    let history = store.learning_history(&id).await.unwrap();
    assert_eq!(history.last().map(|change| (change.to, change.reason.as_str())), Some((None, "asked to")));
    assert!(matches!(store.forget(&id, "user", "").await, Err(StoreError::NotFound { .. })));
}

async fn search(store: &Store, text: &str) -> Vec<String> {
    let hits = store.search(&Query { text: text.to_owned(), ..Query::default() }).await.unwrap();
    hits.into_iter().map(|hit| hit.learning.title).collect()
}

async fn finding_again(fixture: &Fixture) {
    let store = &fixture.store;
    let orders = store.save_learning(index_on_orders()).await.unwrap().learning;
    let mut cart = learning(LearningKind::RedisPattern, "Carts expire after a day", "Every cart key carries a TTL.");
    cart.key_template = Some("cart:{id}".to_owned());
    cart.scope.project = Some("shop".to_owned());
    store.save_learning(cart).await.unwrap();
    let mut users = learning(LearningKind::IndexStrategy, "Active users use idx_users_act", "Index only scans.");
    users.ddl_applied = vec!["CREATE INDEX idx_users_act ON users (active)".to_owned()];
    users.tables = vec!["users".to_owned()];
    users.context = "The login page lists everybody who is online.".to_owned();
    store.save_learning(users).await.unwrap();

    // By statement and by table, without a word.
    let by_statement = Query { fingerprint: Some("fp-orders".into()), ..Query::default() };
    let hits = store.search(&by_statement).await.unwrap();
    assert_eq!(hits[0].learning, orders);
    assert_eq!(hits[0].why, [Why::Fingerprint]);
    let by_table = Query { tables: vec!["orders".into()], ..Query::default() };
    assert_eq!(store.search(&by_table).await.unwrap()[0].why, [Why::Tables(vec!["public.orders".into()])]);
    let all = Query { fingerprint: Some("fp-orders".into()), tables: vec!["\"Orders\"".into()], ..Query::default() };
    let all = Query { text: "which index did pending orders need".into(), ..all };
    assert_eq!(store.search(&all).await.unwrap()[0].why.len(), 3);

    // By words: stems, stop words, surroundings, qualified names.
    assert_eq!(search(store, "what is the index for an order that is pending?").await[0], orders.title);
    assert_eq!(search(store, "who is online at login").await, ["Active users use idx_users_act"]);
    assert_eq!(search(store, "public.orders").await, [orders.title.as_str()]);
    assert_eq!(search(store, "expiring cart keys").await, ["Carts expire after a day"]);
    // By a piece of an identifier that is no word of its own.
    assert_eq!(search(store, "idx_users_ac").await[0], "Active users use idx_users_act");
    assert_eq!(search(store, "rders_pendin").await, [orders.title.as_str()]);

    // Operators of either text search are words like any other.
    for odd in
        ["orders NOT AND (pending", "\"", "'", "a OR", "NEAR(orders)", "orders:*", "!", "-", "& | <->", "*", "\\", ""]
    {
        search(store, odd).await;
    }
    assert_eq!(search(store, "NOT orders").await, [orders.title.as_str()]);

    // Scope and kinds keep out what does not belong.
    let elsewhere = Scope { db_fingerprint: Some("db2".into()), ..Scope::default() };
    let none = Query { text: "pending orders".into(), scope: elsewhere, ..Query::default() };
    assert_eq!(store.search(&none).await.unwrap(), []);
    let kinds = vec![LearningKind::RedisPattern, LearningKind::Convention];
    let only = Query { text: "cart orders".into(), kinds, ..Query::default() };
    assert_eq!(store.search(&only).await.unwrap().len(), 1);

    // What no longer holds comes after what does, and says so.
    let mut newer = learning(LearningKind::Convention, "Pending orders are archived nightly", "");
    newer.tables = vec!["orders".to_owned()];
    newer.status = LearningStatus::Applied;
    store.save_learning(newer).await.unwrap();
    store.set_status(&orders.id, LearningStatus::Stale, "review", "index dropped").await.unwrap();
    let hits = store.search(&Query { tables: vec!["orders".into()], ..Query::default() }).await.unwrap();
    assert_eq!(hits[0].learning.title, "Pending orders are archived nightly");
    assert_eq!((hits[1].learning.status, hits[1].score < hits[0].score), (LearningStatus::Stale, true));
}

async fn many_learnings(fixture: &Fixture) {
    let store = &fixture.store;
    // More than the number from which common words are pruned.
    for number in 0..2_100 {
        let mut new = learning(LearningKind::SchemaFact, &format!("The table t{number} holds rows"), "common words");
        new.tables = vec![format!("t{number}")];
        store.save_learning(new).await.unwrap();
    }
    let hits = search(store, "which rows does the table t1234 hold in common words").await;
    assert_eq!(hits.first().map(String::as_str), Some("The table t1234 holds rows"));
    assert_eq!(search(store, "common words").await.len(), 10);
}

on_both!(
    gate,
    merge_and_supersede,
    concurrent_saves_of_the_same_merge,
    status_and_checks,
    finding_again,
    many_learnings
);
