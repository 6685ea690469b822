//! What is asked of a copy: plans, and executions with some candidates built.

use std::time::Instant;

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::Measurement;
use dbwright_indexes::{Answer, Candidate, PlanCost, Question, Run, TrialQuestion, plain_create_statement};

use super::{
    host::run,
    server::{Built, ScratchCopy},
    switch,
};
use crate::{
    Database, DatabaseConfig, GuardedSession, Limits, PgError,
    advise::{
        parameters::Planned,
        plan::{self, Plan},
    },
};

/// Prefix of candidates' names on the copy.
const PREFIX: &str = "dbwright_candidate_";
/// Executions that count, after one that warms the cache.
const RUNS: usize = 3;
/// After a first execution of this length, one more is enough.
const SLOW_MS: f64 = 1_000.0;

impl ScratchCopy {
    /// The planner's answer with exactly these candidates in place: hypothetical where they can be.
    pub(in crate::advise) async fn answer(
        &mut self,
        cx: &CallCx,
        question: &Question,
        statement: &Planned,
        candidates: &[Candidate],
    ) -> Result<Answer, ToolError> {
        let (assumed, real): (Vec<usize>, Vec<usize>) =
            question.set.iter().partition(|&&at| self.may_assume(at, candidates));
        if let Err((candidate, why)) = self.show(cx, &real, candidates).await? {
            return Ok(Answer::CandidateRefused(candidate, why));
        }
        let planned = match &mut self.hypothetical {
            Some(hypothetical) => {
                if let Err((candidate, why)) = hypothetical.show(&assumed, candidates).await? {
                    return Ok(Answer::CandidateRefused(candidate, why));
                }
                hypothetical.plan(cx, statement).await
            }
            None => self.explain(cx, statement, "FORMAT JSON", Limits { bytes: 4 << 20, ..Limits::default() }).await,
        };
        match planned {
            Ok(plan) => Ok(Answer::Plan(PlanCost { cost: plan.cost, used: self.used(&plan) })),
            Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => Err(error),
            Err(error) => Ok(Answer::StatementFailed(format!("cannot be planned on the scratch copy: {error}"))),
        }
    }

    fn may_assume(&self, at: usize, candidates: &[Candidate]) -> bool {
        self.hypothetical.is_some()
            && !self.only_real.contains(&at)
            && candidates.get(at).is_some_and(|candidate| candidate.method.is_hypothetical())
    }

