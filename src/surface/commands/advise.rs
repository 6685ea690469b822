//! `advise`: the indexes that a set of statements lacks, tried before they are recommended.

use std::fmt::Write as _;

use dbwright_contract::ToolError;
use dbwright_postgres::{AdviseIndexes, AdviseOutput, Verify};

use super::{bench::Bench, input, units};
use crate::{
    cli::{AdviseArgs, Format, VerifyHow},
    exit::Exit,
    review::Target,
    surface::{
        findings::{Found, deliver, json},
        terminal::plain,
    },
};

/// Statements that are looked at in one run.
const MOST_STATEMENTS: usize = 500;

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &AdviseArgs) -> Result<(), Exit> {
    let format = bench.format("advise", &[Format::Text, Format::Json, Format::Md, Format::Sarif, Format::Sql])?;
    let call = dbwright_postgres::AdviseArgs {
        statements: statements(bench, args)?,
        max_indexes: args.max_indexes,
        budget_bytes: args.budget.as_deref().map(units::bytes).transpose().map_err(Exit::Usage)?,
        verify: match args.verify {
            None => Verify::Auto,
            Some(VerifyHow::None) => Verify::Hypothetical,
            Some(VerifyHow::Scratch) => Verify::Scratch,
        },
        database: None,
    };
    let tool = AdviseIndexes::new(bench.databases()?.clone())
        .copies(bench.settings.review.copy_rows)
        .settings((&bench.settings.advise).into());
    let output = bench.call(&tool, call).await.map_err(|error| match error {
        // What is missing is named with the way to get it: nothing failed.
        ToolError::Unavailable(text) => Exit::Usage(text),
        other => other.into(),
    })?;
    match format {
        Format::Json => bench.deliver(&json(&output)?),
        Format::Sql => {
            let builds = output.advice.indexes.iter().flat_map(|index| &index.statements);
            let sql: String = builds.map(|statement| format!("{statement};\n")).collect();
            notes(bench, &output);
            if sql.is_empty() { Ok(()) } else { bench.deliver(&sql) }
        }
        format => {
            if format != Format::Text {
                notes(bench, &output);
            }
            let target = Target { database: Some(output.database.clone()), ..Target::default() };
            let lead = lead(&output);
            let found = Found { findings: output.findings, gaps: output.advice.gaps, target, lead };
            deliver(&found, format, bench.global, bench.console)
        }
    }
}

fn statements(bench: &Bench<'_>, args: &AdviseArgs) -> Result<Vec<String>, Exit> {
    let Some(path) = &args.queries else { return Ok(Vec::new()) };
    let mut found = input::statements(path)?;
    if found.readable.is_empty() {
        let nothing = || format!("{} holds no statement", path.display());
        return Err(Exit::Usage(found.broken.into_iter().next().unwrap_or_else(nothing)));
    }
    for broken in &found.broken {
        bench.console.say(format!("left out: {broken}"));
    }
    if found.readable.len() > MOST_STATEMENTS {
        bench
            .console
            .say(format!("only the first {MOST_STATEMENTS} of {} statements are looked at", found.readable.len()));
        found.readable.truncate(MOST_STATEMENTS);
    }
    Ok(found.readable)
}

/// What a document of statements cannot hold.
fn notes(bench: &Bench<'_>, output: &AdviseOutput) {
    let advice = &output.advice;
    let lines = advice.gaps.iter().map(|gap| format!("not checked: {gap}"));
    for line in lines.chain(advice.notes.iter().map(|note| format!("note: {note}"))) {
        bench.console.say(bench.console.talk_style().dim(&plain(&line)));
    }
}

fn lead(output: &AdviseOutput) -> String {
    let advice = &output.advice;
    let mut out = String::new();
    let plural = if advice.indexes.len() == 1 { "" } else { "es" };
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(
        out,
        "{}: {} index{plural} for {} statements, in {:.1} s",
        plain(&output.database),
        advice.indexes.len(),
        advice.analysed,
        std::time::Duration::from_millis(output.elapsed_ms).as_secs_f64()
    );
    if let Some(total) = advice.total_ratio {
        let _ = writeln!(out, "estimated cost of all statements: {:.1} % of before", total * 100.0);
    }
    for index in &advice.indexes {
        for replaced in &index.replaces {
            let _ = writeln!(out, "superfluous with {}: {};", plain(&index.statement), plain(&replaced.statement));
        }
    }
    for index in &advice.droppable {
        let _ = writeln!(out, "can go: {}; ({})", plain(&index.statement), plain(&index.why));
    }
    for note in &advice.notes {
        let _ = writeln!(out, "note: {}", plain(note));
    }
    for skipped in &advice.skipped {
        let _ = writeln!(out, "skipped: {} ({})", plain(&skipped.text), plain(&skipped.why));
    }
    out
}
