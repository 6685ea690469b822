//! Plans as trees with the time, or the cost, of each node alone.

use std::fmt::Write as _;

use dbwright_finding::Severity;
use serde_json::Value;

use super::{
    super::words::{counted, cut, millis, number, percent, plain, short, times},
    bars::bar,
    json,
    markup::{anchor, breakable, code, escape},
};
use crate::review::{Exhibit, Review};

/// Plans drawn.
const PLANS: usize = 20;
/// Plans that are open when the page is.
const OPEN: usize = 2;
/// Longest statement in a title; longer ones stand below in full.
const TITLE: usize = 120;
/// Nodes drawn of one plan.
const NODES: usize = 120;
/// Deepest indentation; deeper nodes stand under it.
const DEEPEST: u64 = 12;
/// From this factor on a misjudged row count is marked.
const MISJUDGED: f64 = 10.0;

/// The plans of a review, those behind severe findings first.
fn plans(review: &Review) -> Vec<&Exhibit> {
    let mut plans: Vec<&Exhibit> = review
        .exhibits
        .iter()
        .filter(|exhibit| exhibit.tool == "explain" && nodes(&exhibit.json).next().is_some())
        .collect();
    plans.sort_by_key(|exhibit| std::cmp::Reverse(worst(review, exhibit)));
    plans.truncate(PLANS);
    plans
}

fn nodes(json: &Value) -> impl Iterator<Item = &Value> {
    json.get("summary").into_iter().flat_map(|summary| json::items(summary, "nodes"))
}

/// The most severe finding that a plan is evidence for.
fn worst(review: &Review, exhibit: &Exhibit) -> Option<Severity> {
    let ids: Vec<&str> =
        json::items(&exhibit.json, "findings").filter_map(|finding| json::text(finding, "id")).collect();
    review
        .findings
        .iter()
        .filter(|finding| {
            ids.contains(&finding.id.as_str()) || finding.evidence.iter().any(|item| item.source == exhibit.source)
        })
        .map(|finding| finding.severity)
        .max()
}

/// Whether the result called `source` is a plan that the page draws.
pub(super) fn drawn(review: &Review, source: &str) -> bool {
    plans(review).iter().any(|exhibit| exhibit.source == source)
}

/// The place of a plan in the page.
pub(super) fn id(source: &str) -> String {
    format!("plan-{}", anchor(source))
}

pub(super) fn section(out: &mut String, review: &Review) {
    let plans = plans(review);
    if plans.is_empty() {
        return;
    }
    out.push_str(
        "<section id=\"plans\"><h2>Plans</h2><p class=\"lead\">The bar is what a step takes by itself, without the steps below it: \
         of the time where the statement was executed, else of the planner's cost.</p>",
    );
    for (at, exhibit) in plans.iter().enumerate() {
        plan(out, review, exhibit, at < OPEN && worst(review, exhibit) >= Some(Severity::Medium));
    }
    out.push_str("</section>");
}

fn plan(out: &mut String, review: &Review, exhibit: &Exhibit, open: bool) {
    let json = &exhibit.json;
    let Some(summary) = json.get("summary") else { return };
    let executed = summary.get("executed").and_then(Value::as_bool).unwrap_or(false);
    let _ = write!(
        out,
        "<details class=\"plan\" id=\"{}\"{}><summary><h3>{}</h3><p class=\"badges\"><span class=\"badge\">{}</span>\
         <span class=\"badge {}\">{}</span>{}</p></summary>",
        id(&exhibit.source),
        if open { " open" } else { "" },
        breakable(&title(review, exhibit)),
        escape(&exhibit.source),
        if executed { "measured" } else { "estimated" },
        if executed { "executed" } else { "estimated" },
        figures(summary).into_iter().map(|figure| format!("<span class=\"badge\">{figure}</span>")).collect::<String>()
    );
    if let Some(statement) = statement(json).filter(|statement| plain(statement).chars().count() > TITLE) {
        let _ = write!(out, "<pre class=\"statement\" tabindex=\"0\">{}</pre>", escape(&statement));
    }
    tree(out, summary, executed);
    for note in json::words(json, "notes") {
        let _ = write!(out, "<p class=\"notes\">{}</p>", escape(&plain(note)));
    }
    out.push_str("</details>");
}

fn statement(json: &Value) -> Option<String> {
    let known = json::text(json, "statement")
        .or_else(|| json.get("parameters").and_then(|parameters| json::text(parameters, "statement")));
    known.map(|statement| cut(statement.trim(), 2_000))
}

/// The statement, or what its plan spends most on.
fn title(review: &Review, exhibit: &Exhibit) -> String {
    if let Some(statement) = statement(&exhibit.json) {
        return cut(&plain(&statement), TITLE);
    }
    let query = review.findings.iter().find(|finding| {
        finding.object.kind == dbwright_finding::ObjectKind::Query
            && finding.evidence.iter().any(|item| item.source == exhibit.source)
    });
    if let Some(finding) = query {
        return cut(&plain(&finding.object.name), TITLE);
    }
    let share = |node: &&Value| json::number(node, "share").unwrap_or(0.0);
    nodes(&exhibit.json)
        .max_by(|a, b| share(a).total_cmp(&share(b)))
        .and_then(|node| Some(format!("{}, {} of the whole", plain(json::text(node, "label")?), percent(share(&node)))))
        .unwrap_or_else(|| exhibit.source.clone())
}