    /// How plans are compared here, in words.
    pub(in crate::advise) const fn how_planned(&self) -> &'static str {
        if self.hypothetical.is_some() {
            "plans were compared on a scratch copy, with hypothetical b-trees and real GIN and GiST indexes"
        } else {
            "plans were compared on a scratch copy with real indexes"
        }
    }

    /// Executes a statement with exactly these candidates in place; `None` where it cannot be.
    pub(in crate::advise) async fn run(
        &mut self,
        cx: &CallCx,
        question: &TrialQuestion,
        statement: &Planned,
        candidates: &[Candidate],
    ) -> Result<Option<Run>, ToolError> {
        if self.show(cx, &question.set, candidates).await?.is_err() {
            return Ok(None);
        }
        let limits = Limits { bytes: 4 << 20, timeout: self.run_timeout, ..Limits::default() };
        let mut plans: Vec<Plan> = Vec::new();
        let mut warm = false;
        while plans.len() < RUNS {
            match self.explain(cx, statement, "ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON", limits).await {
                Ok(plan) => {
                    let slow = plan.ms.is_some_and(|ms| ms >= SLOW_MS);
                    if warm || slow {
                        plans.push(plan);
                    }
                    if slow && warm {
                        break;
                    }
                    warm = true;
                }
                Err(ToolError::Timeout(_)) => {
                    self.reconnect().await?;
                    return Ok(Some(self.timed_out(cx, statement).await));
                }
                Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        Ok(self.median(plans))
    }

    fn median(&self, mut plans: Vec<Plan>) -> Option<Run> {
        plans.sort_by(|a, b| a.ms.unwrap_or(0.0).total_cmp(&b.ms.unwrap_or(0.0)));
        let middle = plans.get(plans.len() / 2)?;
        Some(Run {
            measurement: Measurement { ms: middle.ms, buffers: middle.buffers, cost: Some(middle.cost) },
            fastest_ms: plans.first()?.ms.unwrap_or(0.0),
            slowest_ms: plans.last()?.ms.unwrap_or(0.0),
            runs: u32::try_from(plans.len()).unwrap_or(u32::MAX),
            timed_out: false,
            used: self.used(middle),
        })
    }

    /// A run that hit the limit: its plan tells what it used, its time is the limit.
    async fn timed_out(&mut self, cx: &CallCx, statement: &Planned) -> Run {
        let limits = Limits { bytes: 4 << 20, ..Limits::default() };
        let plan = self.explain(cx, statement, "FORMAT JSON", limits).await.unwrap_or_default();
        let ms = self.run_timeout.as_secs_f64() * 1000.0;
        Run {
            measurement: Measurement { ms: Some(ms), buffers: None, cost: Some(plan.cost) },
            fastest_ms: ms,
            slowest_ms: ms,
            runs: 1,
            timed_out: true,
            used: self.used(&plan),
        }
    }

    async fn explain(
        &mut self,
        cx: &CallCx,
        statement: &Planned,
        options: &'static str,
        limits: Limits,
    ) -> Result<Plan, ToolError> {
        let rows = self.session.run(cx, statement.explain(options), limits).await?;
        plan::read(&rows.first_column()).ok_or_else(|| ToolError::Failed("the plan cannot be read".to_owned()))
    }

    fn used(&self, plan: &Plan) -> Vec<usize> {
        let is_used = |built: &Built| built.names.iter().any(|(_, name)| plan.indexes.contains(name));
        let mut used: Vec<usize> = self.built.iter().filter(|(_, built)| is_used(built)).map(|(at, _)| *at).collect();
        used.extend(self.hypothetical.iter().flat_map(|hypothetical| hypothetical.used(plan)));
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Builds what is missing of a set and hides the rest; the inner error is a candidate that the
    /// server refuses.
    async fn show(
        &mut self,
        cx: &CallCx,
        set: &[usize],
        candidates: &[Candidate],
    ) -> Result<Result<(), (usize, String)>, ToolError> {
        if self.shown.as_deref() == Some(set) {
            return Ok(Ok(()));
        }
        for &at in set {
            if self.built.contains_key(&at) {
                continue;
            }
            if cx.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            let Some(candidate) = candidates.get(at) else { continue };
            if let Err(why) = self.build(at, candidate).await? {
                return Ok(Err((at, why)));
            }
        }
        let names = |wanted: &dyn Fn(&usize) -> bool| -> Vec<(String, String)> {
            self.built.iter().filter(|(at, _)| wanted(at)).flat_map(|(_, built)| built.names.clone()).collect()
        };
        let (visible, hidden) = (names(&|at| set.contains(at)), names(&|at| !set.contains(at)));
        switch::set_visible(&mut self.admin, &visible, true).await?;
        switch::set_visible(&mut self.admin, &hidden, false).await?;
        self.shown = Some(set.to_vec());
        Ok(Ok(()))
    }

    /// Builds one candidate; the inner error is the server's refusal.
    async fn build(&mut self, at: usize, candidate: &Candidate) -> Result<Result<(), String>, ToolError> {
        let name = format!("{PREFIX}{at}");
        let started = Instant::now();
        match run(&mut self.owner, &plain_create_statement(candidate, &name)).await {
            Ok(()) => {}
            Err(PgError::Server(error)) => return Ok(Err(format!("refused: {}", error.message))),
            Err(error) => return Err(error.into()),
        }
        let seconds = started.elapsed().as_secs_f64();
        // An expression has statistics only after this.
        if candidate.keys.iter().any(|key| key.expression.column().is_none()) {
            run(&mut self.owner, &format!("ANALYZE {}", candidate.table.quoted())).await?;
        }
        let parts: Vec<(String, String, i64)> = sqlx::query_as(
            "WITH RECURSIVE part AS (
                 SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = $1 AND c.relname = $2
                 UNION ALL SELECT i.inhrelid FROM part JOIN pg_inherits i ON i.inhparent = part.oid)
             SELECT n.nspname::text, c.relname::text, pg_relation_size(c.oid)::int8
             FROM part JOIN pg_class c ON c.oid = part.oid JOIN pg_namespace n ON n.oid = c.relnamespace",
        )
        .bind(&candidate.table.schema)
        .bind(&name)
        .fetch_all(&mut self.admin)
        .await
        .map_err(PgError::from)?;
        let built = Built {
            bytes: parts.iter().map(|(_, _, bytes)| bytes.unsigned_abs()).sum(),
            names: parts.into_iter().map(|(schema, name, _)| (schema, name)).collect(),
            seconds,
            table: candidate.table.clone(),
        };
        self.built.insert(at, built);
        Ok(Ok(()))
    }

    /// Hides existing indexes from the planner, or shows them again.
    pub(in crate::advise) async fn set_existing(
        &mut self,
        indexes: &[(String, String)],
        visible: bool,
    ) -> Result<(), ToolError> {
        switch::set_visible(&mut self.admin, indexes, visible).await?;
        Ok(())
    }

    /// After a timeout the session may be gone.
    async fn reconnect(&mut self) -> Result<(), ToolError> {
        if self.session.connection().is_err() {
            let handle = Database::new(DatabaseConfig::new("scratch", self.host.owner.clone()))?;
            self.session = GuardedSession::open(&handle).await?;
        }
        Ok(())
    }
}
