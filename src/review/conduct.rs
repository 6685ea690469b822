//! One autonomous session from the first look to the saved review.

use std::{sync::Arc, time::Instant};

use chrono::Utc;
use dbwright_finding::Finding;
use dbwright_memory::Door;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Exhibit, Learnings, Review, SCHEMA, SinceLast, Target, rank, since, verify::verify};
use crate::{
    agent::{Driver, NobodyToAsk, Recorded, Session, Stop},
    assemble::{Opening, Specialist},
    exit::Exit,
    model::Item,
    rights::Rights,
};

/// What a language model is asked to do after the playbook's procedures have run.
const DEEPER: &str = include_str!("../../prompts/review.md");

/// How to review.
#[derive(Debug, Clone, Default)]
pub struct ReviewOptions {
    /// Statements to look at besides the workload.
    pub statements: Vec<String>,
    /// A review to compare with, instead of the last one in memory.
    pub baseline: Option<Review>,
}

/// Runs one review session. The playbook's fixed procedures come first, whoever answers otherwise;
/// a language model, where there is one, gets their results and may look further.
///
/// # Errors
/// When the database cannot be reached, the journal fails, or the session is interrupted.
pub async fn conduct(
    specialist: &Specialist,
    options: ReviewOptions,
    watcher: UnboundedSender<Recorded>,
    cancel: &CancellationToken,
) -> Result<Review, Exit> {
    let target = target(specialist).await?;
    let opening = Opening {
        door: Door::Review,
        title: "review",
        approver: Arc::new(NobodyToAsk),
        limits: specialist.limits(),
        output_schema: None,
    };
    let mut session = specialist.open(opening).await?;
    let review = examine(specialist, &mut session, target, options, watcher, cancel).await;
    let outcome = match &review {
        Ok(_) => "Answered",
        Err(Exit::Interrupted) => "Cancelled",
        Err(_) => "Failed",
    };
    let finished = specialist.store.finish_session(session.id(), outcome).await;
    let review = review?;
    finished?;
    Ok(review)
}

/// Everything between the first look and the saved review.
async fn examine(
    specialist: &Specialist,
    session: &mut Session,
    target: Target,
    options: ReviewOptions,
    watcher: UnboundedSender<Recorded>,
    cancel: &CancellationToken,
) -> Result<Review, Exit> {
    let started_at = Utc::now();
    let clock = Instant::now();
    let floor = session.turn(&specialist.playbook(), &request(&options.statements), cancel, watcher.clone()).await?;
    let mut gaps = ended_early(&floor.stop, "the fixed procedures")?;
    let mut findings = floor.findings;
    let mut driver = floor.driver;
    if !specialist.driver.model.profile().deterministic && floor.stop == Stop::Answered {
        let outcome = session.turn(&only_model(&specialist.driver), DEEPER, cancel, watcher).await?;
        gaps.extend(ended_early(&outcome.stop, "the model's part")?);
        findings.extend(outcome.findings);
        driver = outcome.driver;
    }
    let findings = rank(findings);
    let exhibits = exhibits(session);
    gaps.extend(gaps_of(session));
    let mut learnings = learnings(&exhibits);
    match verify(specialist).await {
        Ok(verified) => {
            learnings.verified = verified.holding;
            learnings.regressed = verified.gone;
        }
        Err(gap) => gaps.push(gap),
    }
    gaps.extend(rights(specialist).await);
    gaps.dedup();
    let baseline = match options.baseline {
        Some(baseline) => Some(baseline),
        None => last_review(specialist, &target).await?,
    };
    let since_last = compare(baseline.as_ref(), &findings, &exhibits);
    let review = Review {
        schema: SCHEMA.to_owned(),
        session_id: session.id().to_owned(),
        started_at,
        duration_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
        driver,
        learnings,
        findings,
        since_last,
        gaps,
        usage: session.usage(),
        exhibits,
        target,
    };
    let json = serde_json::to_value(&review).map_err(|error| Exit::Failed(error.to_string()))?;
    specialist.store.save_review(&review.target.fingerprint, Some(session.id()), &json).await?;
    Ok(review)
}

/// A model without the playbook behind it: the playbook has had its turn.
fn only_model(driver: &Driver) -> Driver {
    Driver::only(Arc::clone(&driver.model))
}

/// The playbook's entry to the health review, with statements to look at beside the workload.
fn request(statements: &[String]) -> String {
    let mut request = "/review".to_owned();
    for statement in statements {
        request.push_str("\n\n```sql\n");
        request.push_str(statement.trim());
        request.push_str("\n```");
    }
    request
}

/// A gap where a part ended early; interruption is an error, because nothing was finished.
fn ended_early(stop: &Stop, part: &str) -> Result<Vec<String>, Exit> {
    Ok(match stop {
        Stop::Answered => Vec::new(),
        Stop::Cancelled => return Err(Exit::Interrupted),
        Stop::ModelFailed { message } => vec![format!("{part} ended early: {message}")],
        other => Exit::of_stop(other).map(|exit| format!("{part} ended early: {exit}")).into_iter().collect(),
    })
}

