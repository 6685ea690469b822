//! Plans as text.

use super::{
    answer::{Answer, Unit, plain},
    run::Answered,
};

/// Lines of a plan that are shown.
const LINES: usize = 60;

/// How a plan was obtained, in one line: executed or estimated, with its totals.
pub(super) fn headline(plan: &Answered) -> Option<String> {
    let mode = plan.text("/mode")?;
    let source = match plan.text("/parameters/source") {
        Some("given") => " with the given values",
        Some("sampled") => " with values sampled from the tables",
        Some("generic") => " for any values",
        _ => "",
    };
    let mut parts = vec![format!("{mode}{source}")];
    parts.extend(plain(plan, "/summary/execution_ms", Unit::Ms));
    parts.extend(plain(plan, "/summary/buffers", Unit::Pages));
    parts.extend(plain(plan, "/summary/total_cost", Unit::Count).map(|cost| format!("cost {cost}")));
    Some(format!("{} ({})", parts.join(", "), plan.source))
}

/// The plans, each with how it was obtained.
pub(super) fn show(mut answer: Answer, plans: &[Answered]) -> Answer {
    let mut shown = 0;
    for plan in plans {
        let (Some(headline), Some(compact)) = (headline(plan), plan.text("/compact")) else { continue };
        let mut lines: Vec<&str> = compact.lines().collect();
        let cut = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        if cut > 0 {
            lines.push("…");
        }
        answer = answer.paragraph(format!("Plan: {headline}")).code("", &lines.join("\n"));
        shown += 1;
    }
    if shown == 0 { answer.paragraph("There is no plan to show.") } else { answer }
}

/// Notes of a plan: what was not done and why.
pub(super) fn notes(plan: &Answered) -> Vec<String> {
    let notes = plan.list("/notes").iter().filter_map(serde_json::Value::as_str);
    notes.map(|note| format!("{note} ({})", plan.source)).collect()
}
