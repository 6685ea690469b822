//! Findings of one engine as a document: for people, for programs, or only the statements.

use std::collections::HashMap;

use chrono::Utc;
use dbwright_finding::{Evidence, Finding, Fix, Measured, Severity};
use serde::Serialize;
use serde_json::Value;

use super::{
    console::{Console, Style},
    terminal::{paragraph, plain, prose_width, visible},
};
use crate::{
    cli::{Format, Global},
    exit::Exit,
    model::Usage,
    review::{Learnings, Review, SCHEMA, SinceLast, Target, report},
};

/// The formats of a list of findings.
pub(super) const FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Md, Format::Sarif, Format::Sql];
/// Findings of one rule that are told in full where they stand in no file.
const IN_FULL: usize = 3;
/// Facts shown of one finding.
const FACTS: usize = 5;
/// The rule whose fix goes before a statement and replaces none.
const LOCK_TIMEOUT: &str = "missing_lock_timeout";
/// Characters of one fact.
const FACT: usize = 80;

/// What an engine found.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// In the order of the report.
    pub(super) findings: Vec<Finding>,
    /// What was not looked at, and why.
    pub(super) gaps: Vec<String>,
    /// What was looked at, for reports that name it.
    pub(super) target: Target,
    /// Text above the findings, for people.
    pub(super) lead: String,
}

/// The wanted format, if it is one of those that the command knows; text unless told.
///
/// # Errors
/// With the formats that it knows.
pub(super) fn format_of(global: &Global, command: &str, known: &[Format]) -> Result<Format, Exit> {
    let format = global.format.unwrap_or(Format::Text);
    if known.contains(&format) {
        return Ok(format);
    }
    let name = |format: &Format| format!("{format:?}").to_lowercase();
    let known: Vec<String> = known.iter().map(name).collect();
    Err(Exit::Usage(format!("{command} does not print {}: --format is one of {}", name(&format), known.join(", "))))
}

/// Writes the document, and says on standard error what it does not hold.
///
/// # Errors
/// When it cannot be written.
pub(super) fn deliver(found: &Found, format: Format, global: &Global, console: &Console) -> Result<(), Exit> {
    let style = console.data_style();
    let document = match format {
        Format::Json => json(&found.findings)?,
        Format::Sql => statements(&found.findings),
        Format::Md => report::markdown(&review(found)),
        Format::Sarif => json(&report::sarif(&review(found)))?,
        Format::Text | Format::Html | Format::Jsonl => text(found, style, prose_width()),
    };
    if format != Format::Text {
        for gap in &found.gaps {
            console.say(console.talk_style().dim(&format!("not checked: {}", plain(gap))));
        }
    }
    if document.is_empty() {
        return Ok(());
    }
    Ok(console.deliver(global.output.as_deref(), &document)?)
}

/// One document of JSON.
///
/// # Errors
/// When a value has no JSON form.
pub(super) fn json(value: &impl Serialize) -> Result<String, Exit> {
    serde_json::to_string_pretty(value).map_err(|error| Exit::Failed(error.to_string()))
}

/// Exit code 10 when a finding is at least as severe as `threshold`.
///
/// # Errors
/// [`Exit::Findings`] with their number.
pub(super) fn fail_on(threshold: Option<Severity>, findings: &[Finding]) -> Result<(), Exit> {
    let Some(threshold) = threshold else { return Ok(()) };
    match findings.iter().filter(|finding| finding.severity >= threshold).count() {
        0 => Ok(()),
        1 => Err(Exit::Findings(format!("1 finding at or above {threshold}"))),
        count => Err(Exit::Findings(format!("{count} findings at or above {threshold}"))),
    }
}

