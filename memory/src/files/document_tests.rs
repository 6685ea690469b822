use serde_json::json;

use super::*;

fn learning() -> Learning {
    serde_json::from_value(json!({
        "id": "01k", "kind": "query_optimization", "title": "Orders: \"pending\" need an index",
        "body": "Two\n\n---\n\n# paragraphs", "context": "the login page",
        "scope": {"project": "shop", "db_fingerprint": "12345"}, "tables": ["public.orders"],
        "query_fingerprint": "12345", "query_normalized": "SELECT 1\nFROM t", "status": "applied",
        "status_reason": "  padded: yes", "server_version": "15.4",
        "measurements": [{"at": "2026-01-02T03:04:05.678Z", "how": "scratch", "before": {"ms": 2.5}, "after": {"ms": 0.5}, "ratio": 5.0}],
        "provenance": {"session": "s", "tool_calls": ["c1"]}, "confidence": "measured", "hits": 3,
        "created_at": "2026-01-02T03:04:05.678Z", "last_seen": "2026-01-02T03:04:05.678Z"
    }))
    .unwrap()
}

#[test]
fn a_document_reads_back_as_it_was() {
    let learning = learning();
    let text = render(&learning).unwrap();
    assert_eq!(parse(&text).unwrap(), learning, "{text}");
    let dos = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(parse(&dos).unwrap(), learning);
    assert!(text.contains("\nstatus: applied\n") && text.contains("\nquery_fingerprint: \"12345\"\n"), "{text}");
}

#[test]
fn paths_hold_no_surprises() {
    let mut learning = learning();
    assert_eq!(path_of(&learning).to_str(), Some("shop/query_optimization/01k-orders-pending-need-an-index.md"));
    learning.scope.project = Some("../../etc".to_owned());
    learning.id = "../x".to_owned();
    learning.title = "///".to_owned();
    assert_eq!(path_of(&learning).to_str(), Some("etc/query_optimization/x-.md"));
}

#[test]
fn faults_name_their_line() {
    assert!(parse("# no front matter").unwrap_err().contains("line 1"));
    assert!(parse("---\nkind applied\n---\n# t").unwrap_err().contains("line 2"));
    assert!(parse("---\nkind: x\n").unwrap_err().contains("closing"));
    assert!(parse("---\nid: a\n---\nno title").unwrap_err().contains("title"));
    assert!(parse("---\nid: a\nkind: nonsense\n---\n# t").unwrap_err().contains("nonsense"));
}
