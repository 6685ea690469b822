//! Migrations: what they lock and rewrite, the safe forms, the command that writes new ones;
//! and queries in loops, which live in the same files.

use dbwright_finding::Severity;
use serde_json::json;

use super::{hand_over, learn};
use crate::model::playbook::{
    answer::{Answer, counted, figure_of},
    findings,
    run::{Answered, Pending, Run, Wanted},
    view::View,
};

/// Reviews pasted SQL, a path, or every migration of the workspace.
pub(super) fn review(run: &mut Run<'_>) -> Result<String, Pending> {
    let input = run.input();
    let known = run.call(
        "memory",
        "memory_search",
        json!({"text": "migration convention", "kinds": ["convention", "migration"]}),
    )?;
    let wanted = match (&input.change, input.paths.as_slice()) {
        (Some(sql), _) => vec![Wanted::new("lint_migration", json!({"sql": sql}))],
        (None, []) => vec![Wanted::new("lint_migration", json!({}))],
        (None, paths) => {
            paths.iter().take(5).map(|path| Wanted::new("lint_migration", json!({"path": path}))).collect()
        }
    };
    let results = run.all("lint", wanted)?;
    let learnings =
        if input.change.is_some() { Vec::new() } else { results.iter().filter_map(learn::from_migrations).collect() };
    let saved = learn::save(run, learnings)?;
    for result in &results {
        run.gaps_of(result);
    }
    let found = findings::collect(&results);
    let mut answer = findings::show(Answer::new(verdict(&results, &found)), &found, run);
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer
            .list("Known from earlier sessions", learn::recalled([&known]))
            .list("Saved for the next session", saved);
    }
    Ok(answer.close(&run.gaps, "a number for the whole safe sequence, `why 1`, `undo script`"))
}

fn verdict(results: &[Answered], found: &[findings::Found]) -> String {
    let Some(first) = results.iter().find(|result| result.result.is_ok()) else {
        return "The migrations could not be read.".to_owned();
    };
    let scripts = match results.iter().map(|result| result.list("/scripts").len()).sum() {
        0 => String::new(),
        count => format!(" in {}", counted(count, "script")),
    };
    let worst = found.iter().map(|found| found.finding.severity).max();
    let verdict = match worst {
        None => return format!("No hazard found{scripts} ({}).", first.source),
        Some(Severity::Critical | Severity::High) => "Do not run this as it stands",
        Some(Severity::Medium) => "Not safe as it stands",
        Some(Severity::Low | Severity::Info) => "Safe with care",
    };
    format!("{verdict}: {}{scripts} ({}).", counted(found.len(), "hazard"), findings::tally(found))
}

/// Names the command that writes a migration. The playbook writes no SQL of its own.
pub(super) fn author(run: &mut Run<'_>) -> Result<String, Pending> {
    let known = run.call(
        "memory",
        "memory_search",
        json!({"text": "migration convention", "kinds": ["convention", "migration"]}),
    )?;
    let intent = intent(run.question());
    let answer = match dbwright_migrations::parse_intent(&intent) {
        Ok(_) => Answer::new(
            "A new migration is written by a command of its own, in the project's convention, with its way back:",
        )
        .code("sh", &format!("dbwright migrate new {}", quoted(&intent)))
        .paragraph("It splits the change into steps that hold no long lock, and writes one file for each deploy step."),
        Err(reason) => Answer::new("That change fits no form that can be written safely by rule.")
            .paragraph(reason.to_string().replace("\n  ", "\n- ")),
    };
    Ok(answer
        .list("Known from earlier sessions", learn::recalled([&known]))
        .close(&run.gaps, "paste SQL to have it judged, `/migration PATH` for files"))
}

/// The wish without politeness, as the author's parser takes it.
fn intent(question: &str) -> String {
    const FILLERS: [&str; 12] =
        ["please", "can", "could", "you", "we", "i", "want", "to", "a", "an", "the", "migration"];
    const STARTS: [&str; 8] = ["add", "set", "create", "rename", "change", "drop", "backfill", "make"];
    let words: Vec<&str> = question.split_whitespace().collect();
    let start = words
        .iter()
        .position(|word| STARTS.contains(&word.to_lowercase().as_str()))
        .unwrap_or_else(|| words.iter().position(|word| !FILLERS.contains(&word.to_lowercase().as_str())).unwrap_or(0));
    let mut words: Vec<&str> = words.get(start..).unwrap_or_default().to_vec();
    if words.get(1).is_some_and(|word| matches!(word.to_lowercase().as_str(), "a" | "an" | "the")) {
        words.remove(1);
    }
    while words.last().is_some_and(|word| {
        let word = word.trim_end_matches(['.', '?', '!', ';']).to_lowercase();
        matches!(word.as_str(), "safely" | "please" | "downtime" | "without" | "zero" | "online" | "now")
    }) {
        words.pop();
    }
    let text = words.join(" ");
    let text = text.trim_end_matches(['.', '?', '!', ';']);
    // "make orders.region not null" is "set not null on orders.region".
    let lower = text.to_lowercase();
    match lower.strip_prefix("make ").and_then(|rest| rest.strip_suffix(" not null")) {
        Some(column) => format!("set not null on {column}"),
        None => text.to_owned(),
    }
}

fn quoted(words: &str) -> String {
    format!("'{}'", words.replace('\'', r"'\''"))
}

/// Queries in loops.
pub(super) fn scan(run: &mut Run<'_>) -> Result<String, Pending> {
    let paths = run.input().paths;
    let arguments = paths.first().map_or_else(|| json!({}), |path| json!({"path": path}));
    let scanned = run.call("scan", "scan_code", arguments)?;
    run.gaps_of(&scanned);
    let found = findings::collect([&scanned]);
    let handed = hand_over::code(run, &found)?;
    let files =
        scanned.number("/files").map(|files| format!(" in {}", figure_of(files, "source file"))).unwrap_or_default();
    let headline = match (scanned.result.is_ok(), found.is_empty()) {
        (false, _) => "The code could not be read.".to_owned(),
        (true, true) => format!("No query in a loop{files} ({}).", scanned.source),
        (true, false) => {
            format!("{}{files} ({}): {}.", counted(found.len(), "finding"), scanned.source, findings::tally(&found))
        }
    };
    Ok(findings::show(Answer::new(headline), &found, run)
        .list("For others", handed)
        .close(&run.gaps, "a number for one finding in full; `find slow queries` shows what they cost"))
}
