//! The text face: indexes first, then what was not done and why.

use std::{borrow::Cow, fmt::Write as _};

use dbwright_contract::{Report, TokenBudget, clip};
use dbwright_finding::Finding;
use dbwright_indexes::{AdvisedIndex, Gain, Verified};

use super::AdviseOutput;

/// Statements shown for each index.
const MOST_GAINS: usize = 3;
/// Rejected candidates shown.
const MOST_REJECTED: usize = 5;

impl Report for AdviseOutput {
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str> {
        let mut out = String::new();
        self.write(&mut out);
        Cow::Owned(clip(&out, budget, "ask about fewer statements").text.into_owned())
    }

    fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl AdviseOutput {
    fn write(&self, out: &mut String) {
        let advice = &self.advice;
        let count = advice.indexes.len();
        let plural = if count == 1 { "" } else { "es" };
        line(
            out,
            format_args!("{count} index{plural} advised for {} statements in {} ms", advice.analysed, self.elapsed_ms),
        );
        if let (Some(total), Some(mean)) = (advice.total_ratio, advice.mean_ratio) {
            line(
                out,
                format_args!(
                    "estimated cost of all: {:.1} % of before; geometric mean {:.1} %",
                    total * 100.0,
                    mean * 100.0
                ),
            );
        }
        for (at, index) in advice.indexes.iter().enumerate() {
            write_index(out, at + 1, index);
        }
        for index in &advice.droppable {
            line(
                out,
                format_args!(
                    "can go: {}; ({}; {} statements ran as well without it)",
                    index.statement, index.why, index.executed
                ),
            );
        }
        for rewrite in &advice.rewrites {
            line(out, format_args!("rewrite: `{}` as `{}`: {}", rewrite.from, rewrite.to, rewrite.why));
        }
        for gap in &advice.gaps {
            line(out, format_args!("gap: {gap}"));
        }
        for note in &advice.notes {
            line(out, format_args!("note: {note}"));
        }
        for skipped in &advice.skipped {
            line(out, format_args!("skipped: `{}` {}", skipped.text, skipped.why));
        }
        for rejected in advice.rejected.iter().take(MOST_REJECTED) {
            line(out, format_args!("not taken: {}: {}", rejected.statement, rejected.why));
        }
    }
}

fn write_index(out: &mut String, number: usize, index: &AdvisedIndex) {
    let how = match index.verified {
        Verified::Executed => "measured by execution on a scratch copy",
        Verified::Planned => "estimated by the planner",
        Verified::Unchecked => "not checked",
    };
    for (at, statement) in index.statements.iter().enumerate() {
        let head = if at == 0 { format!("{number}.") } else { "  ".to_owned() };
        line(out, format_args!("{head} {statement};"));
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^52")]
    let megabytes = index.bytes as f64 / 1e6;
    line(out, format_args!("   {megabytes:.1} MB, {how}; undo: {};", index.undo));
    for gain in index.gains.iter().take(MOST_GAINS) {
        line(out, format_args!("   {}", gain_text(gain)));
    }
    if index.gains.len() > MOST_GAINS {
        line(out, format_args!("   and {} more statements", index.gains.len() - MOST_GAINS));
    }
    if let Some(seconds) = index.build_seconds {
        line(out, format_args!("   built in {seconds:.1} s on the copy"));
    }
    line(out, format_args!("   writes: {}", index.write_note));
    for remark in &index.remarks {
        line(out, format_args!("   {remark}"));
    }
    for replaced in &index.replaces {
        line(out, format_args!("   then superfluous: {};", replaced.statement));
    }
}

fn gain_text(gain: &Gain) -> String {
    let (before, after) = (&gain.measured.before, &gain.measured.after);
    let mut parts = Vec::new();
    if let Some((b, a)) = before.buffers.zip(after.buffers) {
        parts.push(format!("{b} -> {a} buffers"));
    }
    if let Some((b, a)) = before.ms.zip(after.ms) {
        let range = match (gain.before_range_ms, gain.after_range_ms) {
            (Some(b), Some(a)) => format!(" ({:.2}-{:.2} -> {:.2}-{:.2})", b.0, b.1, a.0, a.1),
            _ => String::new(),
        };
        parts.push(format!("{b:.2} -> {a:.2} ms{range}"));
    }
    if parts.is_empty()
        && let Some((b, a)) = before.cost.zip(after.cost)
    {
        parts.push(format!("cost {b:.0} -> {a:.0}"));
    }
    let ratio = gain.measured.ratio.map(|ratio| format!(", x{ratio}")).unwrap_or_default();
    let together = match gain.together_with.as_slice() {
        [] => String::new(),
        others => format!(" together with {}", others.join(", ")),
    };
    match &gain.sampled {
        Some(sampled) => format!("{}{ratio}{together}, with sampled values: {sampled}", parts.join(", ")),
        None => format!("{}{ratio}{together}: {}", parts.join(", "), gain.text),
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}
