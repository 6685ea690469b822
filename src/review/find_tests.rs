use serde_json::json;

use super::*;
use crate::review::SCHEMA;

fn review() -> Review {
    let finding = |id: &str| {
        json!({"id": id, "rule": "missing_index", "severity": "low", "confidence": "rule", "title": "t",
               "object": {"kind": "table", "name": "t"},
               "fix": {"type": "create_index", "statements": ["CREATE INDEX CONCURRENTLY i ON t (a)"]}})
    };
    serde_json::from_value(json!({
        "schema": SCHEMA, "target": {"fingerprint": "x"}, "session_id": "s", "started_at": "2026-11-25T00:00:00Z",
        "duration_ms": 1, "driver": "playbook", "findings": [finding("f_aa1"), finding("f_aa2")],
        "since_last": {"new": [], "worse": [], "same": [], "fixed": []},
        "learnings": {"saved": [], "verified": [], "regressed": []}, "gaps": [],
        "usage": crate::model::Usage::default(),
        "exhibits": [{"source": "advise_indexes#1", "tool": "advise_indexes", "json": {"indexes": [
            {"statement": "CREATE INDEX CONCURRENTLY i ON t (a)", "gains": [
                {"text": "SELECT * FROM t WHERE a = $1", "sampled": "SELECT * FROM t WHERE a = 7"},
                {"text": "SELECT * FROM t WHERE a = 1 AND …"}]},
            {"statement": "CREATE INDEX CONCURRENTLY j ON t (b)", "gains": [{"text": "SELECT 1"}]}]}}]
    }))
    .unwrap()
}

#[test]
fn a_finding_is_found_by_the_beginning_of_its_id_with_its_statements() {
    let found = named(&review(), "f_aa1", "the review").unwrap();
    assert_eq!(found.finding.id, "f_aa1");
    assert_eq!(found.statements, ["SELECT * FROM t WHERE a = 7"]);
    assert_eq!(named(&review(), "f_aa", "r").unwrap_err(), Unknown::Several("f_aa".into(), "f_aa1, f_aa2".into()));
    assert!(matches!(named(&review(), "f_b", "r"), Err(Unknown::None(..))));
}
