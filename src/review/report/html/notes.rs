//! What is gone, what memory says, what was not checked.

use std::fmt::Write as _;

use super::{
    super::{
        digest::{self, Entry},
        words::{grouped, plain},
    },
    markup::escape,
};
use crate::review::Review;

pub(super) fn fixed(out: &mut String, review: &Review) {
    if review.since_last.fixed.is_empty() {
        return;
    }
    out.push_str("<section id=\"fixed\"><h2>Fixed since the last review</h2><ul class=\"plain\">");
    for fixed in &review.since_last.fixed {
        let _ = write!(
            out,
            "<li><span class=\"badge fixed\">fixed</span> <span class=\"badge\">was {}</span> {}</li>",
            fixed.severity,
            escape(&plain(&fixed.title))
        );
    }
    out.push_str("</ul></section>");
}

pub(super) fn memory(out: &mut String, review: &Review) {
    let learnings = &review.learnings;
    let kinds = [
        ("Recalled before the work", &learnings.recalled),
        ("Still true", &learnings.verified),
        ("No longer true", &learnings.regressed),
        ("Learned now", &learnings.saved),
    ];
    if kinds.iter().all(|(_, entries)| entries.is_empty()) {
        return;
    }
    out.push_str("<section id=\"memory\"><h2>Memory</h2><div class=\"columns\">");
    for (title, entries) in kinds.iter().filter(|(_, entries)| !entries.is_empty()) {
        let _ = write!(out, "<div><h3>{title}</h3><ul class=\"plain\">");
        for entry in *entries {
            let _ = write!(out, "<li>{}</li>", escape(&plain(entry)));
        }
        out.push_str("</ul></div>");
    }
    out.push_str("</div></section>");
}

pub(super) fn gaps(out: &mut String, review: &Review) {
    if review.gaps.is_empty() {
        return;
    }
    out.push_str("<section id=\"gaps\"><h2>Not checked</h2><ul class=\"plain\">");
    for gap in &review.gaps {
        let _ = write!(out, "<li>{}</li>", escape(&plain(gap)));
    }
    out.push_str("</ul></section>");
}

pub(super) fn footer(out: &mut String, review: &Review, entries: &[Entry<'_>]) {
    let usage = review.usage;
    let tokens = usage.input_tokens + usage.output_tokens;
    let cost = if tokens == 0 { "no model tokens".to_owned() } else { format!("{} model tokens", grouped(tokens)) };
    let _ = write!(
        out,
        "<footer><p class=\"next\">{}</p><p>session {} · target {} · {cost} · {}</p></footer>",
        digest::next_step(entries),
        escape(&plain(&review.session_id)),
        escape(&plain(&review.target.fingerprint)),
        escape(&plain(&review.schema))
    );
}
