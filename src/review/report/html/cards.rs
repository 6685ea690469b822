//! The findings: one card each, small ones folded.

use std::{collections::BTreeSet, fmt::Write as _};

use dbwright_finding::{Finding, Fix, FixKind, Severity};
use serde_json::Value;

use super::{
    super::{
        digest::{self, Entry, Status},
        facts,
        words::{self, counted, plain},
    },
    gains::comparison,
    markup::{anchor, breakable, code, escape, prose},
    plans,
};
use crate::review::Review;

pub(super) fn section(out: &mut String, review: &Review, entries: &[Entry<'_>]) {
    out.push_str("<section id=\"findings\"><h2>Findings</h2>");
    if entries.is_empty() {
        out.push_str("<p class=\"lead\">None.</p></section>");
        return;
    }
    filters(out, review, entries);
    for entry in entries {
        card(out, review, entry);
    }
    out.push_str("<p id=\"nothing\" class=\"lead\" hidden>No finding fits these filters.</p></section>");
}

/// Hidden until the script that serves them runs.
fn filters(out: &mut String, review: &Review, entries: &[Entry<'_>]) {
    out.push_str("<form id=\"filters\" hidden><fieldset><legend>Severity</legend>");
    for severity in Severity::ALL {
        let count = review.count(severity);
        if count > 0 {
            let _ = write!(
                out,
                "<label class=\"chip {severity}\"><input type=\"checkbox\" name=\"severity\" value=\"{severity}\" checked> {severity} <b>{count}</b></label>"
            );
        }
    }
    out.push_str("</fieldset><label class=\"field\">Area <select name=\"group\"><option value=\"\">all</option>");
    let groups: BTreeSet<&str> = entries.iter().map(|entry| digest::group(entry.lead)).collect();
    for group in groups {
        let _ = write!(out, "<option>{group}</option>");
    }
    out.push_str("</select></label><label class=\"field\">Find <input type=\"search\" name=\"text\" placeholder=\"table, rule, word\"></label>");
    if review.since_last.at.is_some() {
        out.push_str("<label class=\"field\"><input type=\"checkbox\" name=\"changed\"> new or worse only</label>");
    }
    let _ = write!(
        out,
        "<output id=\"shown\" role=\"status\">{} shown</output></form>",
        counted(review.findings.len(), "finding")
    );
}

fn card(out: &mut String, review: &Review, entry: &Entry<'_>) {
    let finding = entry.lead;
    let severity = finding.severity;
    let folded = severity < Severity::Medium;
    let status = digest::status(review, finding);
    let tag = if folded { "details" } else { "article" };
    let _ = write!(
        out,
        "<{tag} class=\"card {severity}\" id=\"{}\" data-severity=\"{severity}\" data-group=\"{}\" data-count=\"{}\"{}>",
        anchor(&finding.id),
        digest::group(finding),
        1 + entry.others.len(),
        if status == Status::Known { "" } else { " data-changed" }
    );
    let title = format!("<span class=\"number\">{}</span> {}", entry.number, breakable(&plain(&finding.title)));
    if folded {
        let _ = write!(out, "<summary><h3>{title}</h3>{}</summary>", badges(finding, status));
    } else {
        let _ = write!(out, "{}<h3>{title}</h3>", badges(finding, status));
    }
    let (named, object) = (digest::named(finding), digest::object(finding));
    // `session 4711` says itself what it is.
    let kind = named.strip_suffix(&object).unwrap_or_default().trim();
    let _ = write!(out, "<p class=\"object\"><span>{kind}</span> <code>{}</code></p>", breakable(&object));
    if !finding.why.is_empty() {
        let _ = write!(out, "<p class=\"why\">{}</p>", prose(&plain(&finding.why)));
    }
    if let Some(measured) = &finding.measured {
        out.push_str(&comparison(measured));
    }
    body(out, review, finding);
    others(out, review, entry);
    let _ = write!(out, "</{tag}>");
}

fn badges(finding: &Finding, status: Status) -> String {
    let severity = finding.severity;
    let change = status.word().map(|word| format!("<span class=\"badge {word}\">{word}</span>")).unwrap_or_default();
    format!(
        "<p class=\"badges\"><span class=\"badge sev {severity}\">{severity}</span>{change}<span class=\"badge\">{}</span>\
         <span class=\"badge {}\">{}</span><span class=\"rulename\">{}</span></p>",
        digest::group(finding),
        finding.confidence,
        words::checked(finding),
        breakable(&finding.rule)
    )
}

/// Fix, undo and evidence of one finding.
fn body(out: &mut String, review: &Review, finding: &Finding) {
    if let Some(fix) = &finding.fix {
        remedy(out, fix);
    }
    evidence(out, review, finding);
}

fn remedy(out: &mut String, fix: &Fix) {
    let notes = fix
        .notes
        .as_deref()
        .map(|notes| format!("<p class=\"notes\">{}</p>", prose(&plain(notes))))
        .unwrap_or_default();
    if fix.statements.is_empty() {
        let _ = write!(out, "<div class=\"fix\"><h4>What to do</h4>{notes}</div>");
        return;
    }
    let mut price = String::new();
    if let Some(lock) = &fix.lock {
        let _ = write!(price, "<span class=\"badge\">lock {}</span>", escape(&plain(lock)));
    }
    if words::is_sql(fix.kind) {
        let place = if fix.transactional { "transactional" } else { "outside a transaction" };
        let _ = write!(price, "<span class=\"badge\">{place}</span>");
    }
    let _ = write!(
        out,
        "<div class=\"fix\"><h4>Fix</h4><p class=\"badges\">{price}</p>{}{notes}",
        block(fix.kind, &fix.statements)
    );
    if !fix.undo.is_empty() {
        let _ = write!(out, "<details><summary>Undo</summary>{}</details>", block(fix.kind, &fix.undo));
    }
    out.push_str("</div>");
}

/// Statements to copy.
fn block(kind: FixKind, statements: &[String]) -> String {
    let text: Vec<String> = statements
        .iter()
        .map(|statement| {
            let statement = statement.trim();
            if statement.ends_with(';') || !words::is_sql(kind) {
                statement.to_owned()
            } else {
                format!("{statement};")
            }
        })
        .collect();
    format!(
        "<div class=\"sql\"><button type=\"button\" class=\"copy\" hidden>Copy</button><pre tabindex=\"0\"><code>{}</code></pre></div>",
        escape(&text.join("\n"))
    )
}

fn evidence(out: &mut String, review: &Review, finding: &Finding) {
    if finding.evidence.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<details class=\"evidence\"><summary>Evidence <span>{}</span></summary><table><thead><tr><th scope=\"col\">read from</th>\
         <th scope=\"col\">field</th><th scope=\"col\">value</th></tr></thead><tbody>",
        counted(finding.evidence.len(), "fact")
    );
    for item in &finding.evidence {
        let source = match plans::drawn(review, &item.source) {
            true => format!("<a href=\"#{}\">{}</a>", plans::id(&item.source), escape(&item.source)),
            false => escape(&plain(&item.source)),
        };
        let value = match &item.value {
            // Drawings, such as a lock tree, keep their lines.
            Value::String(text) if text.contains('\n') => format!("<pre tabindex=\"0\">{}</pre>", escape(text)),
            value => breakable(&facts::value(&item.field, value)),
        };
        let _ = write!(out, "<tr><td>{source}</td><td>{}</td><td>{value}</td></tr>", code(&item.field));
    }
    out.push_str("</tbody></table></details>");
}

fn others(out: &mut String, review: &Review, entry: &Entry<'_>) {
    if entry.others.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "<details class=\"others\"><summary>The same on {}</summary>",
        counted(entry.others.len(), "other object")
    );
    for other in &entry.others {
        let status = digest::status(review, other);
        let change =
            status.word().map(|word| format!("<span class=\"badge {word}\">{word}</span> ")).unwrap_or_default();
        let _ = write!(
            out,
            "<div class=\"other\" id=\"{}\"><h4>{change}{}</h4><p>{}</p>",
            anchor(&other.id),
            breakable(&digest::object(other)),
            breakable(&plain(&other.title))
        );
        body(out, review, other);
        out.push_str("</div>");
    }
    out.push_str("</details>");
}