/// The statements of the fixes, once, and nothing else. Of several fixes that replace one
/// statement of a file only that of the worst finding stands: together they would do it twice.
fn statements(findings: &[Finding]) -> String {
    let mut worst: HashMap<Place<'_>, usize> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let Some(place) = rewritten(finding) else { continue };
        let known = worst.entry(place).or_insert(at);
        if findings.get(*known).is_some_and(|known| known.severity < finding.severity) {
            *known = at;
        }
    }
    let stands = |at: usize, finding: &Finding| {
        rewritten(finding).is_none_or(|place| worst.get(&place).is_none_or(|chosen| *chosen == at))
            // The fix that replaces the statement brings its own lock timeout.
            && !(finding.rule == LOCK_TIMEOUT && place(finding).is_some_and(|place| worst.contains_key(&place)))
    };
    let kept = findings.iter().enumerate().filter(|(at, finding)| stands(*at, finding)).map(|(_, finding)| finding);
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::new();
    for fix in kept.filter_map(|finding| finding.fix.as_ref()) {
        let mut fresh: Vec<&str> = Vec::new();
        for statement in &fix.statements {
            let statement = statement.trim().trim_end_matches(';');
            // A setting holds until another fix changes it.
            let repeated = !statement.starts_with("SET ") && seen.contains(&statement);
            if !statement.is_empty() && !repeated {
                seen.push(statement);
                fresh.push(statement);
            }
        }
        // SET LOCAL does nothing outside a transaction.
        if fix.transactional && fix.statements.iter().any(|statement| statement.starts_with("SET LOCAL ")) {
            let own = fix.statements.iter().map(|statement| statement.trim().trim_end_matches(';'));
            fresh = std::iter::once("BEGIN").chain(own).chain(["COMMIT"]).collect();
        }
        fresh.into_iter().for_each(|statement| out.push_str(&format!("{statement};\n")));
    }
    out
}

/// File, line and column of a statement.
type Place<'a> = (&'a str, u32, u32);

fn place(finding: &Finding) -> Option<Place<'_>> {
    finding.location.as_ref().map(|at| (at.file.as_str(), at.line, at.column))
}

/// The place of the statement that the fix of a finding stands in for.
fn rewritten(finding: &Finding) -> Option<Place<'_>> {
    let replaces = finding.rule != LOCK_TIMEOUT && finding.fix.as_ref().is_some_and(|fix| !fix.statements.is_empty());
    place(finding).filter(|_| replaces)
}

/// The findings as a review, for the reports that show reviews.
fn review(found: &Found) -> Review {
    Review {
        schema: SCHEMA.to_owned(),
        target: found.target.clone(),
        session_id: String::new(),
        started_at: Utc::now(),
        duration_ms: 0,
        driver: "rules".to_owned(),
        findings: found.findings.clone(),
        since_last: SinceLast::default(),
        learnings: Learnings::default(),
        gaps: found.gaps.clone(),
        usage: Usage::default(),
        exhibits: Vec::new(),
    }
}

fn text(found: &Found, style: Style, width: usize) -> String {
    let mut out = found.lead.clone();
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    let mut of_rule: HashMap<&str, usize> = HashMap::new();
    let mut further: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for finding in &found.findings {
        let known = of_rule.entry(&finding.rule).or_default();
        *known += 1;
        if finding.location.is_some() || *known <= IN_FULL {
            out.push_str(&entry(finding, style, width));
            out.push('\n');
            continue;
        }
        match further.iter_mut().find(|(rule, _)| *rule == finding.rule) {
            Some((_, others)) => others.push(finding),
            None => further.push((&finding.rule, vec![finding])),
        }
    }
    for (rule, others) in further {
        let names: Vec<String> = others.iter().map(|finding| object(finding)).collect();
        let label = format!("{} {rule}: {} more like it: ", mark(Severity::Info), others.len());
        out.push_str(&paragraph("", &format!("{label}{}", names.join(", ")), width));
        out.push_str("\n\n");
    }
    for gap in &found.gaps {
        out.push_str(&style.dim(&paragraph("", &format!("not checked: {}", plain(gap)), width)));
        out.push('\n');
    }
    out.push_str(&style.bold(&summary(&found.findings)));
    out.push('\n');
    out
}

/// `3 findings: 1 high, 2 low`.
fn summary(findings: &[Finding]) -> String {
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, findings.iter().filter(|finding| finding.severity == severity).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    match findings.len() {
        0 => "no findings".to_owned(),
        1 => format!("1 finding: {}", counts.join(", ")),
        count => format!("{count} findings: {}", counts.join(", ")),
    }
}

const fn mark(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "×",
        Severity::Medium => "!",
        Severity::Low | Severity::Info => "·",
    }
}

