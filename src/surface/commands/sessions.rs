//! `sessions`: the journal, read.

use dbwright_memory::{SessionRecord, Store};

use super::bench::Bench;
use crate::{
    agent::{Event, Recorded, StoreJournal},
    cli::{Format, SessionsArgs, SessionsCommand},
    exit::Exit,
    surface::{
        console::Style,
        event_view::{EventView, Shown},
        findings::json,
        terminal::{plain, table, visible},
    },
};

/// Characters of a title in the list.
const TITLE: usize = 60;

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &SessionsArgs) -> Result<(), Exit> {
    match &args.command {
        SessionsCommand::List { limit } => {
            let format = bench.format("sessions list", &[Format::Text, Format::Json])?;
            let sessions = settled(bench).await?.list_sessions(*limit).await?;
            match format {
                Format::Json => bench.deliver(&json(&sessions)?),
                _ if sessions.is_empty() => {
                    bench.console.say("no sessions yet");
                    Ok(())
                }
                _ => bench.deliver(&listed(&sessions)),
            }
        }
        SessionsCommand::Show { id } => {
            let format = bench.format("sessions show", &[Format::Text, Format::Json])?;
            let (session, entries) = read(&settled(bench).await?, id).await?;
            match format {
                Format::Json => bench.deliver(&json(&serde_json::json!({"session": session, "events": entries}))?),
                _ => bench.deliver(&shown(&session, &entries, bench.console.data_style())),
            }
        }
        SessionsCommand::Export { id } => {
            bench.format("sessions export", &[Format::Text, Format::Jsonl])?;
            let (_, entries) = read(&bench.store().await?, id).await?;
            let lines = entries
                .iter()
                .map(serde_json::to_string)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| Exit::Failed(error.to_string()))?;
            bench.deliver(&lines.join("\n"))
        }
    }
}

/// The store, once sessions whose process is gone are no longer shown as open.
async fn settled(bench: &Bench<'_>) -> Result<Store, Exit> {
    let store = bench.store().await?;
    if let Err(error) = store.close_cut_off_sessions().await {
        // A state that cannot be written can still be read.
        tracing::debug!(%error, "cannot mark interrupted sessions");
    }
    Ok(store)
}

async fn read(store: &Store, id: &str) -> Result<(SessionRecord, Vec<Recorded>), Exit> {
    let session = store.session(id).await?;
    let entries = StoreJournal::new(store.clone()).entries(&session.id).await?;
    Ok((session, entries))
}

fn listed(sessions: &[SessionRecord]) -> String {
    let rows: Vec<Vec<String>> = sessions
        .iter()
        .map(|session| {
            let title: String = plain(&session.title).chars().take(TITLE).collect();
            let end = session.outcome.as_deref().map_or_else(|| "open".to_owned(), outcome);
            let started = session.started_at.format("%Y-%m-%d %H:%M").to_string();
            let driver = plain(session.model.as_deref().unwrap_or("-"));
            vec![session.id.clone(), started, session.door.as_str().to_owned(), driver, end, title]
        })
        .collect();
    table(&rows)
}

/// The stored end in a word.
fn outcome(text: &str) -> String {
    plain(text).split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_lowercase()
}

fn shown(session: &SessionRecord, entries: &[Recorded], style: Style) -> String {
    let mut view = EventView::new(style);
    let started = session.started_at.format("%Y-%m-%d %H:%M UTC");
    let door = session.door.as_str();
    let driver = plain(session.model.as_deref().unwrap_or("-"));
    let mut out = style.dim(&format!("session {} · {started} · {door} · {driver}", session.id));
    out.push('\n');
    for entry in entries {
        match &entry.event {
            Event::TurnStarted { input, .. } => {
                out.push_str(&format!("\n{}\n", style.cyan(&format!("> {}", visible(input).replace('\n', "\n  ")))));
                continue;
            }
            // Said while somebody waited.
            Event::ToolProgress { .. } => continue,
            _ => {}
        }
        match view.show(&entry.event) {
            Shown::Answer(text) => out.push_str(&visible(&text)),
            Shown::Talk(line) if style.0 => out.push_str(&format!("{line}\n")),
            Shown::Talk(line) => out.push_str(&format!("{}\n", visible(&line))),
            Shown::Nothing => {}
        }
    }
    out
}
