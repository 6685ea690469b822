//! The way of one call: statements, catalog, candidates, plans, executions, answer.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, ToolError};
use dbwright_finding::How;
use dbwright_indexes::{
    Advice, AdvisedStatement, Candidate, Catalog, Conclusion, Limits as SearchLimits, Proposals, Question, Rejected,
    Search, SearchCandidate, Selection, Skipped, TableName, Trial, Verdict, WeightedQuery, candidates, conclude,
    estimated_bytes, hypothetical_statement,
};
use dbwright_policy::sql::read_only_refusal;
use dbwright_sql::{brief, quote_ident};

use super::{
    args::{AdviseArgs, Verify},
    catalog, engine,
    engine::Oracle,
    hypothetical::Hypothetical,
    parameters::{self, Planned},
    scratch::{ScratchCopy, ScratchLimits},
    statements::{self, Analysed, Source},
    trial,
};
use crate::{Database, GuardedSession, PgError};

/// Comparing plans ends after this, with the best set so far.
const SEARCH_TIME: Duration = Duration::from_secs(30);
/// Executing on the copy ends after this, unproven.
const TRIAL_TIME: Duration = Duration::from_secs(90);
/// Tables up to this size are copied without being asked to.
const AUTO_COPY_BYTES: u64 = 256 << 20;
/// Tables up to this size are copied when asked to.
const SCRATCH_COPY_BYTES: u64 = 2 << 30;
/// Statements executed in one trial.
const MOST_EXECUTED: usize = 40;
/// Characters of a statement with its sampled values.
const SAMPLED_BRIEF: usize = 300;
/// Candidates listed where nothing was tried.
const MOST_UNTRIED: usize = 20;

/// Everything that is known before anything is tried.
struct Task {
    catalog: Catalog,
    analysed: Vec<Analysed>,
    planned: Vec<Planned>,
    skipped: Vec<Skipped>,
    proposals: Proposals,
    limits: SearchLimits,
    notes: Vec<String>,
    gaps: Vec<String>,
}

/// Advises on one database.
pub(super) async fn advise(database: &Database, cx: &CallCx, args: &AdviseArgs) -> Result<Advice, ToolError> {
    let mut sources = if args.statements.is_empty() {
        statements::top(database).await?.map_err(ToolError::Unavailable)?
    } else {
        args.statements.iter().map(|sql| Source { sql: sql.clone(), ..Source::default() }).collect()
    };
    for source in &mut sources {
        if let Cow::Owned(whole) = dbwright_sql::restore_typed_placeholders(&source.sql) {
            source.sql = whole;
        }
    }
    let mut task = prepare(database, cx, args, sources).await?;
    if args.statements.is_empty() && !database.identity().await?.reads_all_stats {
        let user = quote_ident(&database.identity().await?.user);
        task.gaps.push(format!("statements of other roles were not seen: GRANT pg_read_all_stats TO {user}"));
    }
    if args.verify == Verify::None || task.proposals.candidates.is_empty() {
        return Ok(task.untried(args.verify));
    }
    let live = match args.verify {
        Verify::Auto | Verify::Hypothetical => task.plan_live(database, cx).await?,
        Verify::Scratch | Verify::None => None,
    };
    if args.verify == Verify::Hypothetical {
        return Ok(match live {
            Some(selection) => task.conclude(&selection, How::Hypothetical, None, &BTreeMap::new()),
            None => task.untried(args.verify),
        });
    }
    task.on_a_copy(database, cx, args.verify, live).await
}

