//! `explain`: the plan of one statement, or one that somebody pasted, and what is wrong with it.

use std::path::Path;

use dbwright_finding::Finding;
use dbwright_plan::{Context, Plan, PlanSummary, analyze, html, markdown, parse_any, summary, tree_of};
use dbwright_postgres::{Explain, ExplainOutput, Mode, ParameterSource, TuneArgs, TuneOutput, TuneStatement};
use dbwright_sql::{SqlError, parse, split};

use super::{
    bench::Bench,
    input::{self, Text, located},
};
use crate::{
    cli::{ExplainArgs, Format},
    exit::Exit,
    review::Target,
    surface::{
        findings::{FORMATS, Found, deliver},
        terminal::{drawing_width, plain},
    },
};

/// The formats of a plan with its findings.
const PLAN_FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Md, Format::Html, Format::Sarif, Format::Sql];

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &ExplainArgs) -> Result<(), Exit> {
    let format = bench.format("explain", if args.fix { FORMATS } else { PLAN_FORMATS })?;
    if let Some(path) = &args.plan {
        let text = input::text(path)?;
        let plan = parse_any(&text.text).map_err(|error| Exit::Usage(format!("{}: {error}", text.name)))?;
        return pasted(bench, &plan, format);
    }
    let Some(argument) = &args.sql else {
        return Err(Exit::Usage(
            "nothing to explain: pass a statement, a file or - for standard input, or a plan with --plan FILE"
                .to_owned(),
        ));
    };
    let text = input::text_or_path(argument)?;
    let sql = match one_statement(&text) {
        Ok(sql) => sql,
        // What is no statement may be a plan.
        Err(error) => match parse_any(&text.text) {
            Ok(plan) => return pasted(bench, &plan, format),
            Err(_) => return Err(error),
        },
    };
    if args.fix {
        let tool = TuneStatement::new(bench.databases()?.clone()).copies(bench.settings.review.copy_rows);
        let output = bench.call(&tool, TuneArgs { sql, seconds: args.seconds, ..TuneArgs::default() }).await?;
        let lead = tuned(&output);
        let target = Target { database: Some(output.database), ..Target::default() };
        return show(bench, output.findings, target, lead, format);
    }
    let tool = Explain::new(bench.databases()?.clone());
    let args = dbwright_postgres::ExplainArgs { sql, analyze: args.analyze, parameters: Vec::new(), database: None };
    let output = bench.call(&tool, args).await?;
    let heading = heading(&output);
    let target = Target { database: Some(output.database), ..Target::default() };
    page(bench, &output.summary, output.findings, target, &heading, format)
}

fn pasted(bench: &Bench<'_>, plan: &Plan, format: Format) -> Result<(), Exit> {
    let heading: String = plan.notes.iter().map(|note| format!("note: {}\n", plain(note))).collect();
    page(bench, &summary(plan), analyze(plan, &Context::default()), Target::default(), &heading, format)
}

/// The plan and its findings in a form that shows both; the others have room for findings only.
fn page(
    bench: &Bench<'_>,
    plan: &PlanSummary,
    findings: Vec<Finding>,
    target: Target,
    heading: &str,
    format: Format,
) -> Result<(), Exit> {
    let document = match format {
        Format::Html => html(plan, heading, &findings),
        Format::Md => markdown(plan, heading, &findings),
        _ => {
            let lead = format!("{heading}{}", tree_of(plan, drawing_width(), bench.console.data_style().0));
            return show(bench, findings, target, lead, format);
        }
    };
    Ok(bench.console.deliver(bench.global.output.as_deref(), &document)?)
}

fn show(bench: &Bench<'_>, findings: Vec<Finding>, target: Target, lead: String, format: Format) -> Result<(), Exit> {
    let found = Found { findings, target, lead, ..Found::default() };
    deliver(&found, format, bench.global, bench.console)
}

/// What was done, before the plan itself.
fn heading(output: &ExplainOutput) -> String {
    let mode = match output.mode {
        Mode::Executed => "executed",
        Mode::Estimated => "not executed",
    };
    let parameters = match output.parameters.source {
        ParameterSource::None => "",
        ParameterSource::Given => " with the given values",
        ParameterSource::Sampled => " with values sampled from the tables",
        ParameterSource::Generic => ", a generic plan for any values",
    };
    let mut out = format!("{} on {}{parameters}\n", mode, plain(&output.database));
    if let Some(statement) = &output.parameters.statement {
        out.push_str(&format!("{}\n", dbwright_sql::brief(&plain(statement), 300)));
    }
    for note in &output.notes {
        out.push_str(&format!("note: {}\n", plain(note)));
    }
    out
}

/// What was tried, before the fixes.
fn tuned(output: &TuneOutput) -> String {
    let mut out = format!("tuned on {}\n", plain(&output.database));
    if let Some(values) = &output.measured_with {
        out.push_str(&format!("{}\n", dbwright_sql::brief(&plain(values), 300)));
    }
    for tried in &output.tried {
        let what = dbwright_sql::brief(&plain(&tried.what), 120);
        out.push_str(&format!("tried {} {what}: {}\n", tried.kind, plain(&tried.result)));
    }
    for (word, lines) in [("note", &output.notes), ("not done", &output.gaps)] {
        for line in lines {
            out.push_str(&format!("{word}: {}\n", plain(line)));
        }
    }
    out
}

/// The one statement of a text, without its `;`.
fn one_statement(text: &Text) -> Result<String, Exit> {
    let usage = |error: &SqlError, line, column| Exit::Usage(located(&text.name, line, column, error));
    let statements = split(&text.text).map_err(|error| usage(&error, 1, 1))?;
    match statements.as_slice() {
        [] => Err(Exit::Usage(format!("{} holds no statement", text.name))),
        [only] => match parse(only.text) {
            Ok(_) => Ok(only.text.to_owned()),
            Err(error) => Err(usage(&error, only.line, only.column)),
        },
        several => Err(Exit::Usage(format!(
            "{} holds {} statements: pass one, or look at all with `advise --queries {}`",
            text.name,
            several.len(),
            if Path::new(&text.name).is_file() { text.name.as_str() } else { "FILE" }
        ))),
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
