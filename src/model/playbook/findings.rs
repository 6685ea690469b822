//! The findings of results, ranked, and the ways to show them.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Measured, Measurement};
use serde::Deserialize;
use serde_json::Value;

use super::{
    answer::{Answer, Unit, counted, figure},
    run::{Answered, Run},
    view::View,
};

/// Findings that an answer shows; the others are one request away.
const SHOWN: usize = 10;
/// Facts shown with each.
const FACTS: usize = 4;

/// A finding and the result that it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) source: String,
    pub(super) call_id: String,
}

/// Findings of several results: each id once, the gravest and best proven first.
pub(super) fn collect<'a>(results: impl IntoIterator<Item = &'a Answered>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for result in results {
        for value in result.list("/findings") {
            let Ok(finding) = Finding::deserialize(value) else { continue };
            if !found.iter().any(|known| known.finding.id == finding.id) {
                found.push(Found { finding, source: result.source.clone(), call_id: result.call_id.clone() });
            }
        }
    }
    found.sort_by(|a, b| {
        let key = |found: &Found| (found.finding.severity, found.finding.confidence);
        let ratio = |found: &Found| found.finding.measured.and_then(|measured| measured.ratio).unwrap_or(0.0);
        key(b).cmp(&key(a)).then(ratio(b).total_cmp(&ratio(a)))
    });
    found
}

