//! The report as SARIF 2.1.0, for code scanning: findings about files have physical locations,
//! findings about database objects logical ones.

use std::path::Path;

use chrono::{SecondsFormat, TimeDelta};
use dbwright_finding::{Finding, Location, Rule, Severity};
use serde_json::{Value, json};

use super::words::plain;
use crate::review::{Review, catalogue};

/// The schema's own name for itself.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The report as a SARIF log with one run.
pub fn sarif(review: &Review) -> Value {
    let mut ids: Vec<&str> = Vec::new();
    for finding in &review.findings {
        if !ids.contains(&finding.rule.as_str()) {
            ids.push(&finding.rule);
        }
    }
    let results: Vec<Value> =
        review.findings.iter().map(|finding| result(review, finding, &ids)).chain(absent(review)).collect();
    #[expect(clippy::cast_possible_wrap, reason = "a duration is far below 2^63 ms")]
    let ended = review.started_at + TimeDelta::milliseconds(review.duration_ms.min(i64::MAX as u64) as i64);
    let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let notifications: Vec<Value> = review
        .gaps
        .iter()
        .map(|gap| json!({"level": "note", "message": {"text": format!("not checked: {}", plain(gap))}}))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "dbwright",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| rule(id)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": true,
                "startTimeUtc": time(review.started_at),
                "endTimeUtc": time(ended),
                "toolExecutionNotifications": notifications,
            }],
            "automationDetails": {"id": format!("dbwright/{}/", review.target.fingerprint)},
            "columnKind": "unicodeCodePoints",
            "properties": {"target": review.target, "driver": review.driver, "session_id": review.session_id},
            "results": results,
        }],
    })
}

fn rule(id: &str) -> Value {
    match catalogue::rule(id) {
        Some(Rule { id, group, severity, summary }) => json!({
            "id": id,
            "shortDescription": {"text": summary},
            "defaultConfiguration": {"level": level(*severity)},
            "properties": {"tags": [group]},
        }),
        None => json!({"id": id}),
    }
}

fn result(review: &Review, finding: &Finding, ids: &[&str]) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "ruleIndex": ids.iter().position(|id| *id == finding.rule),
        "level": level(finding.severity),
        "message": {"text": message(finding)},
        "locations": [location(review, finding)],
        "fingerprints": {"dbwright/id/v1": finding.id},
        "partialFingerprints": {"dbwright/id/v1": finding.id},
        "rank": rank(finding.severity),
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "object": finding.object,
            "evidence": finding.evidence,
            "measured": finding.measured,
            "fix": finding.fix,
        },
    });
    if let (Some(state), Some(fields)) = (baseline(review, &finding.id), result.as_object_mut()) {
        fields.insert("baselineState".to_owned(), state.into());
    }
    result
}

/// What the last review found and this one did not.
fn absent(review: &Review) -> impl Iterator<Item = Value> + '_ {
    review.since_last.fixed.iter().map(|fixed| {
        json!({
            "message": {"text": format!("Fixed: {}", plain(&fixed.title))},
            "level": level(fixed.severity),
            "fingerprints": {"dbwright/id/v1": fixed.id},
            "partialFingerprints": {"dbwright/id/v1": fixed.id},
            "baselineState": "absent",
        })
    })
}

fn message(finding: &Finding) -> String {
    let mut text = plain(&finding.title);
    if !finding.why.is_empty() {
        text.push_str("\n\n");
        text.push_str(&plain(&finding.why));
    }
    if let Some(fix) = &finding.fix {
        for statement in &fix.statements {
            text.push_str("\n\nFix: ");
            text.push_str(statement.trim());
        }
        if let Some(notes) = &fix.notes {
            text.push_str("\n\n");
            text.push_str(&plain(notes));
        }
    }
    text
}

fn location(review: &Review, finding: &Finding) -> Value {
    let logical = json!([{
        "name": finding.object.name,
        "fullyQualifiedName": super::digest::object(finding),
        "kind": finding.object.kind.as_str(),
    }]);
    match &finding.location {
        Some(at) => json!({"physicalLocation": physical(review, at), "logicalLocations": logical}),
        None => json!({"logicalLocations": logical}),
    }
}

fn physical(review: &Review, at: &Location) -> Value {
    let root = review.target.path.as_deref().map(Path::new);
    let file = Path::new(&at.file);
    let inside = root.and_then(|root| file.strip_prefix(root).ok()).unwrap_or(file);
    let uri = encoded(&inside.to_string_lossy());
    let artifact = if inside.is_absolute() {
        json!({"uri": format!("file://{uri}")})
    } else {
        json!({"uri": uri, "uriBaseId": "%SRCROOT%"})
    };
    json!({"artifactLocation": artifact, "region": {"startLine": at.line.max(1), "startColumn": at.column.max(1)}})
}

/// A path as a URI reference.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn baseline(review: &Review, id: &str) -> Option<&'static str> {
    let since = &review.since_last;
    since.at?;
    let listed = |ids: &[String]| ids.iter().any(|known| known == id);
    Some(match () {
        () if listed(&since.new) => "new",
        () if listed(&since.worse) => "updated",
        () => "unchanged",
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

const fn rank(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 100.0,
        Severity::High => 80.0,
        Severity::Medium => 50.0,
        Severity::Low => 20.0,
        Severity::Info => 5.0,
    }
}
