//! The way of one call: hypothetical plans, a copy, executions, answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::How;
use dbwright_indexes::{Advice, Answer, PlanCost, Question, Selection, Trial, redundant};

use super::{
    args::{AdviseArgs, Verify},
    engine::{self, Oracle},
    existing,
    hypothetical::Hypothetical,
    scratch::ScratchCopy,
    settings::{AdviseSettings, ScratchPlace},
    task::{Built, Task},
    trial,
};
use crate::Database;

/// Advises on one database.
pub(super) async fn advise(
    database: &Database,
    cx: &CallCx,
    args: &AdviseArgs,
    settings: &AdviseSettings,
) -> Result<Advice, ToolError> {
    let mut run = Run { task: Task::prepare(database, cx, args, settings).await?, database, cx, settings };
    let nothing_to_drop = redundant(&run.task.catalog).is_empty();
    if args.verify == Verify::None || (run.task.proposals.candidates.is_empty() && nothing_to_drop) {
        return Ok(run.task.untried(args.verify));
    }
    let live = match args.verify {
        Verify::Auto | Verify::Hypothetical => run.plan_live().await?,
        Verify::Scratch | Verify::None => None,
    };
    if args.verify == Verify::Hypothetical {
        return Ok(match live {
            Some(selection) => {
                run.task.note_unplanned();
                run.task.conclude(&selection, How::Hypothetical, None, &Built::default())
            }
            None => run.task.untried(args.verify),
        });
    }
    run.on_a_copy(args.verify, live).await
}

/// One call.
struct Run<'a> {
    task: Task,
    database: &'a Database,
    cx: &'a CallCx,
    settings: &'a AdviseSettings,
}

