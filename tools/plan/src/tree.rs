//! The plan for a terminal: a bar of own time, rows expected and found, names.

use crate::{
    Node, Plan, label,
    node::count,
    summary::{self, NodeSummary},
    units::{cut, factor, ms, short},
};

/// Cells of the bar.
const CELLS: usize = 10;

/// Columns before the node's name.
const GUTTER: usize = CELLS + 10;

/// A tree `width` columns wide; ANSI colours only if `color`.
pub fn tree(plan: &Plan, width: usize, color: bool) -> String {
    let facts = summary::summary(plan);
    let width = width.clamp(60, 240);
    let mut out = String::new();
    // One entry a level: whether a sibling follows.
    let mut open: Vec<bool> = Vec::new();
    for (node, row) in plan.nodes().iter().zip(&facts.nodes) {
        open.truncate(node.depth);
        let follows = plan.parent(node).is_some_and(|parent| parent.children.last() != Some(&node.id));
        let stem: String = open.iter().skip(1).map(|more| if *more { "│ " } else { "  " }).collect();
        let branch = match (node.depth, follows) {
            (0, _) => "",
            (_, true) => "├ ",
            (_, false) => "└ ",
        };
        open.push(follows);
        let below: String = open.iter().skip(1).map(|more| if *more { "│ " } else { "  " }).collect();
        push_node(&mut out, node, row, &format!("{stem}{branch}"), width, color);
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

fn push_node(out: &mut String, node: &Node, row: &NodeSummary, stem: &str, width: usize, color: bool) {
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
    let mut text = format!("{stem}{subplan}{}  {rows}", label::label(node));
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
