//! `review`: one autonomous session now, and its report.

use std::{path::Path, time::Instant};

use dbwright_finding::Severity;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    console::Console,
    event_view::{EventView, Shown},
};
use crate::{
    agent::Recorded,
    assemble::Specialist,
    cli::{Format, Global, ReviewArgs},
    exit::Exit,
    review::{Review, ReviewOptions, conduct, report},
};

/// Runs the command.
///
/// # Errors
/// With the exit code of what went wrong, or 10 for findings at or above `--fail-on`.
pub(super) async fn run(
    args: &ReviewArgs,
    global: &Global,
    specialist: &Specialist,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    let render = renderer(global.format.unwrap_or(Format::Text), console)?;
    let options = ReviewOptions { statements: statements(args)?, baseline: baseline(args.baseline.as_deref())? };
    specialist.notices.iter().for_each(|notice| console.say(notice));
    let (watcher, events) = mpsc::unbounded_channel();
    let (review, ()) = tokio::join!(conduct(specialist, options, watcher, cancel), narrate(events, console));
    let review = review?;
    console.deliver(global.output.as_deref(), &render(&review)?)?;
    if let Some(path) = &global.output {
        console.say(format!("the report is in {}", path.display()));
    }
    match args.fail_on {
        Some(severity) => fail_on(severity, &review),
        None => Ok(()),
    }
}

type Render = Box<dyn Fn(&Review) -> Result<String, Exit> + Send + Sync>;

fn renderer(format: Format, console: &Console) -> Result<Render, Exit> {
    let style = console.data_style();
    Ok(match format {
        Format::Text => Box::new(move |review| Ok(report::text(review, style.0))),
        Format::Md => Box::new(|review| Ok(report::markdown(review))),
        Format::Html => Box::new(|review| Ok(report::html(review))),
        Format::Json => {
            Box::new(|review| serde_json::to_string_pretty(review).map_err(|error| Exit::Failed(error.to_string())))
        }
        Format::Sarif => Box::new(|review| {
            serde_json::to_string_pretty(&report::sarif(review)).map_err(|error| Exit::Failed(error.to_string()))
        }),
        Format::Sql | Format::Jsonl => {
            return Err(Exit::Usage(
                "a review is text, json, md, html or sarif: pass one of these to --format".to_owned(),
            ));
        }
    })
}

/// Tells what the session does, with the time since it began.
async fn narrate(mut events: mpsc::UnboundedReceiver<Recorded>, console: &Console) {
    let clock = Instant::now();
    let mut view = EventView::new(console.talk_style());
    while let Some(recorded) = events.recv().await {
        // The answer's text is for chats: here the report says it.
        if let Shown::Talk(line) = view.show(&recorded.event) {
            let elapsed = console.talk_style().dim(&format!("[{:6.1}s]", clock.elapsed().as_secs_f64()));
            console.say(format!("{elapsed} {line}"));
        }
    }
}

fn statements(args: &ReviewArgs) -> Result<Vec<String>, Exit> {
    let mut statements = Vec::new();
    for path in &args.sql {
        let text =
            std::fs::read_to_string(path).map_err(|error| Exit::Usage(format!("{}: {error}", path.display())))?;
        let split = dbwright_sql::split(&text).map_err(|error| Exit::Usage(format!("{}: {error}", path.display())))?;
        statements.extend(split.into_iter().map(|statement| statement.text.to_owned()));
    }
    Ok(statements)
}

fn baseline(path: Option<&Path>) -> Result<Option<Review>, Exit> {
    let Some(path) = path else { return Ok(None) };
    let named = |error: &dyn std::fmt::Display| Exit::Usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    serde_json::from_str(&text).map(Some).map_err(|error| named(&error))
}

fn fail_on(severity: Severity, review: &Review) -> Result<(), Exit> {
    let count = review.findings.iter().filter(|finding| finding.severity >= severity).count();
    if count == 0 {
        return Ok(());
    }
    Err(Exit::Findings(format!("{count} findings at or above {severity}")))
}
