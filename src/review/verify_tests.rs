use dbwright_checks::RelationName;
use dbwright_finding::Confidence;
use dbwright_memory::Provenance;

use super::*;

fn learning(status: LearningStatus, ddl: &str) -> Learning {
    let at = chrono::DateTime::UNIX_EPOCH;
    Learning {
        id: "01abc".to_owned(),
        kind: LearningKind::IndexStrategy,
        title: "Index helps".to_owned(),
        body: String::new(),
        context: String::new(),
        scope: Scope::default(),
        tables: vec![],
        columns: vec![],
        query_fingerprint: None,
        query_normalized: None,
        key_template: None,
        measurements: vec![],
        server_version: None,
        ddl_applied: vec![ddl.to_owned()],
        ddl_undo: vec![],
        status,
        status_reason: None,
        superseded_by: None,
        provenance: Provenance::default(),
        confidence: Confidence::Measured,
        hits: 1,
        created_at: at,
        last_seen: at,
        last_verified: None,
        next_check: None,
    }
}

fn index(name: &str, scans: i64, definition: &str) -> Index {
    Index {
        name: RelationName { schema: "public".to_owned(), name: name.to_owned() },
        relation: RelationName { schema: "public".to_owned(), name: "orders".to_owned() },
        valid: true,
        scans,
        definition: definition.to_owned(),
        ..Index::default()
    }
}

const ADVISED: &str = "CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders (status)";

fn status(learning: &Learning, indexes: &[Index]) -> Option<LearningStatus> {
    judge(learning, indexes).map(|(status, _)| status)
}

#[test]
fn an_index_that_was_created_is_applied_and_once_used_verified() {
    let proposed = learning(LearningStatus::Proposed, ADVISED);
    let fresh = index("by_status", 0, "CREATE INDEX by_status ON public.orders USING btree (status)");
    assert_eq!(status(&proposed, std::slice::from_ref(&fresh)), Some(LearningStatus::Applied), "under another name");
    let used = Index { scans: 12, ..fresh.clone() };
    let (now, reason) = judge(&proposed, &[used]).unwrap();
    assert_eq!(now, LearningStatus::Verified);
    assert_eq!(reason, "public.by_status exists; queries have scanned it 12 times");
    let verified = learning(LearningStatus::Verified, ADVISED);
    assert_eq!(status(&verified, &[fresh]), Some(LearningStatus::Verified), "counters were reset");
}

#[test]
fn an_index_that_is_gone_makes_its_learning_stale_but_never_a_proposal() {
    let other = index("by_user", 5, "CREATE INDEX by_user ON public.orders USING btree (user_id)");
    let invalid = Index { valid: false, ..index("orders_status_idx", 0, ADVISED) };
    for indexes in [vec![], vec![other], vec![invalid]] {
        assert_eq!(status(&learning(LearningStatus::Applied, ADVISED), &indexes), Some(LearningStatus::Stale));
        assert_eq!(status(&learning(LearningStatus::Proposed, ADVISED), &indexes), None);
        assert_eq!(status(&learning(LearningStatus::Rejected, ADVISED), &indexes), None);
    }
    let locked = Index { incomplete: true, ..index("x", 0, "") };
    assert_eq!(status(&learning(LearningStatus::Applied, ADVISED), &[locked]), None, "it may be that one");
}

#[test]
fn expressions_and_predicates_compare_without_the_servers_casts() {
    let advised = "CREATE INDEX ON orders (lower(email), id DESC) WHERE status = 'open'";
    let printed =
        "CREATE INDEX x ON public.orders USING btree (lower((email)::text), id DESC) WHERE (status = 'open'::text)";
    let narrower = "CREATE INDEX x ON public.orders USING btree (lower((email)::text), id DESC)";
    let proposed = learning(LearningStatus::Proposed, advised);
    assert_eq!(status(&proposed, &[index("x", 0, printed)]), Some(LearningStatus::Applied));
    assert_eq!(status(&proposed, &[index("x", 0, narrower)]), None);
}

#[test]
fn a_learning_without_an_index_is_left_alone() {
    assert_eq!(status(&learning(LearningStatus::Applied, "ANALYZE orders"), &[]), None);
    assert_eq!(status(&learning(LearningStatus::Applied, "not sql"), &[]), None);
}
