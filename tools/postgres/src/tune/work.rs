//! The way of one call: the statement as it is, then remedy after remedy while there is time.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, Tool, ToolError};
use dbwright_finding::Finding;
use dbwright_indexes::{Catalog, QueryShape, analyze};
use dbwright_rewrites::{Facts, function_names, propose};
use dbwright_sql::relations;

use super::{
    TuneArgs, TuneOutput,
    bench::{Bench, Sample},
    facts, finding, judge,
    output::{Outcome, Tried},
    remedy::{self, Remedy},
    values::{self, ValueSet},
};
use crate::{Database, Databases, Explain, ExplainArgs, GuardedSession, PgError, advise::catalog};

/// No execution may take longer, whatever time there is.
const LONGEST: Duration = Duration::from_secs(10);

/// Everything about one statement.
pub(super) struct Work<'a> {
    pub(super) database: &'a Database,
    pub(super) cx: &'a CallCx,
    pub(super) sql: &'a str,
    pub(super) catalog: Catalog,
    pub(super) shape: Option<QueryShape>,
    pub(super) facts: Facts,
    pub(super) sets: Vec<ValueSet>,
    pub(super) started: Instant,
    pub(super) deadline: Instant,
    /// Longest execution.
    pub(super) limit: Duration,
    pub(super) remedies: Vec<Remedy>,
    pub(super) tried: Vec<Tried>,
    pub(super) notes: Vec<String>,
    pub(super) gaps: Vec<String>,
}

/// Tunes one statement on one database.
pub(super) async fn tune(
    database: &Database,
    cx: &CallCx,
    args: &TuneArgs,
    copies: bool,
    time: Duration,
) -> Result<TuneOutput, ToolError> {
    let started = Instant::now();
    let mut work = prepare(database, cx, args, started, time).await?;
    let Some(primary) = work.measure_all().await? else { return Ok(work.output(None, None, Vec::new())) };
    let (set, before) = primary;
    if judge::is_fast(&before) {
        work.notes.push(format!("fast as it is: {}", before.words()));
        return Ok(work.output(Some(&set), Some(&before), Vec::new()));
    }
    let insights = work.insights(&set, &before).await?;
    let proposals = propose(work.sql, &work.facts);
    for refused in &proposals.refused {
        work.tried.push(Tried::said("rewrite", refused.name, Outcome::NotEqual, refused.why.clone()));
    }
    let forms = work.rewrites(&proposals, &set, &before).await?;
    work.paging(&proposals.advice, &set, &before).await?;
    work.settings(&insights, &set, &before).await?;
    if copies {
        work.on_a_copy(&insights, &forms, &set, &before).await?;
    } else {
        work.gaps.push("the settings forbid copies of rows: indexes and statistics were not tried".to_owned());
    }
    let findings = work.conclude(&set);
    Ok(work.output(Some(&set), Some(&before), findings))
}

async fn prepare<'a>(
    database: &'a Database,
    cx: &'a CallCx,
    args: &'a TuneArgs,
    started: Instant,
    time: Duration,
) -> Result<Work<'a>, ToolError> {
    let mut session = GuardedSession::open(database).await?;
    let search_path: Vec<String> =
        sqlx::query_scalar("SELECT /* dbwright */ pg_catalog.current_schemas(false)::text[]")
            .fetch_one(session.connection()?)
            .await
            .map_err(PgError::from)?;
    let names: BTreeSet<String> =
        relations(&args.sql).unwrap_or_default().into_iter().map(|relation| relation.name).collect();
    let catalog = catalog::read(database, &names, search_path.clone()).await?;
    let facts = facts::read(database, &names, &function_names(&args.sql), search_path).await?;
    let shape = analyze(&args.sql, &catalog).ok();
    let sets = values::sets(&mut session, cx, &args.sql, &args.parameters, shape.as_ref(), &catalog).await?;
    session.close().await;
    Ok(Work {
        database,
        cx,
        sql: args.sql.trim().trim_end_matches(';'),
        catalog,
        shape,
        facts,
        sets,
        started,
        deadline: started + time,
        limit: (time / 4).min(LONGEST),
        remedies: Vec::new(),
        tried: Vec::new(),
        notes: Vec::new(),
        gaps: Vec::new(),
    })
}

