//! The head of the page: what was reviewed, how bad it is, what changed.

use std::fmt::Write as _;

use dbwright_finding::Severity;

use super::{
    super::{
        digest,
        words::{self, counted, millis, moment, plain},
    },
    markup::{anchor, breakable, escape},
};
use crate::review::Review;

pub(super) fn head(out: &mut String, review: &Review) {
    let mut parts = digest::target(review).into_iter();
    let name = parts.next().unwrap_or_else(|| "nothing".to_owned());
    let rest: Vec<String> = parts.map(|part| format!("<li>{}</li>", breakable(&part))).collect();
    #[expect(clippy::cast_precision_loss, reason = "a duration is far below 2^52 ms")]
    let duration = millis(review.duration_ms as f64);
    let _ = write!(
        out,
        "<header class=\"top\"><div class=\"brand\">{LOGO}<span>dbwright <b>review</b></span>\
         <button type=\"button\" id=\"theme\" hidden>Dark</button></div>\
         <h1>{}</h1><ul class=\"parts\">{}</ul>\
         <p class=\"run\"><time datetime=\"{}\">{}</time> · took {duration} · driven by {}</p></header>",
        breakable(&name),
        rest.join(""),
        review.started_at.to_rfc3339(),
        moment(review.started_at),
        escape(&plain(&review.driver)),
    );
}

/// A cylinder with a check mark.
const LOGO: &str = "<svg class=\"logo\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><ellipse cx=\"12\" cy=\"5\" rx=\"8\" ry=\"3\"/><path d=\"M4 5v14c0 1.7 3.6 3 8 3s8-1.3 8-3V5\"/><path d=\"M8.5 14l2.5 2.5 4.5-5\"/></svg>";

pub(super) fn verdict(out: &mut String, review: &Review) {
    let _ = write!(
        out,
        "<section class=\"verdict\" aria-labelledby=\"verdict\"><h2 id=\"verdict\">{}</h2>",
        escape(&sentence(review))
    );
    scale(out, review);
    out.push_str("<ul class=\"tiles\">");
    for severity in Severity::ALL {
        let count = review.count(severity);
        let first = review.findings.iter().find(|finding| finding.severity == severity);
        let inner = format!("<b>{count}</b><span>{severity}</span>");
        let _ = match first {
            Some(first) => {
                write!(out, "<li><a class=\"tile {severity}\" href=\"#{}\">{inner}</a></li>", anchor(&first.id))
            }
            None => write!(out, "<li><span class=\"tile none\">{inner}</span></li>"),
        };
    }
    out.push_str("</ul>");
    changes(out, review);
    out.push_str("</section>");
}

fn sentence(review: &Review) -> String {
    let (critical, high, medium) =
        (review.count(Severity::Critical), review.count(Severity::High), review.count(Severity::Medium));
    match (critical, high, medium) {
        (1, _, _) => "One problem needs action today".to_owned(),
        (2.., _, _) => format!("{critical} problems need action today"),
        (0, 1.., _) => format!("Nothing critical; {} to deal with soon", counted(high, "large cost")),
        (0, 0, 1..) => format!("No emergencies; {} to improve", counted(medium, "thing")),
        _ if review.findings.is_empty() => "Nothing to report: everything that was checked is in order".to_owned(),
        _ => "In good order; only small things to tidy".to_owned(),
    }
}

/// One bar of all findings by severity.
fn scale(out: &mut String, review: &Review) {
    let all = review.findings.len();
    if all == 0 {
        return;
    }
    let _ = write!(out, "<svg class=\"scale\" role=\"img\" aria-label=\"{}\">", escape(&digest::tally(review)));
    #[expect(clippy::cast_precision_loss, reason = "a handful of findings")]
    let share = |count: usize| count as f64 * 100.0 / all as f64;
    let mut from = 0;
    for severity in Severity::ALL {
        let count = review.count(severity);
        if count > 0 {
            let _ = write!(
                out,
                "<rect class=\"fill {severity}\" x=\"{:.2}%\" width=\"{:.2}%\" height=\"100%\"><title>{count} {severity}</title></rect>",
                share(from),
                share(count)
            );
        }
        from += count;
    }
    out.push_str("</svg>");
}

fn changes(out: &mut String, review: &Review) {
    let since = &review.since_last;
    let Some(at) = since.at else {
        out.push_str("<p class=\"since\">The first review of this target: the next one shows what changed.</p>");
        return;
    };
    let _ = write!(out, "<p class=\"since\">Since {}:", words::moment(at));
    for (count, word) in [
        (since.new.len(), "new"),
        (since.worse.len(), "worse"),
        (since.fixed.len(), "fixed"),
        (since.same.len(), "same"),
    ] {
        let label = if word == "same" { "as before" } else { word };
        let _ = write!(out, " <span class=\"delta {word}\"><b>{count}</b> {label}</span>");
    }
    out.push_str("</p>");
}