async fn prepare(database: &Database, cx: &CallCx, args: &AdviseArgs, sources: Vec<Source>) -> Result<Task, ToolError> {
    cx.progress(format!("reading the catalog for {} statements", sources.len()));
    let mut session = GuardedSession::open(database).await?;
    let search_path: Vec<String> =
        sqlx::query_scalar("SELECT /* dbwright */ pg_catalog.current_schemas(false)::text[]")
            .fetch_one(session.connection()?)
            .await
            .map_err(PgError::from)?;
    let catalog = catalog::read(database, &statements::relation_names(&sources), search_path).await?;
    let (analysed, skipped) = statements::analysed(sources, &catalog);
    let shapes: Vec<_> = analysed.iter().map(|statement| statement.shape.clone()).collect();
    let proposals = candidates(&shapes, &catalog);
    let mut planned = Vec::new();
    for (statement, relevant) in analysed.iter().zip(&proposals.relevant) {
        planned.push(if relevant.is_empty() {
            Planned::of(&statement.source.sql, &statement.shape)
        } else {
            parameters::planned(&mut session, cx, &statement.source.sql, &statement.shape, &catalog).await
        });
        if cx.cancel.is_cancelled() {
            return Err(ToolError::Cancelled);
        }
    }
    session.close().await;
    let limits = SearchLimits {
        max_indexes: args.max_indexes.map_or(SearchLimits::default().max_indexes, |most| most as usize),
        budget_bytes: args.budget_bytes,
        ..SearchLimits::default()
    };
    let mut task = Task { catalog, analysed, planned, skipped, proposals, limits, notes: Vec::new(), gaps: Vec::new() };
    task.note_parameters();
    task.note_missing_statistics();
    Ok(task)
}