fn figures(summary: &Value) -> Vec<String> {
    let figure = |field: &str, say: &dyn Fn(f64) -> String| json::number(summary, field).map(say);
    [
        figure("execution_ms", &|ms| format!("execution {}", millis(ms))),
        figure("planning_ms", &|ms| format!("planning {}", millis(ms))),
        figure("buffers", &|pages| format!("{} pages", short(pages))),
        figure("temp_pages", &|pages| format!("{} temp pages", short(pages)))
            .filter(|_| json::number(summary, "temp_pages") > Some(0.0)),
        figure("jit_ms", &|ms| format!("jit {}", millis(ms))),
        figure("total_cost", &|cost| format!("cost {}", number(cost.round()))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn tree(out: &mut String, summary: &Value, executed: bool) {
    let nodes: Vec<&Value> = json::items(summary, "nodes").collect();
    let timed = nodes.iter().any(|node| json::number(node, "self_ms").is_some());
    let _ = write!(
        out,
        "<table class=\"tree\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">step</th>\
         <th scope=\"col\" role=\"columnheader\">{}</th><th scope=\"col\" role=\"columnheader\">{}</th>\
         <th scope=\"col\" role=\"columnheader\">pages</th></tr></thead><tbody role=\"rowgroup\">",
        if timed { "time by itself" } else { "cost by itself" },
        if executed { "rows expected → found" } else { "rows expected" }
    );
    for node in nodes.iter().take(NODES) {
        row(out, node);
    }
    out.push_str("</tbody></table>");
    if let Some(left) = nodes.len().checked_sub(NODES).filter(|left| *left > 0) {
        let _ = write!(out, "<p class=\"notes\">and {} more</p>", counted(left, "step"));
    }
}

fn row(out: &mut String, node: &Value) {
    let depth = node.get("depth").and_then(Value::as_u64).unwrap_or(0).min(DEEPEST);
    let share = json::number(node, "share").unwrap_or(0.0);
    let heat = match share {
        share if share >= 0.5 => "hot",
        share if share >= 0.15 => "warm",
        _ => "cool",
    };
    let own = json::number(node, "self_ms").map_or_else(String::new, |ms| format!("{} ", millis(ms)));
    let subplan =
        json::text(node, "subplan").map(|name| format!("<i>{}</i> ", escape(&plain(name)))).unwrap_or_default();
    let _ = write!(
        out,
        "<tr role=\"row\" class=\"{heat}\"><td role=\"cell\" class=\"step d{depth}\"><span>{subplan}<b>{}</b>{}{}</span></td>\
         <td role=\"cell\" class=\"self\">{}<em>{own}<span>{}</span></em></td><td role=\"cell\" class=\"rows\">{}</td>\
         <td role=\"cell\" class=\"pages\">{}</td></tr>",
        breakable(&plain(json::text(node, "label").unwrap_or("step"))),
        flags(node),
        conditions(node),
        bar(share, heat),
        percent(share),
        rows(node),
        json::number(node, "buffers")
            .map(short)
            .map(|pages| format!("{pages}<span class=\"unit\"> pages</span>"))
            .unwrap_or_default()
    );
}

fn flags(node: &Value) -> String {
    let mut out: String = json::words(node, "flags")
        .map(|flag| format!(" <span class=\"badge flag\">{}</span>", escape(&plain(flag))))
        .collect();
    if let Some(removed) = json::number(node, "rows_removed").filter(|rows| *rows >= 1.0) {
        let _ = write!(out, " <span class=\"badge flag\">{} rows thrown away</span>", short(removed));
    }
    if let Some(loops) = json::number(node, "loops").filter(|loops| *loops > 1.0) {
        let _ = write!(out, " <span class=\"badge\">{} loops</span>", short(loops));
    }
    out
}

fn conditions(node: &Value) -> String {
    json::items(node, "conditions")
        .filter_map(|pair| {
            let pair = pair.as_array()?;
            let (name, text) = (pair.first()?.as_str()?, pair.get(1)?.as_str()?);
            Some(format!("<small>{} {}</small>", escape(&plain(name)), code(&cut(&plain(text), 300))))
        })
        .collect()
}

fn rows(node: &Value) -> String {
    let expected = json::number(node, "rows_expected").map(short);
    let found = json::number(node, "rows").map(short);
    let figures = match (expected, found) {
        (Some(expected), Some(found)) => format!("{expected} → {found}"),
        (Some(expected), None) => expected,
        (None, Some(found)) => found,
        (None, None) => return String::new(),
    };
    let off = json::number(node, "q_error")
        .filter(|factor| *factor >= MISJUDGED)
        .map(|factor| format!(" <span class=\"badge flag\">off {}</span>", times(factor)))
        .unwrap_or_default();
    format!("{figures}<span class=\"unit\"> rows</span>{off}")
}
