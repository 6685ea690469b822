//! Whether an index is used, and whether it can go.

use serde_json::{Value, json};

use super::describe;
use crate::model::playbook::{
    answer::Answer,
    findings,
    run::{Pending, Run},
};

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let Some(name) = describe::names(&run.input()).into_iter().next() else {
        return Ok(
            Answer::new("Which index?").close(&[], "`is index NAME used?`; `/index` advises, `unused indexes` lists")
        );
    };
    let card = run.call("index", "describe", json!({"name": name}))?;
    let check = run.call("check", "check_health", json!({"only": "indexes"}))?;
    run.gaps_of(&check);
    if card.text("/kind") != Some("index") {
        let headline = match card.text("/kind") {
            Some(kind) => format!("{name} is no index but: {kind} ({}).", card.source),
            None => format!("There is no index {name} that could be looked at."),
        };
        return Ok(Answer::new(headline).close(&run.gaps, "`unused indexes` lists those that nothing uses"));
    }
    let full = format!("{}.{}", card.text("/schema").unwrap_or_default(), card.text("/name").unwrap_or_default());
    let found: Vec<_> = findings::collect([&check])
        .into_iter()
        .filter(|found| {
            found.finding.object.name == full || found.finding.object.name == card.text("/name").unwrap_or_default()
        })
        .collect();
    let mut reasons = Vec::new();
    if let Some(constraint) = card.text("/constraint") {
        reasons.push(format!(
            "it stands behind the constraint {constraint}: only dropping that would drop it ({})",
            card.source
        ));
    }
    if card.field("/replica_identity").and_then(Value::as_bool) == Some(true) {
        reasons.push(format!("logical replication identifies rows by it ({})", card.source));
    }
    if card.field("/unique").and_then(Value::as_bool) == Some(true) && card.text("/constraint").is_none() {
        reasons.push(format!("it is unique: it guards the data even when no query scans it ({})", card.source));
    }
    match card.number("/scans") {
        Some(scans) if scans > 0.0 => reasons.push(format!("queries scan it ({})", card.source)),
        Some(_) => {}
        None => reasons.push("its scans are not known".to_owned()),
    }
    let mut answer = Answer::new(describe::index_line(&card).unwrap_or_default())
        .code("sql", card.text("/definition").unwrap_or_default())
        .list("What keeps it", reasons.iter().cloned());
    answer = if found.is_empty() {
        let verdict = if reasons.is_empty() {
            "No query scanned it, but no rule calls it superfluous either: the counters may be too young, or replicas may use it."
        } else {
            "No rule calls it superfluous."
        };
        answer.paragraph(verdict)
    } else {
        findings::show(answer, &found, run)
    };
    Ok(answer.close(&run.gaps, "`why 1`, `apply 1`, `undo script`"))
}