/// How many of each severity: `2 critical, 5 high`.
pub(super) fn tally(found: &[Found]) -> String {
    dbwright_finding::Severity::ALL
        .iter()
        .filter_map(|severity| {
            let count = found.iter().filter(|found| found.finding.severity == *severity).count();
            (count > 0).then(|| format!("{count} {severity}"))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// The findings as the view wants them, below what stands in `answer` already.
pub(super) fn show(answer: Answer, found: &[Found], run: &Run<'_>) -> Answer {
    match run.view {
        View::Answer | View::Continue | View::Plan => {
            let answer = answer.numbered(found.iter().take(SHOWN).map(short));
            let more = found.len().saturating_sub(SHOWN);
            if more == 0 {
                answer
            } else {
                answer.paragraph(format!("{}: say `more detail`.", counted(more, "more finding")))
            }
        }
        View::Detail => answer.numbered(found.iter().map(full)),
        View::Number(n) => one(answer, found, n, full),
        View::Why(Some(n)) => one(answer, found, n, chain),
        View::Why(None) => answer.numbered(found.iter().take(3).map(chain)),
        View::Apply(number) => apply(answer, found, number),
        View::Undo => undo(answer, found),
    }
}

fn one(answer: Answer, found: &[Found], n: usize, render: impl Fn(&Found) -> String) -> Answer {
    match n.checked_sub(1).and_then(|at| found.get(at)) {
        Some(found) => answer.paragraph(render(found)),
        None => answer.paragraph(format!("There is no finding {n}; there are {}.", found.len())),
    }
}

/// Problem, facts, fix, proof: a few lines.
fn short(found: &Found) -> String {
    let mut text = head(found);
    text.push_str(&facts(found, FACTS));
    if let Some(measured) = &found.finding.measured {
        text.push_str(&format!("\n{}", proof(measured, &found.source)));
    }
    if let Some(fix) = &found.finding.fix {
        text.push_str(&remedy(fix, 3));
    }
    text
}

/// Everything that is known of it.
fn full(found: &Found) -> String {
    let finding = &found.finding;
    let mut text = head(found);
    if !finding.why.is_empty() {
        text.push_str(&format!("\nwhy: {}", finding.why));
    }
    text.push_str(&facts(found, usize::MAX));
    if let Some(measured) = &finding.measured {
        text.push_str(&format!("\n{}", proof(measured, &found.source)));
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&remedy(fix, usize::MAX));
        if let Some(notes) = fix.notes.as_ref().filter(|_| !fix.statements.is_empty()) {
            text.push_str(&format!("\nnote: {notes}"));
        }
        if !fix.undo.is_empty() {
            text.push_str(&format!("\nundo:\n{}", block(fix.kind, &fix.undo)));
        }
    }
    text.push_str(&format!("\nfinding {}, rule {}", finding.id, finding.rule));
    text
}

/// From the claim back to the facts.
fn chain(found: &Found) -> String {
    let finding = &found.finding;
    let mut text = head(found);
    if !finding.why.is_empty() {
        text.push_str(&format!("\nbecause: {}", finding.why));
    }
    text.push_str(&facts(found, usize::MAX));
    if let Some(measured) = &finding.measured {
        text.push_str(&format!("\n{}", proof(measured, &found.source)));
    }
    let how = match finding.confidence {
        Confidence::Rule => "established by the rule alone: nothing was tried",
        Confidence::Estimated => "estimated: by the planner, a model or a sample",
        Confidence::Measured => "measured: it was executed, before and after",
    };
    text.push_str(&format!("\n{how}; rule {} of {}", finding.rule, found.source));
    text
}

fn head(found: &Found) -> String {
    let Finding { severity, confidence, title, location, .. } = &found.finding;
    let place = location.as_ref().filter(|place| !title.contains(&place.file));
    let place = place.map(|place| format!(" — {}:{}", place.file, place.line)).unwrap_or_default();
    format!("**{severity}** {title}{place} ({}, {confidence})", found.source)
}

fn facts(found: &Found, most: usize) -> String {
    let facts = &found.finding.evidence;
    if facts.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = facts.iter().take(most).map(fact).collect();
    let more = facts.len().saturating_sub(most);
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    format!("\nevidence: {}{more}", shown.join("; "))
}

fn fact(evidence: &Evidence) -> String {
    let Evidence { source, field, value } = evidence;
    let value = match (value, value.as_f64()) {
        (Value::String(text), _) => dbwright_sql::brief(text, 160),
        (_, Some(number)) if field.ends_with("_bytes") || field == "bytes" => figure(number, Unit::Bytes),
        (_, Some(number)) if field.ends_with("_ms") || field == "ms" => figure(number, Unit::Ms),
        (_, Some(number)) => figure(number, Unit::Count),
        (other, None) => dbwright_sql::brief(&other.to_string(), 160),
    };
    format!("{field} {value} ({source})")
}

/// The remedy; long scripts are cut to `most` statements.
fn remedy(fix: &Fix, most: usize) -> String {
    let Some((first, others)) = fix.statements.split_first() else {
        return fix.notes.as_ref().map(|notes| format!("\nfix: {notes}")).unwrap_or_default();
    };
    let lock = fix.lock.as_ref().map(|lock| format!(" (takes {lock})")).unwrap_or_default();
    if others.is_empty() && !first.contains('\n') && first.len() <= 160 {
        return format!("\nfix{lock}: `{}`", first.trim_end_matches(';'));
    }
    let shown: Vec<String> = fix.statements.iter().take(most).cloned().collect();
    let cut = fix.statements.len().saturating_sub(most);
    let cut = if cut > 0 {
        format!("\n{}: ask for the finding by its number", counted(cut, "more statement"))
    } else {
        String::new()
    };
    format!("\nfix{lock}:\n{}{cut}", block(fix.kind, &shown))
}

/// Statements as a code block in their language; only SQL ends with semicolons.
fn block(kind: FixKind, statements: &[String]) -> String {
    let terminated = |sql: &String| if sql.trim_end().ends_with(';') { sql.clone() } else { format!("{sql};") };
    match kind {
        FixKind::RedisConfig | FixKind::RedisData => format!("```redis\n{}\n```", statements.join("\n")),
        FixKind::Code => format!("```\n{}\n```", statements.join("\n")),
        _ => format!("```sql\n{}\n```", statements.iter().map(terminated).collect::<Vec<_>>().join("\n")),
    }
}

/// `41,200 → 310 pages, 2,300 → 12 ms, 133 times (advise_indexes#1)`.
pub(super) fn proof(measured: &Measured, source: &str) -> String {
    let how = match measured.how {
        dbwright_finding::How::Hypothetical => "estimated by the planner",
        dbwright_finding::How::Scratch => "measured on a scratch copy",
        dbwright_finding::How::Live => "measured on the database",
    };
    let ratio =
        measured.ratio.map(|ratio| format!(", {} times better", figure(ratio, Unit::Count))).unwrap_or_default();
    format!("{how}: {}{ratio} ({source})", sides(&measured.before, &measured.after))
}

/// Both sides of a measurement in the units that both have; costs only where nothing was executed.
fn sides(before: &Measurement, after: &Measurement) -> String {
    let mut parts = Vec::new();
    #[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
    if let Some((b, a)) = before.buffers.zip(after.buffers) {
        parts.push(format!("{} → {}", figure(b as f64, Unit::Count), figure(a as f64, Unit::Pages)));
    }
    if let Some((b, a)) = before.ms.zip(after.ms) {
        parts.push(format!("{} → {}", figure(b, Unit::Ms), figure(a, Unit::Ms)));
    }
    if let Some((b, a)) = before.cost.zip(after.cost).filter(|_| parts.is_empty()) {
        parts.push(format!("cost {} → {}", figure(b, Unit::Count), figure(a, Unit::Count)));
    }
    parts.join(", ")
}

fn apply(answer: Answer, found: &[Found], number: Option<usize>) -> Answer {
    let fixable = |found: &&Found| found.finding.fix.as_ref().is_some_and(|fix| !fix.statements.is_empty());
    let chosen = match number {
        Some(n) => n.checked_sub(1).and_then(|at| found.get(at)),
        None => found.iter().find(fixable),
    };
    let Some(chosen) = chosen.filter(fixable) else {
        return answer.paragraph("There is no fix with statements to run there; ask for a finding by its number.");
    };
    let together = match chosen.finding.fix.as_ref().map(|fix| (fix.transactional, fix.statements.len())) {
        Some((true, _)) => "They may share one transaction.",
        Some((false, 1)) => "Run it by itself, outside a transaction.",
        _ => "Run them one by one, in this order, outside a transaction.",
    };
    answer
        .paragraph("Nothing was run: the playbook changes nothing itself. This is what to run:")
        .paragraph(full(chosen))
        .paragraph(together)
}

fn undo(answer: Answer, found: &[Found]) -> Answer {
    let undone: Vec<String> = found
        .iter()
        .filter_map(|found| {
            let Fix { kind, undo, .. } = found.finding.fix.as_ref()?;
            (!undo.is_empty()).then(|| format!("{}\n{}", found.finding.title, block(*kind, undo)))
        })
        .collect();
    if undone.is_empty() {
        return answer.paragraph("None of these fixes has statements that take it back.");
    }
    answer.paragraph("These statements take the fixes back, once they were carried out:").numbered(undone)
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