fn painted(style: Style, severity: Severity, text: &str) -> String {
    match severity {
        Severity::Critical | Severity::High => style.red(text),
        Severity::Medium => style.yellow(text),
        Severity::Low => style.cyan(text),
        Severity::Info => style.dim(text),
    }
}

fn object(finding: &Finding) -> String {
    let name = plain(&finding.object.name);
    if finding.object.columns.is_empty() {
        name
    } else {
        format!("{name} ({})", plain(&finding.object.columns.join(", ")))
    }
}

fn entry(finding: &Finding, style: Style, width: usize) -> String {
    let place = finding.location.as_ref().map(|at| format!("{}:{}:{} ", plain(&at.file), at.line, at.column));
    let title = paragraph(&format!("{} ", mark(finding.severity)), &plain(&finding.title), width);
    let mut lines = vec![painted(style, finding.severity, &title)];
    let about =
        format!("{}{} · {} · {}", place.unwrap_or_default(), finding.severity, finding.rule, finding.confidence);
    lines.push(format!("  {}", style.dim(&format!("{about} · {}", finding.id))));
    let mut say = |label: &str, text: &str| lines.push(paragraph(&format!("  {label:<5} "), &plain(text), width));
    if !finding.why.is_empty() {
        say("why", &finding.why);
    }
    if !finding.evidence.is_empty() {
        say("facts", &facts(&finding.evidence));
    }
    if let Some(measured) = &finding.measured {
        say("gain", &gain(measured));
    }
    if let Some(fix) = &finding.fix {
        lines.extend(remedy(fix, style, width));
    }
    lines.join("\n") + "\n"
}

fn facts(evidence: &[Evidence]) -> String {
    let shown: Vec<String> = evidence.iter().take(FACTS).map(fact).collect();
    let more = evidence.len().saturating_sub(FACTS);
    let more = if more > 0 { format!(", {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn fact(evidence: &Evidence) -> String {
    let value = match &evidence.value {
        Value::String(text) => text.clone(),
        // A count that was computed as a float is still a count.
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        other => other.to_string(),
    };
    let cut: String = value.chars().take(FACT).collect();
    let ellipsis = if cut.len() < value.len() { "…" } else { "" };
    format!("{} {cut}{ellipsis} ({})", evidence.field, evidence.source)
}

fn gain(measured: &Measured) -> String {
    let (before, after) = (&measured.before, &measured.after);
    let mut parts = Vec::new();
    if let Some((before, after)) = before.buffers.zip(after.buffers) {
        parts.push(format!("{before} → {after} buffers"));
    }
    if let Some((before, after)) = before.ms.zip(after.ms) {
        parts.push(format!("{before:.1} → {after:.1} ms"));
    }
    if let Some((before, after)) = before.cost.zip(after.cost).filter(|_| parts.is_empty()) {
        parts.push(format!("cost {before:.0} → {after:.0}"));
    }
    let how = format!("{:?}", measured.how).to_lowercase();
    let ratio = measured.ratio.map(|ratio| format!(", {ratio} times better")).unwrap_or_default();
    format!("{}{ratio} ({how})", parts.join(", "))
}

fn remedy(fix: &Fix, style: Style, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, statement) in fix.statements.iter().enumerate() {
        let label = if at == 0 { "  fix   " } else { "        " };
        let end = if statement.trim_end().ends_with(';') { "" } else { ";" };
        let statement = visible(statement.trim_end()).replace('\n', "\n        ");
        lines.push(format!("{label}{}", style.green(&format!("{statement}{end}"))));
    }
    let mut price: Vec<String> = Vec::new();
    if !fix.statements.is_empty() {
        price.extend(fix.lock.as_ref().map(|lock| format!("takes {}", plain(lock))));
        price.extend((!fix.transactional).then(|| "not inside a transaction".to_owned()));
        price.extend((!fix.undo.is_empty()).then(|| format!("undo: {}", plain(&fix.undo.join("; ")))));
    }
    let notes = fix.notes.as_deref().map(plain).filter(|notes| !notes.is_empty());
    let label = if fix.statements.is_empty() { "  fix   " } else { "        " };
    lines.extend(notes.map(|notes| paragraph(label, &notes, width)));
    if !price.is_empty() {
        lines.push(style.dim(&paragraph("        ", &price.join(" · "), width)));
    }
    lines
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
