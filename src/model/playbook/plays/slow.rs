//! The statements that cost most, their plans, and the indexes that would help.

use serde_json::json;

use super::{health_review, learn, workload};
use crate::model::playbook::{
    answer::{Answer, Unit, sourced},
    findings, plans,
    run::{Pending, Run},
    view::View,
};

/// Statements shown.
const SHOWN: usize = 8;
/// Statements whose plans are read.
const PLANNED: usize = 5;

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let known = run.call("memory", "memory_search", json!({"text": "slow statement index helps"}))?;
    let recorded = run.call("workload", "workload", json!({"order": order(run), "limit": 20}))?;
    let list = workload::Statements::of(Some(&recorded), PLANNED);
    let plans = health_review::plans_of(run, &list, &[])?;
    let advice = if list.top.is_empty() { Vec::new() } else { health_review::advise(run, &list, &[])? };
    let found = findings::collect(plans.iter().chain(&advice));
    let statements: Vec<String> = list.texts().map(str::to_owned).collect();
    let learnings = advice.iter().flat_map(|advice| learn::from_advice(advice, &statements)).collect();
    let saved = learn::save(run, learnings)?;
    for result in std::iter::once(&recorded).chain(&advice) {
        run.gaps_of(result);
    }
    let headline = match (recorded.result.is_ok(), list.recorded) {
        (false, _) => "The workload could not be read.".to_owned(),
        (true, false) if list.top.is_empty() => "No statement is recorded, and none ran while we looked.".to_owned(),
        (true, false) => "No statement is recorded; these ran while we looked.".to_owned(),
        (true, true) => match sourced(&recorded, "/total_ms", Unit::Ms) {
            Some(total) => format!("The statements of this database took {total} in all."),
            None => "The statements that cost most:".to_owned(),
        },
    };
    let mut answer = Answer::new(headline);
    if run.view == View::Plan {
        return Ok(plans::show(answer, &plans).close(&[], NEXT));
    }
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer.list("Most time goes to", workload::numbered_lines(&recorded, SHOWN));
    }
    answer = findings::show(answer, &found, run);
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer
            .list("Known from earlier sessions", learn::recalled([&known]))
            .list("Saved for the next session", saved);
    }
    Ok(answer.close(&run.gaps, NEXT))
}

const NEXT: &str =
    "a number for one finding in full, `show the plan`, `apply 1`; paste a statement to have it optimized";

/// What "slow" means in the question.
fn order(run: &Run<'_>) -> &'static str {
    let prose = run.input().prose;
    let has = |words: &[&str]| words.iter().any(|word| prose.contains(word));
    if has(&["slowest", "longest", "mean", "average"]) {
        "mean"
    } else if has(&["most frequent", "calls", "often"]) {
        "calls"
    } else if has(&["i/o", " io", "reads", "disk"]) {
        "io"
    } else if has(&["temp", "spill"]) {
        "temp"
    } else {
        "total"
    }
}
