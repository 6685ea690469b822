//! The way of one call: the statement as it is, then remedy after remedy while there is time.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dbwright_contract::{CallCx, Tool, ToolError};
use dbwright_finding::{Finding, Fix, FixKind, How};
use dbwright_indexes::{Catalog, QueryShape, TableName, analyze};
use dbwright_rewrites::{Advice, Facts, Guarantee, Proposals, Relation, Rewrite, function_names, propose};
use dbwright_sql::{quote_ident, quote_literal, relations};

use super::{
    TuneArgs, TuneOutput,
    bench::{Bench, Sample},
    copied, edge,
    equal::{Equality, compare},
    facts, finding, index, judge,
    output::{Outcome, Tried},
    remedy::{self, Price, Remedy},
    settings, statistics,
    values::{self, ValueSet},
};
use crate::{
    Database, Databases, Explain, ExplainArgs, GuardedSession, PgError,
    advise::{catalog, parameters::substitute, scratch::LentCopy},
};

/// Forms of the statement that are executed.
const MOST_REWRITES: usize = 8;
/// Forms for which indexes are built.
const MOST_INDEXED: usize = 4;
/// Tables up to this size are copied whole.
const COPY_BYTES: u64 = 256 << 20;
/// No execution may take longer, whatever time there is.
const LONGEST: Duration = Duration::from_secs(10);