impl Work<'_> {
    pub(super) fn is_over(&mut self, what: &str) -> bool {
        let over = Instant::now() >= self.deadline;
        if over {
            self.gaps.push(format!("no time was left for {what}"));
        }
        over
    }

    /// How long another form may run: what is slower than the statement itself is no remedy.
    pub(super) fn patience(&self, before: &Sample) -> Duration {
        Duration::from_secs_f64((before.ms * 1.5 + 200.0) / 1000.0).min(self.limit)
    }

    /// Measures the statement with every set of values and keeps the costliest.
    async fn measure_all(&mut self) -> Result<Option<(ValueSet, Sample)>, ToolError> {
        if self.sets.is_empty() {
            self.gaps.push(
                "nothing was measured: no values could be found for the placeholders; pass parameters".to_owned(),
            );
            return Ok(None);
        }
        let mut bench = Bench::open(self.database).await?;
        let mut worst: Option<(ValueSet, Sample)> = None;
        let mut each = Vec::new();
        for set in self.sets.clone() {
            let Some(sql) = set.fill(self.sql) else { continue };
            self.cx.progress(format!("executing the statement ({})", set.label));
            let sample = bench.measure(self.cx, &sql, self.limit).await?;
            each.push(format!("{}: {}", set.label, sample.words()));
            let heavier = worst
                .as_ref()
                .is_none_or(|(_, known)| (sample.timed_out, sample.pages()) > (known.timed_out, known.pages()));
            if heavier {
                worst = Some((set, sample));
            }
        }
        bench.close().await;
        if each.len() > 1 {
            self.notes.push(each.join("; "));
        }
        Ok(worst)
    }

    /// What the plan shows to be wrong.
    async fn insights(&mut self, set: &ValueSet, before: &Sample) -> Result<Vec<Finding>, ToolError> {
        let Some(sql) = set.fill(self.sql) else { return Ok(Vec::new()) };
        let tool = Explain::new(Databases::new([self.database.clone()]));
        let args = ExplainArgs { sql, analyze: !before.timed_out, parameters: Vec::new(), database: None };
        match tool.call(self.cx, args).await {
            Ok(output) => Ok(output.findings),
            Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => Err(error),
            Err(error) => {
                self.gaps.push(format!("the plan could not be read: {error}"));
                Ok(Vec::new())
            }
        }
    }

    /// The advice, and a line for everything else that helps.
    fn conclude(&mut self, set: &ValueSet) -> Vec<Finding> {
        let (remedies, unproven): (Vec<Remedy>, Vec<Remedy>) = std::mem::take(&mut self.remedies)
            .into_iter()
            .partition(|remedy| remedy.rewrite.is_none() || remedy.proof.is_some());
        for remedy in unproven {
            let mut line = remedy.tried(Outcome::NotTried);
            line.result.push_str(", but the results could not be compared");
            self.tried.push(line);
        }
        let chosen = remedy::best(&remedies);
        let mut findings = Vec::new();
        for (at, remedy) in remedies.iter().enumerate() {
            if Some(at) == chosen {
                self.tried.insert(0, remedy.tried(Outcome::Advised));
                let mut advised = remedy.clone();
                if let (Some(proof), Some(rewrite)) = (&remedy.proof, &remedy.rewrite) {
                    let mut notes = vec![format!("Returns the same rows: {proof}.")];
                    notes.extend(rewrite.conditions.iter().map(|condition| format!("Rests on: {condition}.")));
                    advised.fix.notes = Some(notes.join(" "));
                }
                findings = finding::findings(&advised, self.sql, set.shown());
            } else {
                self.tried.push(remedy.tried(Outcome::Helps));
            }
        }
        findings
    }

    fn output(self, set: Option<&ValueSet>, before: Option<&Sample>, findings: Vec<Finding>) -> TuneOutput {
        TuneOutput {
            database: self.database.name().to_owned(),
            statement: self.sql.to_owned(),
            measured_with: set.and_then(ValueSet::shown).map(str::to_owned),
            before: before.map(Sample::measurement),
            findings,
            tried: self.tried,
            notes: self.notes,
            gaps: self.gaps,
            elapsed_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}
