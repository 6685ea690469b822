//! Tables and indexes by size: what there is, what would come, what could go.

use std::fmt::Write as _;

use dbwright_finding::ObjectKind;
use serde_json::Value;

use super::{
    super::words::{plain, short},
    bars::bar,
    gains::size,
    json,
    markup::{anchor, breakable, escape},
};
use crate::review::Review;

/// Rows of a list.
const ROWS: usize = 15;

/// One line of a list of sizes.
#[derive(Debug, Clone, PartialEq)]
struct Sized {
    name: String,
    bytes: f64,
    notes: Vec<String>,
    /// How the bar is drawn, and a badge with the same word.
    state: &'static str,
    /// The finding that it belongs to.
    finding: Option<String>,
}

pub(super) fn section(out: &mut String, review: &Review) {
    let (tables, indexes) = (tables(review), indexes(review));
    if tables.is_empty() && indexes.is_empty() {
        return;
    }
    out.push_str("<section id=\"storage\"><h2>Storage</h2><div class=\"columns\">");
    list(out, "Largest tables", tables);
    list(out, "Indexes", indexes);
    out.push_str("</div></section>");
}

fn list(out: &mut String, title: &str, mut rows: Vec<Sized>) {
    if rows.is_empty() {
        return;
    }
    rows.sort_by(|a, b| b.bytes.total_cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    rows.truncate(ROWS);
    let most = rows.first().map_or(1.0, |row| row.bytes.max(1.0));
    let _ = write!(out, "<div><h3>{title}</h3><ul class=\"rows\">");
    for row in rows {
        let name = match &row.finding {
            Some(id) => format!("<a href=\"#{}\">{}</a>", anchor(id), breakable(&row.name)),
            None => format!("<span>{}</span>", breakable(&row.name)),
        };
        let badge = if row.state == "present" {
            String::new()
        } else {
            format!(" <span class=\"badge {0}\">{0}</span>", row.state)
        };
        let _ = write!(
            out,
            "<li><span class=\"name\">{name}{badge}</span><b class=\"ratio\">{}</b>{}<small>{}</small></li>",
            size(Some(row.bytes)),
            bar(row.bytes / most, row.state),
            escape(&row.notes.join(" · "))
        );
    }
    out.push_str("</ul></div>");
}

fn push(rows: &mut Vec<Sized>, row: Sized) {
    if row.bytes > 0.0 && !rows.iter().any(|known| known.name == row.name) {
        rows.push(row);
    }
}

/// Relations that `describe` listed.
fn tables(review: &Review) -> Vec<Sized> {
    let mut rows = Vec::new();
    for exhibit in review.exhibits.iter().filter(|exhibit| exhibit.tool == "describe") {
        for relation in json::items(&exhibit.json, "relations") {
            let Some((name, bytes)) = json::text(relation, "name").zip(json::number(relation, "estimated_bytes"))
            else {
                continue;
            };
            let mut notes = Vec::new();
            notes.extend(json::number(relation, "estimated_rows").map(|rows| format!("about {} rows", short(rows))));
            notes.extend(json::number(relation, "indexes").map(|count| format!("{} indexes", short(count))));
            push(&mut rows, Sized { name: plain(name), bytes, notes, state: "present", finding: None });
        }
        if let Some((name, row)) = card(&exhibit.json) {
            push(&mut rows, Sized { name, ..row });
        }
    }
    rows
}

/// A table that was described by itself.
fn card(json: &Value) -> Option<(String, Sized)> {
    let name = format!("{}.{}", plain(json::text(json, "schema")?), plain(json::text(json, "name")?));
    let bytes = json::number(json, "table_bytes")? + json::number(json, "index_bytes").unwrap_or(0.0);
    let notes =
        json::number(json, "estimated_rows").map(|rows| format!("about {} rows", short(rows))).into_iter().collect();
    Some((name, Sized { name: String::new(), bytes, notes, state: "present", finding: None }))
}

/// Indexes that were advised, that findings speak of, and those of described tables, in this
/// order: the first mention of an index says most about it.
fn indexes(review: &Review) -> Vec<Sized> {
    let mut rows = Vec::new();
    for exhibit in review.exhibits.iter().filter(|exhibit| exhibit.tool == "advise_indexes") {
        for index in json::items(&exhibit.json, "indexes") {
            advised(&mut rows, review, index);
        }
    }
    for finding in review.findings.iter().filter(|finding| finding.object.kind == ObjectKind::Index) {
        let figure =
            |field: &str| finding.evidence.iter().find(|item| item.field == field).and_then(|item| item.value.as_f64());
        let Some(bytes) = figure("bytes").or_else(|| figure("index_bytes")).or_else(|| figure("size_bytes")) else {
            continue;
        };
        let scans = figure("idx_scan").or_else(|| figure("scans"));
        let state =
            if finding.rule.contains("bloat") || finding.rule.contains("invalid") { "present" } else { "superfluous" };
        push(
            &mut rows,
            Sized {
                name: plain(&finding.object.name),
                bytes,
                notes: scans.map(|scans| format!("{} scans", short(scans))).into_iter().collect(),
                state,
                finding: Some(finding.id.clone()),
            },
        );
    }
    for exhibit in review.exhibits.iter().filter(|exhibit| exhibit.tool == "describe") {
        let schema = json::text(&exhibit.json, "schema").map(plain);
        for index in json::items(&exhibit.json, "indexes") {
            let Some((name, bytes)) = json::text(index, "name").zip(json::number(index, "bytes")) else { continue };
            let name = schema.as_ref().map_or_else(|| plain(name), |schema| format!("{schema}.{}", plain(name)));
            let mut notes: Vec<String> = json::text(index, "definition").map(plain).into_iter().collect();
            notes.extend(json::number(index, "scans").map(|scans| format!("{} scans", short(scans))));
            push(&mut rows, Sized { name, bytes, notes, state: "present", finding: None });
        }
    }
    rows
}

fn advised(rows: &mut Vec<Sized>, review: &Review, index: &Value) {
    let Some((name, bytes)) = json::text(index, "name").zip(json::number(index, "bytes")) else { return };
    let statement = json::text(index, "statement");
    let finding = statement.and_then(|statement| {
        review.findings.iter().find(|finding| {
            finding.fix.as_ref().is_some_and(|fix| fix.statements.iter().any(|fix| fix.trim() == statement.trim()))
        })
    });
    let measured = index.get("bytes_measured").and_then(Value::as_bool).unwrap_or(false);
    let size = if measured { "size measured on a copy" } else { "size by model" };
    push(
        rows,
        Sized {
            name: plain(name),
            bytes,
            notes: vec![size.to_owned()],
            state: "advised",
            finding: finding.map(|finding| finding.id.clone()),
        },
    );
    for replaced in json::items(index, "replaces") {
        let Some((name, bytes)) = json::text(replaced, "name").zip(json::number(replaced, "bytes")) else { continue };
        push(
            rows,
            Sized {
                name: plain(name),
                bytes,
                notes: vec!["covered by the advised one".to_owned()],
                state: "superfluous",
                finding: finding.map(|finding| finding.id.clone()),
            },
        );
    }
}