/// Everything about one statement.
struct Work<'a> {
    database: &'a Database,
    cx: &'a CallCx,
    sql: &'a str,
    catalog: Catalog,
    shape: Option<QueryShape>,
    facts: Facts,
    sets: Vec<ValueSet>,
    started: Instant,
    deadline: Instant,
    /// Longest execution.
    limit: Duration,
    remedies: Vec<Remedy>,
    tried: Vec<Tried>,
    notes: Vec<String>,
    gaps: Vec<String>,
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
        work.tried.push(Tried {
            kind: "rewrite",
            what: refused.name.to_owned(),
            outcome: Outcome::NotEqual,
            result: refused.why.clone(),
        });
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
    fn is_over(&mut self, what: &str) -> bool {
        let over = Instant::now() >= self.deadline;
        if over {
            self.gaps.push(format!("no time was left for {what}"));
        }
        over
    }

    /// How long another form may run: what is slower than the statement itself is no remedy.
    fn patience(&self, before: &Sample) -> Duration {
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

    /// Tries the other forms on the database itself, the cheapest by the planner's own word first.
    /// Returns them in that order.
    async fn rewrites(
        &mut self,
        proposals: &Proposals,
        set: &ValueSet,
        before: &Sample,
    ) -> Result<Vec<Rewrite>, ToolError> {
        if proposals.rewrites.is_empty() {
            return Ok(Vec::new());
        }
        let mut bench = Bench::open(self.database).await?;
        let mut planned: Vec<(f64, Rewrite)> = Vec::new();
        for rewrite in &proposals.rewrites {
            let Some(sql) = set.fill(&rewrite.sql) else { continue };
            match bench.plan(self.cx, &sql).await {
                Ok(plan) => planned.push((plan.root().total_cost, rewrite.clone())),
                Err(error @ (ToolError::Cancelled | ToolError::Unreachable(_))) => return Err(error),
                Err(error) => self.tried.push(Tried {
                    kind: "rewrite",
                    what: rewrite.name.clone(),
                    outcome: Outcome::NotTried,
                    result: error.to_string(),
                }),
            }
        }
        // Several steps at the price of fewer say no more.
        planned.sort_by(|(a, one), (b, other)| a.total_cmp(b).then(one.name.len().cmp(&other.name.len())));
        for (_, rewrite) in planned.iter().take(MOST_REWRITES) {
            if self.is_over("the other forms") {
                break;
            }
            self.rewrite(&mut bench, rewrite, set, before).await?;
        }
        bench.close().await;
        Ok(planned.into_iter().map(|(_, rewrite)| rewrite).collect())
    }

    async fn rewrite(
        &mut self,
        bench: &mut Bench,
        rewrite: &Rewrite,
        set: &ValueSet,
        before: &Sample,
    ) -> Result<(), ToolError> {
        let Some(sql) = set.fill(&rewrite.sql) else { return Ok(()) };
        self.cx.progress(format!("trying {}", rewrite.name));
        let after = bench.measure(self.cx, &sql, self.patience(before)).await?;
        let mut line = |outcome, result: String| {
            self.tried.push(Tried { kind: "rewrite", what: rewrite.name.clone(), outcome, result });
        };
        if !judge::helps(before, &after) {
            line(Outcome::NoGain, format!("{} → {}", before.words(), after.words()));
            return Ok(());
        }
        for other in self.sets.iter().filter(|other| other.label != set.label) {
            let (Some(original), Some(sql)) = (other.fill(self.sql), other.fill(&rewrite.sql)) else { continue };
            let was = bench.measure(self.cx, &original, self.limit).await?;
            let is = bench.measure(self.cx, &sql, self.limit).await?;
            if judge::hurts(&was, &is) {
                line(Outcome::NoGain, format!("worse with {}: {} → {}", other.label, was.words(), is.words()));
                return Ok(());
            }
        }
        match self.is_equal(bench, rewrite, before).await? {
            Ok(proof) => self.remedies.push(remedy_of(rewrite, How::Live, before.clone(), after, proof)),
            Err((outcome, why)) => {
                self.tried.push(Tried { kind: "rewrite", what: rewrite.name.clone(), outcome, result: why });
            }
        }
        Ok(())
    }

    /// Whether a form returns the same rows with every set of values, and how that was found out:
    /// nothing yet, where the statement itself does not end in time and the catalog vouches for
    /// the form.
    async fn is_equal(
        &self,
        bench: &mut Bench,
        form: &Rewrite,
        before: &Sample,
    ) -> Result<Result<Option<String>, (Outcome, String)>, ToolError> {
        let exact = form.guarantee == Guarantee::Exact;
        if before.timed_out {
            let why = "the statement itself does not end in time, so there is nothing to compare with";
            return Ok(if exact { Ok(None) } else { Err((Outcome::NotTried, why.to_owned())) });
        }
        let mut rows = 0;
        for set in &self.sets {
            let (Some(original), Some(sql)) = (set.fill(self.sql), set.fill(&form.sql)) else { continue };
            let left = self.deadline.saturating_duration_since(Instant::now());
            let timeout = (self.limit * 2).min(left / 3).max(Duration::from_secs(1));
            match compare(bench, self.cx, &original, &sql, timeout).await? {
                Equality::Same { rows: more } => rows += more,
                Equality::Different(why) => return Ok(Err((Outcome::NotEqual, why))),
                Equality::Unknown(_) if exact => return Ok(Ok(None)),
                Equality::Unknown(why) => {
                    return Ok(Err((Outcome::NotTried, format!("the results could not be compared: {why}"))));
                }
            }
        }
        Ok(Ok(Some(format!("the same {rows} rows on the database's own data"))))
    }

    /// A deep page: the template with the real boundary must return the same page.
    async fn paging(&mut self, advice: &[Advice], set: &ValueSet, before: &Sample) -> Result<(), ToolError> {
        for advice in advice {
            let Some(boundary) = advice.boundary.as_deref().and_then(|sql| set.fill(sql)) else { continue };
            let mut bench = Bench::open(self.database).await?;
            let row = bench.row(self.cx, &boundary, self.limit).await?;
            let first = dbwright_sql::max_parameter(self.sql).unwrap_or_default() as i32 + 1;
            let keys: Option<Vec<String>> = row.iter().map(|value| Some(quote_literal(value.as_deref()?))).collect();
            let filled = keys.filter(|keys| !keys.is_empty()).and_then(|keys| {
                // The statement's own values first: the boundary's placeholders follow them.
                let template = set.fill(&advice.template);
                let boundary = (first..).zip(keys).collect();
                substitute(&template.unwrap_or_else(|| advice.template.clone()), &boundary)
            });
            let Some(filled) = filled else {
                bench.close().await;
                continue;
            };
            let after = bench.measure(self.cx, &filled, self.patience(before)).await?;
            bench.close().await;
            let what = "a condition on the last row instead of OFFSET".to_owned();
            if judge::helps(before, &after) {
                self.remedies.push(Remedy {
                    kind: "advice",
                    price: Price::Text,
                    what,
                    rule: advice.rule,
                    subject: None,
                    how: How::Live,
                    before: before.clone(),
                    after,
                    fix: Fix::sql(FixKind::RewriteQuery, [advice.template.clone()])
                        .transactional()
                        .notes(advice.notes.clone()),
                    with_index: None,
                    rewrite: None,
                    proof: None,
                });
            } else {
                self.tried.push(Tried {
                    kind: "advice",
                    what,
                    outcome: Outcome::NoGain,
                    result: format!("{} → {}", before.words(), after.words()),
                });
            }
        }
        Ok(())
    }

    /// Session settings cost nothing to try on the database itself.
    async fn settings(&mut self, insights: &[Finding], set: &ValueSet, before: &Sample) -> Result<(), ToolError> {
        let trials = settings::trials(insights, before.ms);
        let Some(sql) = set.fill(self.sql).filter(|_| !trials.is_empty()) else { return Ok(()) };
        let mut bench = Bench::open(self.database).await?;
        let mut done: BTreeSet<String> = BTreeSet::new();
        for trial in trials {
            let name = trial.settings.first().map(|(name, _)| name.clone()).unwrap_or_default();
            // A smaller value that helps is enough.
            if done.contains(&name) || self.is_over("settings") {
                continue;
            }
            if bench.with_settings(&trial.settings).await.is_err() {
                continue;
            }
            let after = bench.measure(self.cx, &sql, self.patience(before)).await?;
            let helps = judge::helps(before, &after);
            if let (true, None) = (helps, trial.diagnosis) {
                done.insert(name);
                self.remedies.push(setting_remedy(&trial, before.clone(), after));
                continue;
            }
            let result = match trial.diagnosis {
                Some(why) if helps => format!("{} → {}: {why}", before.words(), after.words()),
                _ => format!("{} → {}", before.words(), after.words()),
            };
            let outcome = if helps { Outcome::Helps } else { Outcome::NoGain };
            self.tried.push(Tried { kind: "setting", what: trial.words(), outcome, result });
        }
        bench.close().await;
        Ok(())
    }

    /// Everything that changes something: on a copy with the database's own statistics.
    async fn on_a_copy(
        &mut self,
        insights: &[Finding],
        forms: &[Rewrite],
        set: &ValueSet,
        before: &Sample,
    ) -> Result<(), ToolError> {
        let Some(shape) = &self.shape else {
            self.gaps
                .push("indexes and statistics were not tried: the statement's tables could not be told".to_owned());
            return Ok(());
        };
        let tables: BTreeSet<TableName> = shape.tables().into_iter().cloned().collect();
        if tables.is_empty() || self.is_over("indexes and statistics") {
            return Ok(());
        }
        let mut copy = match LentCopy::make(self.database, self.cx, &self.catalog, &tables, COPY_BYTES).await? {
            Ok(copy) => copy,
            Err(why) => {
                self.gaps.push(format!("indexes and statistics were not tried: {why}"));
                return Ok(());
            }
        };
        self.notes.extend(copy.notes().cloned());
        let outcome = self.with_copy(&mut copy, &tables, insights, forms, set, before).await;
        copy.stop().await;
        outcome
    }

    async fn with_copy(
        &mut self,
        copy: &mut LentCopy,
        tables: &BTreeSet<TableName>,
        insights: &[Finding],
        forms: &[Rewrite],
        set: &ValueSet,
        before: &Sample,
    ) -> Result<(), ToolError> {
        let Some(sql) = set.fill(self.sql) else { return Ok(()) };
        let believed = copied::read(self.database, tables).await?;
        let mut bench = Bench::open(&copy.handle()?).await?;
        let mut believes = true;
        if let Err(error) = copied::restore(copy.admin(), &believed).await {
            believes = false;
            self.notes.push(format!("the copy has fresh statistics, not the database's own: {error}"));
        }
        let stale: Vec<&copied::Believed> = believed.iter().filter(|table| table.is_stale()).collect();
        if believes && !stale.is_empty() {
            let own = bench.measure(self.cx, &sql, self.limit).await?;
            self.analyzed(copy, &mut bench, &stale, &sql, &own).await?;
            copied::restore(copy.admin(), &believed).await?;
        }
        // Further trials compare with fresh statistics, as they would be after any ANALYZE.
        for table in tables {
            copy.run(&format!("ANALYZE {}", table.quoted())).await?;
        }
        // What did not end in time on the database is not waited for again, unless its statistics were the fault.
        let fresh = if before.timed_out && stale.is_empty() {
            before.clone()
        } else {
            bench.measure(self.cx, &sql, self.limit).await?
        };
        self.statistics(copy, &mut bench, &sql, &fresh).await?;
        self.vacuumed(copy, &mut bench, insights, before, &fresh);
        self.indexes(copy, &mut bench, forms, set, &fresh).await?;
        self.proven(copy, &mut bench, tables).await?;
        bench.close().await;
        Ok(())
    }

    async fn analyzed(
        &mut self,
        copy: &mut LentCopy,
        bench: &mut Bench,
        stale: &[&copied::Believed],
        sql: &str,
        own: &Sample,
    ) -> Result<(), ToolError> {
        let names: Vec<String> =
            stale.iter().map(|table| dbwright_sql::quote_qualified(Some(&table.schema), &table.table)).collect();
        for name in &names {
            copy.run(&format!("ANALYZE {name}")).await?;
        }
        let after = bench.measure(self.cx, sql, self.patience(own)).await?;
        let what = format!("ANALYZE {}", names.join(", "));
        if !judge::helps(own, &after) {
            let result = format!("{} → {}", own.words(), after.words());
            self.tried.push(Tried { kind: "analyze", what, outcome: Outcome::NoGain, result });
            return Ok(());
        }
        let changed: Vec<String> = stale
            .iter()
            .map(|table| format!("{}: {} of {} rows changed since", table.table, table.modified, table.live))
            .collect();
        let fix = Fix::sql(FixKind::Analyze, names.iter().map(|name| format!("ANALYZE {name}")))
            .lock("ShareUpdateExclusiveLock")
            .transactional()
            .notes(format!(
                "{}. Autovacuum analyzes after a tenth of the rows changed: see its settings if this comes back.",
                changed.join("; ")
            ));
        let subject = stale.first().map(|table| (format!("{}.{}", table.schema, table.table), Vec::new()));
        self.remedies.push(Remedy {
            kind: "analyze",
            price: Price::Maintenance,
            what,
            rule: "stale_stats",
            subject,
            how: How::Scratch,
            before: own.clone(),
            after,
            fix,
            with_index: None,
            rewrite: None,
            proof: None,
        });
        Ok(())
    }

    async fn statistics(
        &mut self,
        copy: &mut LentCopy,
        bench: &mut Bench,
        sql: &str,
        fresh: &Sample,
    ) -> Result<(), ToolError> {
        let trials = fresh.plan.as_ref().map(statistics::trials).unwrap_or_default();
        for trial in trials {
            if self.is_over("statistics") {
                break;
            }
            match copy.run(&trial.statement).await {
                Ok(()) => {}
                Err(PgError::Server(_)) => continue,
                Err(error) => return Err(error.into()),
            }
            copy.run(&trial.analyze()).await?;
            let after = bench.measure(self.cx, sql, self.patience(fresh)).await?;
            copy.run(&trial.undo).await?;
            copy.run(&trial.analyze()).await?;
            if !judge::helps(fresh, &after) {
                self.tried.push(Tried {
                    kind: "statistics",
                    what: trial.statement,
                    outcome: Outcome::NoGain,
                    result: format!("{} → {}", fresh.words(), after.words()),
                });
                continue;
            }
            let fix = Fix::sql(FixKind::CreateStatistics, [trial.statement.clone(), trial.analyze()])
                .undo([trial.undo.clone(), trial.analyze()])
                .lock("ShareUpdateExclusiveLock")
                .transactional();
            self.remedies.push(Remedy {
                kind: "statistics",
                price: Price::Statistics,
                what: trial.statement.clone(),
                rule: trial.rule,
                subject: Some((format!("{}.{}", trial.schema, trial.table), trial.columns.clone())),
                how: How::Scratch,
                before: fresh.clone(),
                after,
                fix,
                with_index: None,
                rewrite: None,
                proof: None,
            });
        }
        Ok(())
    }

    /// The copy was vacuumed when it was made: what it saves over the database is what VACUUM would.
    fn vacuumed(&mut self, copy: &LentCopy, _bench: &mut Bench, insights: &[Finding], before: &Sample, fresh: &Sample) {
        let Some(found) = insights.iter().find(|finding| finding.rule == "heap_fetches") else { return };
        if !copy.is_whole() || !judge::helps(before, fresh) {
            return;
        }
        let table = found.object.name.clone();
        let name: Vec<String> = table.split('.').map(quote_ident).collect();
        let name = name.join(".");
        let fix = Fix::sql(FixKind::Vacuum, [format!("VACUUM (ANALYZE) {name}")])
            .lock("ShareUpdateExclusiveLock")
            .notes(format!(
                "To keep it so: ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)."
            ));
        self.remedies.push(Remedy {
            kind: "vacuum",
            price: Price::Maintenance,
            what: format!("VACUUM {name}"),
            rule: "heap_fetches",
            subject: Some((table, Vec::new())),
            how: How::Scratch,
            before: before.clone(),
            after: fresh.clone(),
            fix,
            with_index: None,
            rewrite: None,
            proof: None,
        });
    }

    /// Indexes for the statement as it is, and for its other forms.
    async fn indexes(
        &mut self,
        copy: &mut LentCopy,
        bench: &mut Bench,
        forms: &[Rewrite],
        set: &ValueSet,
        fresh: &Sample,
    ) -> Result<(), ToolError> {
        let patience = self.patience(fresh);
        let mut open: Vec<(String, Option<&Rewrite>)> = vec![(self.sql.to_owned(), None)];
        open.extend(forms.iter().take(MOST_INDEXED).map(|form| (form.sql.clone(), Some(form))));
        for (template, form) in open {
            if self.is_over("indexes") {
                break;
            }
            let Some(filled) = set.fill(&template) else { continue };
            self.cx.progress(match form {
                Some(form) => format!("trying indexes for {}", form.name),
                None => "trying indexes".to_owned(),
            });
            let found =
                index::try_indexes(copy, bench, self.cx, &self.catalog, (&template, &filled), patience, self.deadline)
                    .await?;
            let Some(found) = found else { continue };
            let words = found.words();
            let what = form.map_or_else(|| words.clone(), |form| format!("{} and {words}", form.name));
            let subject = found
                .candidates
                .first()
                .map(|candidate| (candidate.table.to_string(), candidate.key_texts()))
                .unwrap_or_default();
            if !judge::helps(fresh, &found.after) {
                let result = format!("{} → {}", fresh.words(), found.after.words());
                self.tried.push(Tried { kind: "index", what, outcome: Outcome::NoGain, result });
                continue;
            }
            let fix = found.fix(&self.catalog);
            let Some(form) = form else {
                self.remedies.push(Remedy {
                    kind: "index",
                    price: Price::Index,
                    what,
                    rule: "missing_index",
                    subject: Some(subject),
                    how: How::Scratch,
                    before: fresh.clone(),
                    after: found.after,
                    fix,
                    with_index: None,
                    rewrite: None,
                    proof: None,
                });
                continue;
            };
            match self.is_equal(bench, form, fresh).await? {
                Ok(proof) => {
                    let mut both = remedy_of(form, How::Scratch, fresh.clone(), found.after, proof);
                    both.kind = "index";
                    both.price = Price::Both;
                    both.what = what;
                    both.with_index = Some((fix, subject));
                    self.remedies.push(both);
                }
                Err((outcome, why)) => {
                    self.tried.push(Tried { kind: "rewrite", what: form.name.clone(), outcome, result: why })
                }
            }
        }
        Ok(())
    }

    /// Hostile data for the forms that help; those that differ on it are struck out.
    async fn proven(
        &mut self,
        copy: &mut LentCopy,
        bench: &mut Bench,
        tables: &BTreeSet<TableName>,
    ) -> Result<(), ToolError> {
        let forms: BTreeSet<String> = self
            .remedies
            .iter()
            .filter_map(|remedy| remedy.rewrite.as_ref())
            .map(|rewrite| rewrite.sql.clone())
            .collect();
        let facts = self.facts.clone();
        let known: Vec<&Relation> = tables.iter().filter_map(|name| facts.relation(&name.schema, &name.name)).collect();
        if forms.is_empty() || known.len() != tables.len() {
            return Ok(());
        }
        self.cx.progress("comparing results on small hostile data");
        for set in self.sets.clone() {
            let Some(original) = set.fill(self.sql) else { continue };
            let (templates, filled): (Vec<&String>, Vec<String>) =
                forms.iter().filter_map(|form| Some((form, set.fill(form)?))).unzip();
            let verdicts = edge::compare_all(copy, bench, self.cx, &facts, &known, &original, &filled).await?;
            for (template, verdict) in templates.into_iter().zip(verdicts) {
                self.settle(template, verdict);
            }
        }
        Ok(())
    }

    fn settle(&mut self, template: &str, verdict: Equality) {
        let concerns = |remedy: &Remedy| remedy.rewrite.as_ref().is_some_and(|rewrite| rewrite.sql == template);
        match verdict {
            Equality::Same { rows } => {
                for remedy in self.remedies.iter_mut().filter(|remedy| concerns(remedy)) {
                    let more = format!(
                        "the same {rows} rows on a part of the real data and on small data with NULLs and duplicates"
                    );
                    remedy.proof = Some(match &remedy.proof {
                        Some(proof) if proof.contains("small data") => proof.clone(),
                        Some(proof) => format!("{proof}, {more}"),
                        None => format!("{more} (on all of it the statement itself does not end in time)"),
                    });
                }
            }
            Equality::Different(why) => {
                let name = self.remedies.iter().find(|remedy| concerns(remedy)).map(|remedy| remedy.what.clone());
                self.remedies.retain(|remedy| !concerns(remedy));
                self.tried.push(Tried {
                    kind: "rewrite",
                    what: name.unwrap_or_else(|| template.to_owned()),
                    outcome: Outcome::NotEqual,
                    result: format!("on small data with NULLs and duplicates: {why}"),
                });
            }
            Equality::Unknown(why) => self.notes.push(format!("no comparison on hostile data: {why}")),
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

fn remedy_of(rewrite: &Rewrite, how: How, before: Sample, after: Sample, proof: Option<String>) -> Remedy {
    let stop_gap = rewrite.name.contains("order_fence");
    Remedy {
        kind: "rewrite",
        price: if stop_gap { Price::StopGap } else { Price::Text },
        what: rewrite.name.clone(),
        rule: rewrite.rule,
        subject: rewrite.subject.clone().map(|(table, column)| (table, vec![column])),
        how,
        before,
        after,
        fix: Fix::sql(FixKind::RewriteQuery, [rewrite.sql.clone()]).transactional(),
        with_index: None,
        rewrite: Some(rewrite.clone()),
        proof,
    }
}

fn setting_remedy(trial: &settings::SettingTrial, before: Sample, after: Sample) -> Remedy {
    let set =
        trial.settings.iter().map(|(name, value)| format!("SET {} = {}", quote_ident(name), quote_literal(value)));
    let reset = trial.settings.iter().map(|(name, _)| format!("RESET {}", quote_ident(name)));
    Remedy {
        kind: "setting",
        price: Price::Setting,
        what: trial.words(),
        rule: trial.rule,
        subject: None,
        how: How::Live,
        before,
        after,
        fix: Fix::sql(FixKind::SetOption, set).undo(reset).transactional().notes(
            "For this statement's transaction (SET LOCAL) or its role (ALTER ROLE … SET), not for the whole server: every session pays.",
        ),
        with_index: None,
        rewrite: None,
        proof: None,
    }
}
