//! `apply`: a finding's fix, carried out after approval of exactly what will run.

use std::{
    io::{BufRead, IsTerminal, Read},
    path::Path,
};

use chrono::{DateTime, Utc};
use dbwright_contract::{CallCx, Report, TokenBudget, ToolError};
use dbwright_finding::{Finding, Fix};
use dbwright_memory::{Door, JournalEntry, NewSession, Store, new_id};
use dbwright_postgres::{
    ActionError, ActionPlan, Changed, Database, Patience, Remember, carry_out, permit, plan_of, session_start,
    sessions_of, way_back, with_backend_start,
};
use dbwright_sql::split;
use serde_json::json;
use tokio::sync::mpsc;

use super::bench::Bench;
use crate::{
    cli::{ApplyArgs, Format},
    exit::Exit,
    review::{Named, Review, named},
    surface::terminal::visible,
    tools::LearnChanges,
};

/// Reviews that are searched for the finding, the newest first.
const MOST_REVIEWS: u32 = 20;

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &ApplyArgs) -> Result<(), Exit> {
    let format = bench.format("apply", &[Format::Text, Format::Json])?;
    let store = bench.store().await?;
    let source = source(args, &store).await?;
    let database = database(bench, source.database.as_deref())?;
    let (finding, statements) = (source.named.finding, source.named.statements);
    let mut measure = statements_in(&args.measure)?;
    measure.extend(statements);
    bench.console.say(format!("{} {}", finding.id, visible(&finding.title)));
    let finding = exact_session(database, finding, source.at).await?;
    let plan = match plan_of(&finding, database.name(), measure) {
        Ok(plan) => plan,
        Err(ActionError::Nothing(why)) => return explain(bench, &finding, &why),
        Err(error) => return Err(ToolError::from(error).into()),
    };
    let card = card(database, &finding, &plan).await?;
    if args.dry_run {
        return bench.deliver(&match format {
            Format::Json => pretty(&json!({
                "finding": finding.id, "hash": plan.hash(), "action": plan,
                "permitted": permit(database.config(), plan.effect).err().map_or(json!(true), |reason| json!(reason)),
            }))?,
            _ => card,
        });
    }
    permit(database.config(), plan.effect).map_err(|reason| Exit::Refused(format!("refused: {reason}")))?;
    bench.console.say(visible(&card));
    approve(bench, &plan, args.approve.as_deref()).await?;
    let changed = carried_out(bench, &store, database, &finding, &plan, args.keep).await?;
    bench.deliver(&match format {
        Format::Json => pretty(&serde_json::to_value(&changed).map_err(failed)?)?,
        _ => changed.for_model(TokenBudget(usize::MAX / 64)).into_owned(),
    })
}

/// Where a finding was found.
struct Source {
    named: Named,
    database: Option<String>,
    at: Option<DateTime<Utc>>,
}

async fn source(args: &ApplyArgs, store: &Store) -> Result<Source, Exit> {
    if let Some(path) = &args.from {
        let text = read(path)?;
        let place = path.display().to_string();
        if let Ok(review) = serde_json::from_str::<Review>(&text) {
            return from_review(&review, &args.finding, &place);
        }
        let findings: Vec<Finding> = serde_json::from_str(&text)
            .map_err(|error| Exit::Usage(format!("{place} is neither a review nor a list of findings ({error})")))?;
        let finding = findings
            .into_iter()
            .find(|finding| finding.id.starts_with(&args.finding))
            .ok_or_else(|| Exit::Usage(format!("no finding {} in {place}", args.finding)))?;
        return Ok(Source { named: Named { finding, statements: Vec::new() }, database: None, at: None });
    }
    for stored in store.latest_reviews(MOST_REVIEWS).await? {
        // A review of an older schema is passed over.
        let Ok(review) = serde_json::from_value::<Review>(stored.review) else { continue };
        if review.findings.iter().any(|finding| finding.id.starts_with(&args.finding)) {
            return from_review(&review, &args.finding, "the newest review");
        }
    }
    Err(Exit::Usage(format!(
        "no finding {} in the latest reviews: run `dbwright review`, or pass --from FILE with a review or findings in JSON",
        args.finding
    )))
}

