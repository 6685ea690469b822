//! One HTML file without scripts, fonts or anything else from outside.

use std::fmt::Write as _;

use dbwright_finding::{Finding, Fix};

use super::flame::{band, flame};
use crate::{
    node::count,
    summary::{NodeSummary, PlanSummary},
    units::{factor, grouped, ms, percent, short},
};

/// Nodes in the table; a plan over thousands of partitions is not read line by line.
const MOST_ROWS: usize = 2000;

/// The page: what is wrong, where the time goes, node by node.
///
/// Everything from the plan is text to it: names and conditions are escaped, and the page's own
/// policy forbids scripts and foreign sources.
pub fn html(plan: &PlanSummary, heading: &str, findings: &[Finding]) -> String {
    let mut out = String::with_capacity(8192 + plan.nodes.len() * 400);
    out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\">\n<title>Query plan</title>\n<style>\n");
    out.push_str(include_str!("page.css"));
    out.push_str("</style>\n</head>\n<body>\n");
    let _ = writeln!(out, "<h1>{}</h1>\n<p class=\"lead\">{}</p>", escape(&totals(plan)), escape(heading.trim()));
    problems(&mut out, findings);
    let drawing = flame(plan);
    if !drawing.is_empty() {
        let what = if plan.executed { "Where the time goes" } else { "Where the cost goes" };
        let _ = writeln!(out, "<h2>{what}</h2>\n<div class=\"scroll\">{drawing}</div>");
    }
    table(&mut out, plan);
    out.push_str("</body>\n</html>\n");
    out
}

/// `executed in 81ms, planned in 0.3ms, 644 pages`.
pub(super) fn totals(plan: &PlanSummary) -> String {
    let mut parts = Vec::new();
    match (plan.execution_ms, plan.executed) {
        (Some(execution), _) => parts.push(format!("executed in {}", ms(execution))),
        (None, true) => parts.push("executed".to_owned()),
        (None, false) => parts.push(format!("not executed, cost {}", grouped(plan.total_cost))),
    }
    if let Some(planning) = plan.planning_ms {
        parts.push(format!("planned in {}", ms(planning)));
    }
    if let Some(pages) = plan.buffers {
        parts.push(format!("{} pages", grouped(count(pages))));
    }
    if plan.temp_pages > 0 {
        parts.push(format!("{} pages of temporary files", grouped(count(plan.temp_pages))));
    }
    if let Some(jit) = plan.jit_ms {
        parts.push(format!("{} compiling", ms(jit)));
    }
    parts.extend(
        plan.triggers.iter().map(|(name, time, calls)| format!("trigger {name} {} in {calls} calls", ms(*time))),
    );
    parts.extend(plan.settings.iter().map(|(name, value)| format!("{name} = {value}")));
    parts.join(", ")
}

fn problems(out: &mut String, findings: &[Finding]) {
    out.push_str("<h2>What is wrong</h2>\n");
    if findings.is_empty() {
        out.push_str("<p>Nothing that takes a noticeable share of the statement.</p>\n");
    }
    for finding in findings {
        let _ = write!(
            out,
            "<article class=\"{}\">\n<h3>{}</h3>\n<p><span class=\"soft\">{} · {} · {}</span><br>{}</p>\n",
            finding.severity,
            escape(&finding.title),
            finding.severity,
            escape(&finding.rule),
            finding.confidence,
            escape(&finding.why)
        );
        if let Some(fix) = &finding.fix {
            remedy(out, fix);
        }
        out.push_str("</article>\n");
    }
}

fn remedy(out: &mut String, fix: &Fix) {
    for (name, statements) in [("", &fix.statements), ("To undo it:", &fix.undo)] {
        if !statements.is_empty() {
            let sql: Vec<String> =
                statements.iter().map(|sql| format!("{};", sql.trim().trim_end_matches(';'))).collect();
            let _ = writeln!(out, "<div class=\"soft\">{name}</div><pre>{}</pre>", escape(&sql.join("\n")));
        }
    }
    let lock = fix.lock.as_deref().map(|lock| format!("Takes {lock}. ")).unwrap_or_default();
    let notes = fix.notes.as_deref().unwrap_or_default();
    if !lock.is_empty() || !notes.is_empty() {
        let _ = writeln!(out, "<p>{}{}</p>", escape(&lock), escape(notes));
    }
}

fn table(out: &mut String, plan: &PlanSummary) {
    let own = if plan.executed { "Itself" } else { "Cost" };
    let _ = write!(
        out,
        "<h2>Node by node</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>Share</th><th>{own}</th><th>With below</th><th>Rows</th><th>Expected</th><th>Loops</th><th>Pages</th><th>Node</th></tr></thead>\n<tbody>\n"
    );
    plan.nodes.iter().take(MOST_ROWS).for_each(|row| node(out, row));
    out.push_str("</tbody></table></div>\n");
    if let Some(more) = plan.nodes.len().checked_sub(MOST_ROWS).filter(|more| *more > 0) {
        let _ = writeln!(out, "<p class=\"soft\">{more} more nodes are left out.</p>");
    }
}

fn node(out: &mut String, row: &NodeSummary) {
    let own = row.self_ms.map_or_else(|| short(row.cost.round()), ms);
    let whole = row.total_ms.map(ms).unwrap_or_default();
    let rows = row.rows.map(short).unwrap_or_default();
    let expected = match row.q_error.filter(|error| *error >= 3.0) {
        Some(error) => format!("{} (x{})", short(row.rows_expected), factor(error)),
        None => short(row.rows_expected),
    };
    let loops = row.loops.filter(|loops| *loops > 1).map(|loops| short(count(loops))).unwrap_or_default();
    let pages = row.buffers.filter(|pages| *pages > 0).map(|pages| short(count(pages))).unwrap_or_default();
    let _ = write!(
        out,
        "<tr><td><span class=\"bar\" title=\"{}\"><i class=\"{}\" style=\"width:{:.1}%\"></i></span></td><td>{own}</td><td>{whole}</td><td>{rows}</td><td>{expected}</td><td>{loops}</td><td>{pages}</td><td class=\"node\" style=\"padding-left:{:.1}em\">",
        percent(row.share),
        band(row.share),
        row.share * 100.0,
        0.5 + 1.2 * count(row.depth.min(40) as u64),
    );
    let subplan = row.subplan.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
    let _ = write!(out, "<strong>{}{}</strong>", escape(&subplan), escape(&row.label));
    if !row.flags.is_empty() {
        let _ = write!(out, " · {}", escape(&row.flags.join(" · ")));
    }
    if row.rows_removed >= 1.0 {
        let _ = write!(out, " · {} rows removed", grouped(row.rows_removed));
    }
    for (name, text) in &row.conditions {
        let _ = write!(out, "<div class=\"soft\">{}: {}</div>", escape(name), escape(text));
    }
    out.push_str("</td></tr>\n");
}

/// Text for HTML, attributes included; control characters are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
