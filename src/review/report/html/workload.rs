//! The statements that cost most.

use std::fmt::Write as _;

use super::{
    super::words::{bytes, cut, millis, percent, plain, short},
    bars::bar,
    json,
    markup::{code, escape},
};
use crate::review::Review;

/// Statements listed.
const STATEMENTS: usize = 15;

pub(super) fn section(out: &mut String, review: &Review) {
    let found = review.exhibits.iter().filter(|exhibit| exhibit.tool == "workload");
    let Some(json) = found.map(|exhibit| &exhibit.json).find(|json| json::items(json, "statements").next().is_some())
    else {
        return;
    };
    let mut lead = Vec::new();
    lead.extend(json::number(json, "total_ms").map(|ms| format!("{} of execution", millis(ms))));
    lead.extend(json::number(json, "calls").map(|calls| format!("{} calls", short(calls))));
    lead.extend(json::number(json, "distinct").map(|count| format!("{} different statements", short(count))));
    lead.extend(json::text(json, "since").map(|since| format!("since {}", escape(&plain(since)))));
    let _ = write!(
        out,
        "<section id=\"workload\"><h2>Workload</h2><p class=\"lead\">{}</p><table class=\"list\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">",
        lead.join(" · ")
    );
    for head in ["statement", "share of the time", "calls", "mean", "longest", "rows a call", "pages a call"] {
        let _ = write!(out, "<th scope=\"col\" role=\"columnheader\">{head}</th>");
    }
    out.push_str("</tr></thead><tbody role=\"rowgroup\">");
    for statement in json::items(json, "statements").take(STATEMENTS) {
        let figure =
            |field: &str, say: fn(f64) -> String| json::number(statement, field).map_or_else(|| "–".to_owned(), say);
        let share = json::number(statement, "share").unwrap_or(0.0);
        let temp = json::number(statement, "temp_bytes").filter(|size| *size > 0.0);
        let temp = temp
            .map(|size| format!(" <span class=\"badge flag\">{} temp files</span>", bytes(size)))
            .unwrap_or_default();
        let _ = write!(
            out,
            "<tr role=\"row\"><td role=\"cell\" class=\"name\">{}{temp}</td><td role=\"cell\" class=\"barcell\">{}<em>{}</em></td>",
            code(&cut(&plain(json::text(statement, "query").unwrap_or("text not visible")), 240)),
            bar(share, if share >= 0.25 { "hot" } else { "cool" }),
            percent(share)
        );
        for (label, figure) in [
            ("calls", figure("calls", short)),
            ("mean", figure("mean_ms", millis)),
            ("longest", figure("max_ms", millis)),
            ("rows", figure("rows_per_call", short)),
            ("pages", figure("blocks_per_call", short)),
        ] {
            let _ = write!(out, "<td role=\"cell\" class=\"figure\" data-label=\"{label}\">{figure}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></section>");
}