fn from_review(review: &Review, id: &str, place: &str) -> Result<Source, Exit> {
    Ok(Source {
        named: named(review, id, place).map_err(|error| Exit::Usage(error.to_string()))?,
        database: review.target.database.clone(),
        at: Some(review.started_at),
    })
}

/// The database that the review was about, where it is configured; else the one that was named.
fn database<'a>(bench: &'a Bench<'_>, reviewed: Option<&str>) -> Result<&'a Database, Exit> {
    let databases = bench.databases()?;
    let Some(reviewed) = reviewed else { return Ok(databases.get(None)?) };
    match databases.get(Some(reviewed)) {
        Ok(database) => Ok(database),
        Err(_) => {
            let only = databases.get(None)?;
            Err(Exit::Usage(format!(
                "the finding is about {reviewed}, and this run is about {}: pass --db {reviewed}, or configure it",
                only.name()
            )))
        }
    }
}

fn read(path: &Path) -> Result<String, Exit> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|content| text = content)
    };
    read.map_err(|error| Exit::Usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(text)
}

fn statements_in(files: &[std::path::PathBuf]) -> Result<Vec<String>, Exit> {
    let mut statements = Vec::new();
    for path in files {
        let text = read(path)?;
        let found = split(&text).map_err(|error| Exit::Usage(format!("{}: {error}", path.display())))?;
        statements.extend(found.into_iter().map(|statement| statement.text.trim().to_owned()));
    }
    Ok(statements)
}

/// A session is ended by its id and its start. The id may have passed to another session since
/// the review: then the one that was found has ended, and nothing is done.
async fn exact_session(database: &Database, finding: Finding, at: Option<DateTime<Utc>>) -> Result<Finding, Exit> {
    let Some(fix) = &finding.fix else { return Ok(finding) };
    let mut exact: Fix = fix.clone();
    for pid in sessions_of(fix) {
        let Some(session) = session_start(database, pid).await.map_err(|error| Exit::from(ToolError::from(error)))?
        else {
            return Err(Exit::Failed(format!("session {pid} has ended by itself: there is nothing to do")));
        };
        if at.is_some_and(|at| session.started > at) {
            return Err(Exit::Failed(format!(
                "session {pid} of the finding has ended; another one has its id now: there is nothing to do"
            )));
        }
        exact = with_backend_start(&exact, pid, &session.backend_start);
        exact.notes = Some(format!("session {pid}: {}", session.words));
    }
    Ok(Finding { fix: Some(exact), ..finding })
}

/// The exact action, with the way back as the catalog stands now.
async fn card(database: &Database, finding: &Finding, plan: &ActionPlan) -> Result<String, Exit> {
    let mut card = plan.preview();
    if plan.undo.is_empty() {
        for statement in way_back(database, plan).await? {
            card.push_str(&format!("\n-- undo, as it stands now: {statement};"));
        }
    }
    if let Some(notes) = finding.fix.as_ref().and_then(|fix| fix.notes.as_deref()) {
        card.push_str(&format!("\n-- {notes}"));
    }
    Ok(card)
}

