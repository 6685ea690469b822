//! The plan for a terminal: a bar of own time, rows expected and found, names.

use crate::{
    Plan,
    node::count,
    summary::{self, NodeSummary, PlanSummary},
    units::{cut, factor, ms, short},
};

/// Cells of the bar.
const CELLS: usize = 10;

/// Columns before the node's name.
const GUTTER: usize = CELLS + 10;

/// A tree `width` columns wide; ANSI colours only if `color`.
pub fn tree(plan: &Plan, width: usize, color: bool) -> String {
    tree_of(&summary::summary(plan), width, color)
}

/// The same from a plan that is at hand as rows only.
pub fn tree_of(facts: &PlanSummary, width: usize, color: bool) -> String {
    let width = width.clamp(60, 240);
    let mut out = String::new();
    // One entry a level: whether a sibling follows.
    let mut open: Vec<bool> = Vec::new();
    for (at, row) in facts.nodes.iter().enumerate() {
        open.truncate(row.depth);
        let follows = follows(facts, at, row);
        let stem: String = open.iter().skip(1).map(|more| if *more { "│ " } else { "  " }).collect();
        let branch = match (row.depth, follows) {
            (0, _) => "",
            (_, true) => "├ ",
            (_, false) => "└ ",
        };
        open.push(follows);
        let below: String = open.iter().skip(1).map(|more| if *more { "│ " } else { "  " }).collect();
        push_node(&mut out, row, &format!("{stem}{branch}"), width, color);
        for (name, text) in &row.conditions {
            let detail = format!("{below}  {name}: {text}");
            let line = format!("{:GUTTER$}{}", "", cut(&detail, width.saturating_sub(GUTTER)));
            out.push_str(&dim(&line, color));
            out.push('\n');
        }
    }
    if let Some(execution) = facts.execution_ms {
        out.push_str(&format!("execution {}", ms(execution)));
        if let Some(planning) = facts.planning_ms {
            out.push_str(&format!(", planning {}", ms(planning)));
        }
        out.push('\n');
    } else if !facts.executed {
        out.push_str("not executed: bars show the share of the cost\n");
    }
    out
}

/// Whether a sibling comes after the node: the next row that is not below it has the same depth.
fn follows(facts: &PlanSummary, at: usize, row: &NodeSummary) -> bool {
    let next = facts.nodes.iter().skip(at + 1).find(|other| other.depth <= row.depth);
    next.is_some_and(|other| other.depth == row.depth)
}

fn push_node(out: &mut String, row: &NodeSummary, stem: &str, width: usize, color: bool) {
    let time = row.self_ms.map_or_else(|| short(row.cost.round()), ms);
    let gutter = format!("{} {time:>8} ", bar(row.share, color));
    let mut rows = match row.rows {
        Some(found) => format!("{} rows", short(found)),
        None => format!("~{} rows", short(row.rows_expected)),
    };
    if let Some(q) = row.q_error.filter(|q| *q >= 3.0) {
        rows.push_str(&format!(" (expected {}, x{})", short(row.rows_expected), factor(q)));
    }
    if let Some(loops) = row.loops.filter(|loops| *loops > 1) {
        rows.push_str(&format!(" x {} loops", short(count(loops))));
    }
    let subplan = row.subplan.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
    let mut text = format!("{stem}{subplan}{}  {rows}", row.label);
    for flag in row.flags.iter().filter(|_| row.rows.is_some()) {
        text.push_str(&format!(" · {flag}"));
    }
    out.push_str(&gutter);
    out.push_str(&cut(&text, width.saturating_sub(GUTTER)));
    out.push('\n');
}

/// Ten cells; red from 40 %, yellow from 10 % (the bands that plan viewers have in common).
fn bar(share: f64, color: bool) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share times ten")]
    let filled = ((share * 10.0).round().clamp(0.0, 10.0)) as usize;
    let bar: String = (0..CELLS).map(|cell| if cell < filled { '█' } else { '·' }).collect();
    match (color, share) {
        (false, _) => bar,
        (true, share) if share >= 0.4 => format!("\u{1b}[31m{bar}\u{1b}[0m"),
        (true, share) if share >= 0.1 => format!("\u{1b}[33m{bar}\u{1b}[0m"),
        (true, _) => dim(&bar, true),
    }
}

fn dim(text: &str, color: bool) -> String {
    if color { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
}
