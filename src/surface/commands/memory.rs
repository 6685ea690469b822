//! `memory`: what was learned, looked into and kept in order by a person.

use dbwright_memory::{Hit, ImportReport, Learning, LearningFilter, Query, StatusChange, Store, render_learning};
use serde_json::json;

use super::bench::Bench;
use crate::{
    cli::{Format, MemoryArgs, MemoryCommand},
    exit::Exit,
    surface::{findings, terminal::visible},
};

const TEXT_OR_JSON: &[Format] = &[Format::Text, Format::Json];

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &MemoryArgs) -> Result<(), Exit> {
    let json = bench.format("memory", TEXT_OR_JSON)? == Format::Json;
    let store = bench.store().await?;
    match &args.command {
        MemoryCommand::Search { query, table, limit } => {
            let hits = search(&store, query.join(" "), table.clone(), *limit).await?;
            if json {
                return bench.deliver(&findings::json(&hits)?);
            }
            list(bench, hits.iter().map(|hit| &hit.learning))
        }
        MemoryCommand::List { limit } => {
            let learnings = store.list_learnings(&LearningFilter::default(), *limit).await?;
            if json {
                return bench.deliver(&findings::json(&learnings)?);
            }
            list(bench, learnings.iter())
        }
        MemoryCommand::Show { id } => {
            let learning = store.learning(id).await?;
            let history = store.learning_history(&learning.id).await?;
            if json {
                return bench.deliver(&findings::json(&json!({"learning": learning, "history": history}))?);
            }
            bench.deliver(&shown(&learning, &history))
        }
        MemoryCommand::Forget { id } => {
            let learning = store.learning(id).await?;
            store.forget(&learning.id, "user", "forgotten on the command line").await?;
            bench.console.say(format!("forgotten: {} {}", learning.id, visible(&learning.title)));
            Ok(())
        }
        MemoryCommand::Export { dir } => {
            let count = store.export(dir).await?;
            bench.console.say(format!("{count} learnings are in {}", dir.display()));
            Ok(())
        }
        MemoryCommand::Import { dir } => {
            let report = store.import(dir).await?;
            if json {
                bench.deliver(&findings::json(&report)?)?;
            } else {
                bench.deliver(&imported(&report))?;
            }
            match report.problems.len() {
                0 => Ok(()),
                count => {
                    Err(Exit::Failed(format!("{count} files could not be read as learnings; the others were imported")))
                }
            }
        }
    }
}

async fn search(store: &Store, text: String, tables: Vec<String>, limit: u32) -> Result<Vec<Hit>, Exit> {
    if text.trim().is_empty() && tables.is_empty() {
        return Err(Exit::Usage(
            "nothing to search for: give words or --table; `memory list` shows the newest".to_owned(),
        ));
    }
    // A pasted statement finds what is known of its shape.
    let fingerprint = dbwright_sql::classify(&text).ok().and_then(|_| dbwright_sql::fingerprint(&text).ok());
    let query = Query { text, tables, fingerprint, limit, ..Query::default() };
    Ok(store.search(&query).await?)
}

fn list<'a>(bench: &Bench<'_>, learnings: impl Iterator<Item = &'a Learning>) -> Result<(), Exit> {
    let text: String = learnings.map(render_learning).collect();
    if text.is_empty() {
        bench.console.say("nothing was learned yet, or nothing fits");
        return Ok(());
    }
    bench.deliver(&visible(&text))
}

fn shown(learning: &Learning, history: &[StatusChange]) -> String {
    let mut text = render_learning(learning);
    for measured in &learning.measurements {
        let ratio = measured.measured.ratio.map(|ratio| format!("{ratio} times better")).unwrap_or_default();
        text.push_str(&format!("  {} {:?} {ratio}\n", measured.at.format("%Y-%m-%d %H:%M"), measured.measured.how));
    }
    let provenance = &learning.provenance;
    if let Some(session) = &provenance.session {
        text.push_str(&format!("  from session {session}, calls {}\n", provenance.tool_calls.join(", ")));
    }
    for change in history {
        let from = change.from.map(|from| format!("{from} → ")).unwrap_or_default();
        text.push_str(&format!(
            "  {} {from}{} by {}: {}\n",
            change.at.format("%Y-%m-%d %H:%M"),
            change.to.map_or_else(|| "forgotten".to_owned(), |to| to.to_string()),
            change.actor,
            change.reason
        ));
    }
    visible(&text)
}

fn imported(report: &ImportReport) -> String {
    let mut text = format!("{} added, {} updated, {} unchanged\n", report.added, report.updated, report.unchanged);
    for (path, problem) in &report.problems {
        text.push_str(&format!("{}: {}\n", path.display(), visible(problem)));
    }
    text
}