impl Task {
    fn note_parameters(&mut self) {
        let count = |test: &dyn Fn(&Planned) -> bool| self.planned.iter().filter(|planned| test(planned)).count();
        let sampled = count(&|planned| matches!(planned, Planned::Complete { sampled: true, .. }));
        let generic = count(&|planned| matches!(planned, Planned::Generic { .. }));
        if sampled > 0 {
            self.notes.push(format!("{sampled} statements with $n were planned with values sampled from their tables"));
        }
        if generic > 0 {
            self.notes.push(format!(
                "{generic} statements with $n have only a generic plan: they are planned but not executed"
            ));
        }
        for note in self.analysed.iter().flat_map(|statement| &statement.shape.notes) {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }

    fn note_missing_statistics(&mut self) {
        for table in &self.catalog.tables {
            let concerned = self.proposals.candidates.iter().any(|candidate| candidate.table == table.name);
            if concerned && table.columns.iter().all(|column| column.n_distinct.is_none()) {
                self.gaps.push(format!("{} was never analyzed: run ANALYZE {} first", table.name, table.name.quoted()));
            }
        }
    }

    fn search(&self, usable: impl Fn(usize) -> bool) -> Search {
        let queries = self
            .analysed
            .iter()
            .zip(&self.proposals.relevant)
            .map(|(statement, relevant)| WeightedQuery {
                weight: weight(statement),
                relevant: relevant.iter().copied().filter(|candidate| usable(*candidate)).collect(),
            })
            .collect();
        // Writes since the counters were reset and executions since the statements were do not
        // cover the same time, so the price is told and not subtracted.
        let candidates = self
            .proposals
            .candidates
            .iter()
            .zip(&self.proposals.plain)
            .map(|(candidate, plain)| SearchCandidate {
                bytes: estimated_bytes(candidate, &self.catalog),
                price: 0.0,
                plain: *plain,
            })
            .collect();
        Search::new(queries, candidates, self.limits)
    }

    fn is_hypothetical(&self, candidate: usize) -> bool {
        self.proposals.candidates.get(candidate).is_some_and(|candidate| candidate.method.is_hypothetical())
    }

    /// What the planner would do on the database itself; `None` where hypopg is missing.
    async fn plan_live(&mut self, database: &Database, cx: &CallCx) -> Result<Option<Selection>, ToolError> {
        let mut hypothetical = match Hypothetical::open(database).await? {
            Ok(hypothetical) => hypothetical,
            Err(why) => {
                self.gaps.push(why);
                return Ok(None);
            }
        };
        let search = self.search(|candidate| self.is_hypothetical(candidate));
        let deadline = Instant::now() + SEARCH_TIME;
        let found = engine::search(
            cx,
            &mut Oracle::Live(&mut hypothetical),
            search,
            &self.planned,
            &self.proposals.candidates,
            deadline,
        )
        .await;
        hypothetical.close().await;
        let (selection, complete) = found?;
        self.note_time(complete);
        self.notes.push("plans were compared on the database with hypothetical indexes (hypopg)".to_owned());
        Ok(Some(selection))
    }

    fn note_time(&mut self, complete: bool) {
        if !complete {
            self.gaps.push(format!(
                "comparing plans took longer than {} s: this is the best set found until then",
                SEARCH_TIME.as_secs()
            ));
        }
    }

    /// The rest on a scratch copy: candidates that cannot be hypothetical, and executions.
    async fn on_a_copy(
        mut self,
        database: &Database,
        cx: &CallCx,
        verify: Verify,
        live: Option<Selection>,
    ) -> Result<Advice, ToolError> {
        let usable: BTreeSet<usize> = (0..self.proposals.candidates.len())
            .filter(|&at| match &live {
                Some(selection) => selection.chosen.contains(&at) || !self.is_hypothetical(at),
                None => true,
            })
            .collect();
        let concerned: Vec<usize> = (0..self.analysed.len())
            .filter(|&query| {
                self.proposals.relevant.get(query).is_some_and(|all| all.iter().any(|at| usable.contains(at)))
            })
            .collect();
        let none = Selection::default();
        if concerned.is_empty() {
            return Ok(self.conclude(live.as_ref().unwrap_or(&none), How::Hypothetical, None, &BTreeMap::new()));
        }
        let bytes = if verify == Verify::Scratch { SCRATCH_COPY_BYTES } else { AUTO_COPY_BYTES };
        let tables = self.tables_of(&concerned);
        let mut copy = match ScratchCopy::create(database, cx, &self.catalog, &tables, ScratchLimits { bytes }).await? {
            Ok(copy) => copy,
            Err(why) => {
                self.gaps.push(format!("nothing was executed: {why}"));
                self.note_unplanned(&usable);
                return Ok(match &live {
                    Some(selection) => self.conclude(selection, How::Hypothetical, None, &BTreeMap::new()),
                    None => self.untried(verify),
                });
            }
        };
        self.gaps.append(&mut copy.sampled);
        let advice = self.with_copy(cx, &mut copy, &usable, &concerned, live).await;
        copy.stop().await;
        advice
    }

    async fn with_copy(
        mut self,
        cx: &CallCx,
        copy: &mut ScratchCopy,
        usable: &BTreeSet<usize>,
        concerned: &[usize],
        live: Option<Selection>,
    ) -> Result<Advice, ToolError> {
        let only_hypothetical = usable.iter().all(|&at| self.is_hypothetical(at));
        let (selection, planned) = match live {
            Some(selection) if only_hypothetical => (selection, How::Hypothetical),
            live => (self.plan_on_copy(cx, copy, usable, concerned, live.as_ref()).await?, How::Scratch),
        };
        let (chosen, queries) = self.trial(&selection, concerned);
        let mut verdict = None;
        if !chosen.is_empty() {
            let trial = Trial::new(chosen.clone(), queries);
            let deadline = Instant::now() + TRIAL_TIME;
            verdict = trial::verdict(cx, copy, trial, &self.planned, &self.proposals.candidates, deadline).await?;
            match &mut verdict {
                Some(verdict) => {
                    // Indexes of statements that cannot be executed stay what they are: estimates.
                    verdict.kept.extend(selection.chosen.iter().filter(|at| !chosen.contains(at)));
                    self.notes.push(format!(
                        "{} statements were executed on a scratch copy, before and after: median of up to 3 runs on a warm cache",
                        verdict.runs.len()
                    ));
                }
                None => self.gaps.push(format!("executing on the copy took longer than {} s", TRIAL_TIME.as_secs())),
            }
        }
        self.notes.append(&mut copy.notes);
        let sizes = copy.sizes();
        Ok(self.conclude(&selection, planned, verdict.as_ref(), &sizes))
    }

    async fn plan_on_copy(
        &mut self,
        cx: &CallCx,
        copy: &mut ScratchCopy,
        usable: &BTreeSet<usize>,
        concerned: &[usize],
        live: Option<&Selection>,
    ) -> Result<Selection, ToolError> {
        let mut search = self.search(|candidate| usable.contains(&candidate));
        // What is not on the copy keeps its plan from the database, and is not asked about again.
        for query in (0..self.analysed.len()).filter(|query| !concerned.contains(query)) {
            let known = live.and_then(|selection| selection.before.get(query).cloned().flatten());
            let question = Question { query, set: Vec::new() };
            let plan = known.unwrap_or(dbwright_indexes::PlanCost { cost: 0.0, used: Vec::new() });
            search.answer(&question, dbwright_indexes::Answer::Plan(plan));
        }
        let deadline = Instant::now() + SEARCH_TIME;
        let mut oracle = Oracle::Copy(copy);
        let (selection, complete) =
            engine::search(cx, &mut oracle, search, &self.planned, &self.proposals.candidates, deadline).await?;
        self.note_time(complete);
        self.notes.push("plans were compared on a scratch copy with real indexes".to_owned());
        Ok(selection)
    }

    /// The chosen indexes that some executable statement uses, and the statements to execute:
    /// those, and the others that the same indexes might mislead.
    fn trial(&self, selection: &Selection, concerned: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let executable: Vec<usize> = concerned.iter().copied().filter(|&query| self.may_execute(query)).collect();
        let uses = |query: usize, at: usize| {
            selection.after.get(query).and_then(Option::as_ref).is_some_and(|plan| plan.used.contains(&at))
        };
        let chosen: Vec<usize> =
            selection.chosen.iter().copied().filter(|&at| executable.iter().any(|&query| uses(query, at))).collect();
        let mut queries: Vec<usize> = executable
            .into_iter()
            .filter(|&query| {
                self.proposals.relevant.get(query).is_some_and(|all| all.iter().any(|at| chosen.contains(at)))
            })
            .collect();
        queries.sort_by_key(|&query| !chosen.iter().any(|&at| uses(query, at)));
        queries.truncate(MOST_EXECUTED);
        (chosen, queries)
    }

    fn may_execute(&self, query: usize) -> bool {
        let reads_only = self.analysed.get(query).is_some_and(|statement| statement.shape.reads_only);
        let complete = match self.planned.get(query) {
            Some(planned @ Planned::Complete { .. }) => matches!(read_only_refusal(planned.sql()), Ok(None)),
            Some(Planned::Generic { .. }) | None => false,
        };
        reads_only && complete
    }

    fn tables_of(&self, queries: &[usize]) -> BTreeSet<TableName> {
        queries
            .iter()
            .filter_map(|&query| self.analysed.get(query))
            .flat_map(|statement| statement.shape.tables())
            .cloned()
            .collect()
    }

    /// Says which candidates nobody could judge.
    fn note_unplanned(&mut self, usable: &BTreeSet<usize>) {
        let untried = usable.iter().filter(|&&at| !self.is_hypothetical(at)).count();
        if untried > 0 {
            self.gaps
                .push(format!("{untried} GIN candidates could not be judged: hypothetical indexes are b-trees only"));
        }
    }

    fn conclude(
        self,
        selection: &Selection,
        planned: How,
        verdict: Option<&Verdict>,
        sizes: &BTreeMap<usize, u64>,
    ) -> Advice {
        let statements: Vec<AdvisedStatement> = self
            .analysed
            .iter()
            .zip(&self.planned)
            .map(|(statement, planned)| AdvisedStatement {
                brief: statement.brief.clone(),
                query_id: statement.source.query_id.clone(),
                calls: statement.source.calls,
                sampled: planned.sampled().map(|sql| brief(sql, SAMPLED_BRIEF)),
                weight: weight(statement),
            })
            .collect();
        let mut advice = conclude(&Conclusion {
            catalog: &self.catalog,
            statements: &statements,
            candidates: &self.proposals.candidates,
            selection,
            planned,
            verdict,
            sizes,
            skipped: self.skipped,
        });
        advice.notes = self.notes;
        advice.gaps = self.gaps;
        advice
    }

    /// Candidates as candidates: nothing is advised that nothing has tried.
    fn untried(mut self, verify: Verify) -> Advice {
        if !self.proposals.candidates.is_empty() {
            self.gaps.push(match verify {
                Verify::None => "nothing was tried, as asked: the candidates are only possible indexes".to_owned(),
                Verify::Auto | Verify::Hypothetical | Verify::Scratch => {
                    "neither hypothetical indexes nor a scratch copy could be used: the candidates are only possible indexes"
                        .to_owned()
                }
            });
        }
        let untried = |candidate: &Candidate| Rejected {
            statement: hypothetical_statement(candidate),
            why: "not tried".to_owned(),
        };
        Advice {
            rejected: self.proposals.candidates.iter().take(MOST_UNTRIED).map(untried).collect(),
            skipped: self.skipped,
            analysed: self.analysed.len(),
            notes: self.notes,
            gaps: self.gaps,
            ..Advice::default()
        }
    }
}

/// Executions where they are known; a statement that was only given counts once.
fn weight(statement: &Analysed) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
    statement.source.calls.map_or(1.0, |calls| calls.max(1) as f64)
}