/// Where our role could do more than read; silent where that is configured.
async fn rights(specialist: &Specialist) -> Vec<String> {
    let mut lines = Vec::new();
    for database in specialist.databases.iter() {
        if !specialist.settings.allows_excess_on_database(database.name())
            && let Ok(held) = Rights::on_database(database).await
        {
            lines.extend(held.notice());
        }
    }
    if let Some(redis) = &specialist.redis
        && !specialist.settings.allows_excess_on_redis(redis.name())
        && let Ok(held) = Rights::on_redis(redis).await
    {
        lines.extend(held.notice());
    }
    lines
}

async fn target(specialist: &Specialist) -> Result<Target, Exit> {
    let mut target = Target { path: Some(specialist.project.display().to_string()), ..Target::default() };
    let mut lineage = String::new();
    if let Some(database) = specialist.databases.iter().next() {
        let identity =
            database.identity().await.map_err(|error| Exit::from(dbwright_contract::ToolError::from(error)))?;
        lineage.push_str(&identity.key());
        target.database = Some(database.name().to_owned());
        target.postgres_version = Some(identity.version.clone());
    }
    if let Some(redis) = &specialist.redis {
        lineage.push_str(redis.name());
        target.redis = Some(redis.name().to_owned());
    }
    if lineage.is_empty() {
        lineage = specialist.project.display().to_string();
    }
    target.fingerprint = Sha256::digest(lineage.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(target)
}

/// Results that worked, each under the name that evidence refers to: the tool and its turn.
fn exhibits(session: &Session) -> Vec<Exhibit> {
    let mut count = std::collections::HashMap::new();
    session
        .items()
        .iter()
        .filter_map(|item| match item {
            Item::Tool(reply) if reply.ok => Some(reply),
            _ => None,
        })
        .map(|reply| {
            let n = count.entry(reply.name.clone()).and_modify(|n| *n += 1).or_insert(1);
            Exhibit { source: format!("{}#{n}", reply.name), tool: reply.name.clone(), json: reply.json.clone() }
        })
        .collect()
}

/// What was not checked: calls that failed, and what results themselves call a gap.
fn gaps_of(session: &Session) -> Vec<String> {
    let mut gaps: Vec<String> = Vec::new();
    for item in session.items() {
        let Item::Tool(reply) = item else { continue };
        if !reply.ok {
            gaps.push(format!("{}: {}", reply.name, reply.text.lines().next().unwrap_or_default()));
            continue;
        }
        let stated = reply.json.get("gaps").and_then(Value::as_array).into_iter().flatten();
        gaps.extend(stated.filter_map(Value::as_str).map(str::to_owned));
    }
    let mut seen = std::collections::HashSet::new();
    gaps.retain(|gap| seen.insert(gap.clone()));
    gaps
}

async fn last_review(specialist: &Specialist, target: &Target) -> Result<Option<Review>, Exit> {
    let stored = specialist.store.last_review(&target.fingerprint).await?;
    // A review of an older schema cannot be compared with: everything counts as new.
    Ok(stored.and_then(|stored| serde_json::from_value(stored.review).ok()))
}

/// A finding that is gone was fixed only if the tool that reported it has run again.
fn compare(last: Option<&Review>, findings: &[Finding], exhibits: &[Exhibit]) -> SinceLast {
    let reported_by = |known: &Finding, exhibits: &[Exhibit]| {
        exhibits
            .iter()
            .filter(|exhibit| {
                exhibit.json.get("findings").and_then(Value::as_array).is_some_and(|found| {
                    found.iter().any(|finding| finding.get("id").and_then(Value::as_str) == Some(known.id.as_str()))
                })
            })
            .map(|exhibit| exhibit.tool.clone())
            .collect::<Vec<_>>()
    };
    since(last, findings, |known| {
        let tools = last.map(|last| reported_by(known, &last.exhibits)).unwrap_or_default();
        tools.is_empty() || tools.iter().all(|tool| exhibits.iter().any(|exhibit| exhibit.tool == *tool))
    })
}

/// What memory gave and took, read from the results of its tools.
fn learnings(exhibits: &[Exhibit]) -> Learnings {
    let line =
        |learning: &Value| Some(format!("{} {}", learning.get("id")?.as_str()?, learning.get("title")?.as_str()?));
    let mut out = Learnings::default();
    for exhibit in exhibits {
        match exhibit.tool.as_str() {
            "memory_search" => {
                for hit in exhibit.json.get("hits").and_then(Value::as_array).into_iter().flatten() {
                    out.recalled.extend(hit.get("learning").and_then(line));
                }
            }
            "memory_save" => out.saved.extend(exhibit.json.get("learning").and_then(line)),
            _ => {}
        }
    }
    out.recalled.dedup();
    out
}
