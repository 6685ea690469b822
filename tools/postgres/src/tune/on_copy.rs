//! Trials on a scratch copy: everything that changes something, and hostile data at the end.

use std::collections::BTreeSet;

use dbwright_contract::ToolError;
use dbwright_finding::{Finding, Fix, FixKind, How};
use dbwright_indexes::TableName;
use dbwright_rewrites::{Relation, Rewrite};
use dbwright_sql::quote_ident;

use super::{
    bench::{Bench, Sample},
    copied, edge,
    equal::Equality,
    index, judge,
    output::{Outcome, Tried},
    remedy::{Price, Remedy},
    statistics,
    values::ValueSet,
    work::Work,
};
use crate::{PgError, advise::scratch::LentCopy};

/// Forms for which indexes are built.
const MOST_INDEXED: usize = 4;
/// Tables up to this size are copied whole.
const COPY_BYTES: u64 = 256 << 20;

impl Work<'_> {
    /// Everything that changes something: on a copy with the database's own statistics.
    pub(super) async fn on_a_copy(
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
            self.tried.push(Tried::measured("analyze", what, Outcome::NoGain, (own, &after)));
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
        self.remedies.push(
            Remedy::new("analyze", Price::Maintenance, what, "stale_stats", How::Scratch, (own.clone(), after), fix)
                .about(subject),
        );
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
                self.tried.push(Tried::measured("statistics", trial.statement, Outcome::NoGain, (fresh, &after)));
                continue;
            }
            let fix = Fix::sql(FixKind::CreateStatistics, [trial.statement.clone(), trial.analyze()])
                .undo([trial.undo.clone(), trial.analyze()])
                .lock("ShareUpdateExclusiveLock")
                .transactional();
            self.remedies.push(
                Remedy::new(
                    "statistics",
                    Price::Statistics,
                    trial.statement.clone(),
                    trial.rule,
                    How::Scratch,
                    (fresh.clone(), after),
                    fix,
                )
                .about(Some((format!("{}.{}", trial.schema, trial.table), trial.columns.clone()))),
            );
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
        self.remedies.push(
            Remedy::new(
                "vacuum",
                Price::Maintenance,
                format!("VACUUM {name}"),
                "heap_fetches",
                How::Scratch,
                (before.clone(), fresh.clone()),
                fix,
            )
            .about(Some((table, Vec::new()))),
        );
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
                self.tried.push(Tried::measured("index", what, Outcome::NoGain, (fresh, &found.after)));
                continue;
            }
            let fix = found.fix(&self.catalog);
            let Some(form) = form else {
                self.remedies.push(
                    Remedy::new(
                        "index",
                        Price::Index,
                        what,
                        "missing_index",
                        How::Scratch,
                        (fresh.clone(), found.after),
                        fix,
                    )
                    .about(Some(subject)),
                );
                continue;
            };
            match self.is_equal(bench, form, fresh).await? {
                Ok(proof) => {
                    let mut both = Remedy::form(form, How::Scratch, (fresh.clone(), found.after), proof);
                    both.kind = "index";
                    both.price = Price::Both;
                    both.what = what;
                    both.with_index = Some((fix, subject));
                    self.remedies.push(both);
                }
                Err((outcome, why)) => {
                    self.tried.push(Tried::said("rewrite", form.name.clone(), outcome, why));
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
                let what = name.unwrap_or_else(|| template.to_owned());
                let why = format!("on a part of the data or on NULLs and duplicates: {why}");
                self.tried.push(Tried::said("rewrite", what, Outcome::NotEqual, why));
            }
            Equality::Unknown(why) => self.notes.push(format!("no comparison on hostile data: {why}")),
        }
    }
}
