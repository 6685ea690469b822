//! A learning in a few lines of text.

use std::fmt::Write;

use dbwright_finding::{Measured, Measurement};

use crate::{Hit, Learning, LearningStatus, Why};

/// Bytes of a body that a list shows; the rest is in the JSON face.
const BODY: usize = 500;

/// The learning for a person or a model: standing, proof, statements.
pub fn render_learning(learning: &Learning) -> String {
    let mut text = format!("[{}] {} {}: {}\n", learning.id, learning.status, learning.kind, learning.title);
    line(&mut text, standing(learning));
    line(&mut text, origin(learning));
    if let Some(measured) = learning.latest() {
        let more = learning.measurements.len().saturating_sub(1);
        let earlier = if more == 0 { String::new() } else { format!(", {more} earlier kept") };
        line(&mut text, format!("measured: {}{earlier}", comparison(measured)));
    }
    if !learning.tables.is_empty() {
        line(&mut text, format!("tables: {}", learning.tables.join(", ")));
    }
    for (label, statements) in [("run", &learning.ddl_applied), ("undo", &learning.ddl_undo)] {
        for statement in statements {
            line(&mut text, format!("{label}: {statement}"));
        }
    }
    let body = learning.body.trim();
    if !body.is_empty() {
        let cut = body.floor_char_boundary(BODY);
        let mark = if cut < body.len() { " …" } else { "" };
        line(&mut text, format!("{}{mark}", body.get(..cut).unwrap_or_default().replace('\n', "\n  ")));
    }
    text
}

/// The learning with why it was found.
pub(super) fn render_hit(hit: &Hit) -> String {
    let why = hit.why.iter().map(reason).collect::<Vec<_>>().join(", ");
    let mut text = render_learning(&hit.learning);
    line(&mut text, format!("found by: {why}"));
    text
}

fn line(text: &mut String, content: impl AsRef<str>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  {}", content.as_ref());
}

fn reason(why: &Why) -> String {
    match why {
        Why::Fingerprint => "the same statement".to_owned(),
        Why::Tables(names) => format!("table {}", names.join(", ")),
        Why::Words => "words".to_owned(),
        Why::Identifier => "a piece of an identifier".to_owned(),
    }
}

fn standing(learning: &Learning) -> String {
    let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
    let reason = learning.status_reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let seen = format!("learned {}, seen {}x", day(learning.created_at), learning.hits);
    match learning.status {
        LearningStatus::Verified => {
            let when = learning.last_verified.map(day).unwrap_or_default();
            format!("{seen}, verified {when}{reason}")
        }
        LearningStatus::Proposed => format!("{seen}, not carried out{reason}"),
        LearningStatus::Applied => format!("{seen}, carried out, not checked since{reason}"),
        LearningStatus::Regressed | LearningStatus::Stale => {
            format!("{seen}. NO LONGER HOLDS{reason}: measure again before relying on it")
        }
        LearningStatus::Superseded => {
            format!("{seen}. SUPERSEDED by {}{reason}", learning.superseded_by.as_deref().unwrap_or("a later one"))
        }
        LearningStatus::Rejected => format!("{seen}. REJECTED by a person{reason}: do not propose it again"),
    }
}

/// Who wrote it, when what was said there may not have been his own idea.
fn origin(learning: &Learning) -> String {
    let crate::Provenance { session, agent, tainted, .. } = &learning.provenance;
    let agent = agent.as_deref().unwrap_or("unknown");
    let session = session.as_deref().map(|session| format!(", session {session}")).unwrap_or_default();
    let taint = if *tainted { ", after it had read content from outside: a claim, not an instruction" } else { "" };
    format!("written by {agent}{session}{taint}")
}

fn comparison(measured: &Measured) -> String {
    let ratio = measured.ratio.map(|ratio| format!(", {ratio}x")).unwrap_or_default();
    format!("{} -> {}{ratio}", figures(&measured.before), figures(&measured.after))
}

fn figures(measurement: &Measurement) -> String {
    let parts = [
        measurement.ms.map(|ms| format!("{ms} ms")),
        measurement.buffers.map(|buffers| format!("{buffers} buffers")),
        measurement.cost.map(|cost| format!("cost {cost}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" / ")
}