/// The person's word for exactly this action.
async fn approve(bench: &Bench<'_>, plan: &ActionPlan, given: Option<&str>) -> Result<(), Exit> {
    let hash = plan.hash();
    match given {
        Some(given) if given.trim() == hash => return Ok(()),
        Some(given) => {
            return Err(Exit::Refused(format!(
                "refused: write.approval: {given} is not the hash of this action, which is {hash}: look at it again with --dry-run"
            )));
        }
        None if !std::io::stdin().is_terminal() => {
            return Err(Exit::Refused(format!(
                "refused: write.approval: nobody can be asked here: look at the action with --dry-run, then pass --approve {hash}"
            )));
        }
        None => {}
    }
    bench.console.say("Run exactly this? y, or n:");
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let answer = tokio::select! {
        answer = answer => answer,
        () = bench.cancel.cancelled() => return Err(Exit::Interrupted),
    };
    match answer {
        Ok(Ok(line)) if matches!(line.trim().to_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => Err(Exit::Refused("refused: the action was declined; nothing was run".to_owned())),
    }
}

/// Intent on record, then the action, then its outcome on record.
async fn carried_out(
    bench: &Bench<'_>,
    store: &Store,
    database: &Database,
    finding: &Finding,
    plan: &ActionPlan,
    keep: bool,
) -> Result<Changed, Exit> {
    let session = NewSession {
        model: Some("user".to_owned()),
        cwd: Some(bench.project.display().to_string()),
        target: Some(database.name().to_owned()),
        ..NewSession::new(new_id(), format!("apply {}: {}", finding.id, finding.title), Door::Ask)
    };
    store.create_session(&session).await?;
    let call_id = format!("apply_{}", plan.hash());
    let (sender, mut progress) = mpsc::unbounded_channel();
    let cx = CallCx::new(&session.id, &call_id, bench.cancel.clone(), Some(sender));
    let intent = json!({
        "type": "tool_started", "call_id": call_id, "name": "apply_change", "effect": plan.effect,
        "arguments": { "change": { "kind": "fix", "statements": plan.steps.iter().map(|step| &step.sql).collect::<Vec<_>>() },
                       "database": database.name(), "keep": keep },
        "summary": plan.summary(),
    });
    store.append(&session.id, &[JournalEntry::new("tool_started", intent)]).await?;
    let project = Some(bench.project.display().to_string());
    let memory = LearnChanges::new(store.clone(), bench.databases.clone(), project, "user".to_owned());
    let work = async {
        let mut outcome = carry_out(database, &cx, plan, keep, Patience::default()).await;
        if let Ok(changed) = &mut outcome {
            changed.learning = memory.remember(&cx, changed).await;
        }
        drop(cx);
        outcome
    };
    let talk = async {
        while let Some(step) = progress.recv().await {
            bench.console.say(bench.console.talk_style().dim(&format!("· {}", visible(&step.message))));
        }
    };
    let (outcome, ()) = tokio::join!(work, talk);
    let (status, text, value) = match &outcome {
        Ok(changed) => ("ok", changed.reason.clone(), serde_json::to_value(changed).map_err(failed)?),
        Err(error) => ("failed", error.to_string(), serde_json::Value::Null),
    };
    let entry = json!({ "type": "tool_finished", "call_id": call_id, "name": "apply_change", "status": status,
                        "text": text, "json": value, "elapsed_ms": outcome.as_ref().map_or(0, |changed| changed.elapsed_ms) });
    store.append(&session.id, &[JournalEntry::new("tool_finished", entry)]).await?;
    store.finish_session(&session.id, status).await?;
    Ok(outcome?)
}

/// A fix that is not for us: what it is, and who does it.
fn explain(bench: &Bench<'_>, finding: &Finding, why: &str) -> Result<(), Exit> {
    let mut text = format!("Nothing was run: {why}.\n");
    if let Some(fix) = &finding.fix {
        for statement in &fix.statements {
            text.push_str(&format!("{};\n", statement.trim_end_matches(';')));
        }
        if let Some(notes) = &fix.notes {
            text.push_str(&format!("{notes}\n"));
        }
    }
    bench.deliver(&visible(&text))?;
    Err(Exit::Failed(format!("{} was not applied: {why}", finding.id)))
}

fn pretty(value: &serde_json::Value) -> Result<String, Exit> {
    serde_json::to_string_pretty(value).map_err(failed)
}

fn failed(error: serde_json::Error) -> Exit {
    Exit::Failed(error.to_string())
}