impl Run<'_> {
    /// What the planner would do on the database itself; `None` where hypopg is missing.
    async fn plan_live(&mut self) -> Result<Option<Selection>, ToolError> {
        let mut hypothetical = match Hypothetical::open(self.database).await? {
            Ok(hypothetical) => hypothetical,
            Err(why) => {
                self.task.gaps.push(why);
                return Ok(None);
            }
        };
        let search = self.task.search(|candidate| self.task.is_hypothetical(candidate));
        let deadline = Instant::now() + self.settings.search_time;
        let mut oracle = Oracle::Live(&mut hypothetical);
        let (planned, candidates) = (&self.task.planned, &self.task.proposals.candidates);
        let found = engine::search(self.cx, &mut oracle, search, planned, candidates, deadline).await;
        hypothetical.close().await;
        let (selection, complete) = found?;
        self.note_time(complete);
        self.task.notes.push("plans were compared on the database with hypothetical indexes (hypopg)".to_owned());
        Ok(Some(selection))
    }

    fn note_time(&mut self, complete: bool) {
        if !complete {
            self.task.gaps.push(format!(
                "comparing plans took longer than {} s: this is the best set found until then",
                self.settings.search_time.as_secs()
            ));
        }
    }

    /// The rest on a scratch copy: candidates that cannot be hypothetical, and executions.
    async fn on_a_copy(mut self, verify: Verify, live: Option<Selection>) -> Result<Advice, ToolError> {
        let usable: BTreeSet<usize> = (0..self.task.proposals.candidates.len())
            .filter(|&at| match &live {
                Some(selection) => selection.chosen.contains(&at) || !self.task.is_hypothetical(at),
                None => true,
            })
            .collect();
        let doubtful: BTreeSet<_> = redundant(&self.task.catalog).into_iter().map(|one| one.table).collect();
        let concerned: Vec<usize> = (0..self.task.analysed.len())
            .filter(|&query| {
                let relevant = self.task.proposals.relevant.get(query);
                let tables =
                    self.task.analysed.get(query).map(|statement| statement.shape.tables()).unwrap_or_default();
                relevant.is_some_and(|all| all.iter().any(|at| usable.contains(at)))
                    || tables.iter().any(|table| doubtful.contains(*table))
            })
            .collect();
        let none = Selection::default();
        if concerned.is_empty() {
            let selection = live.as_ref().unwrap_or(&none);
            return Ok(self.task.conclude(selection, How::Hypothetical, None, &Built::default()));
        }
        let bytes = match verify {
            Verify::Scratch => self.settings.scratch_bytes,
            Verify::Auto | Verify::Hypothetical | Verify::None => self.settings.copy_bytes,
        };
        let created = match &self.settings.scratch {
            ScratchPlace::Nowhere => Err("the settings allow no scratch copies (advise.scratch)".to_owned()),
            place => {
                let tables = self.task.tables_of(&concerned);
                ScratchCopy::create(self.database, self.cx, &self.task.catalog, &tables, bytes, place).await?
            }
        };
        let mut copy = match created {
            Ok(copy) => copy,
            Err(why) => {
                self.task.gaps.push(format!("nothing was executed: {why}"));
                self.task.note_unplanned();
                return Ok(match &live {
                    Some(selection) => self.task.conclude(selection, How::Hypothetical, None, &Built::default()),
                    None => self.task.untried(verify),
                });
            }
        };
        copy.run_timeout = self.settings.run_timeout;
        self.task.gaps.append(&mut copy.sampled);
        let advice = self.with_copy(&mut copy, &usable, &concerned, live).await;
        copy.stop().await;
        advice
    }

    async fn with_copy(
        mut self,
        copy: &mut ScratchCopy,
        usable: &BTreeSet<usize>,
        concerned: &[usize],
        live: Option<Selection>,
    ) -> Result<Advice, ToolError> {
        let usable_candidates: Vec<_> =
            usable.iter().filter_map(|&at| Some((at, self.task.proposals.candidates.get(at)?.clone()))).collect();
        copy.describe_expressions(self.cx, &usable_candidates).await?;
        let only_hypothetical = usable.iter().all(|&at| self.task.is_hypothetical(at));
        let (selection, planned) = match live {
            Some(selection) if only_hypothetical => (selection, How::Hypothetical),
            live => (self.plan_on_copy(copy, usable, concerned, live.as_ref()).await?, How::Scratch),
        };
        let (chosen, queries) = self.trial(&selection, concerned);
        let mut verdict = None;
        let deadline = Instant::now() + self.settings.trial_time;
        if !chosen.is_empty() {
            let trial = Trial::new(chosen.clone(), queries);
            let (planned, candidates) = (&self.task.planned, &self.task.proposals.candidates);
            verdict = trial::verdict(self.cx, copy, trial, planned, candidates, deadline).await?;
            match &mut verdict {
                Some(verdict) => {
                    // Indexes of statements that cannot be executed stay what they are: estimates.
                    verdict.kept.extend(selection.chosen.iter().filter(|at| !chosen.contains(at)));
                    self.task.notes.push(format!(
                        "{} statements were executed on a scratch copy, before and after: median of up to 3 runs on a warm cache",
                        verdict.runs.len()
                    ));
                }
                None => self
                    .task
                    .gaps
                    .push(format!("executing on the copy took longer than {} s", self.settings.trial_time.as_secs())),
            }
        }
        let kept = verdict.as_ref().map_or_else(|| selection.chosen.clone(), |verdict| verdict.kept.clone());
        let droppable = existing::droppable(self.cx, copy, &self.task, &kept, concerned, deadline).await?;
        self.task.notes.append(&mut copy.notes);
        let built = copy.found();
        let mut advice = self.task.conclude(&selection, planned, verdict.as_ref(), &built);
        advice.droppable = droppable;
        Ok(advice)
    }

    async fn plan_on_copy(
        &mut self,
        copy: &mut ScratchCopy,
        usable: &BTreeSet<usize>,
        concerned: &[usize],
        live: Option<&Selection>,
    ) -> Result<Selection, ToolError> {
        let mut search = self.task.search(|candidate| usable.contains(&candidate));
        // What is not on the copy keeps its plan from the database, and is not asked about again.
        for query in (0..self.task.analysed.len()).filter(|query| !concerned.contains(query)) {
            let known = live.and_then(|selection| selection.before.get(query).cloned().flatten());
            let question = Question { query, set: Vec::new() };
            let plan = known.unwrap_or(PlanCost { cost: 0.0, used: Vec::new() });
            search.answer(&question, Answer::Plan(plan));
        }
        let deadline = Instant::now() + self.settings.search_time;
        let mut oracle = Oracle::Copy(copy);
        let (planned, candidates) = (&self.task.planned, &self.task.proposals.candidates);
        let (selection, complete) = engine::search(self.cx, &mut oracle, search, planned, candidates, deadline).await?;
        self.note_time(complete);
        self.task.notes.push(copy.how_planned().to_owned());
        Ok(selection)
    }

    /// The chosen indexes that some executable statement uses, and the statements to execute:
    /// those, and the others that the same indexes might mislead.
    fn trial(&self, selection: &Selection, concerned: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let executable: Vec<usize> = concerned.iter().copied().filter(|&query| self.task.may_execute(query)).collect();
        let uses = |query: usize, at: usize| {
            selection.after.get(query).and_then(Option::as_ref).is_some_and(|plan| plan.used.contains(&at))
        };
        let chosen: Vec<usize> =
            selection.chosen.iter().copied().filter(|&at| executable.iter().any(|&query| uses(query, at))).collect();
        let mut queries: Vec<usize> = executable
            .into_iter()
            .filter(|&query| {
                self.task.proposals.relevant.get(query).is_some_and(|all| all.iter().any(|at| chosen.contains(at)))
            })
            .collect();
        // One statement for each index first, so that a limit leaves none of them unproven.
        let mut served: BTreeMap<usize, usize> = BTreeMap::new();
        queries.sort_by_cached_key(|&query| {
            let used: Vec<usize> = chosen.iter().copied().filter(|&at| uses(query, at)).collect();
            let turn = used.iter().map(|at| served.get(at).copied().unwrap_or(0)).min();
            for at in used {
                *served.entry(at).or_default() += 1;
            }
            turn.unwrap_or(usize::MAX)
        });
        queries.truncate(self.settings.executed);
        (chosen, queries)
    }
}
