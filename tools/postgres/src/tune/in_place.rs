//! Trials on the database itself: read only, rolled back, with its own rows and statistics.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dbwright_contract::ToolError;
use dbwright_finding::{Finding, Fix, FixKind, How};
use dbwright_rewrites::{Advice, Guarantee, Proposals, Rewrite};
use dbwright_sql::{quote_ident, quote_literal};

use super::{
    bench::{Bench, Sample},
    equal::{Equality, compare},
    judge,
    output::{Outcome, Tried},
    remedy::{Price, Remedy},
    settings,
    values::ValueSet,
    work::Work,
};
use crate::advise::parameters::substitute;

/// Forms of the statement that are executed.
const MOST_REWRITES: usize = 8;

impl Work<'_> {
    /// Tries the other forms on the database itself, the cheapest by the planner's own word first.
    /// Returns them in that order.
    pub(super) async fn rewrites(
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
                Err(error) => {
                    let why = error.to_string();
                    self.tried.push(Tried::said("rewrite", rewrite.name.clone(), Outcome::NotTried, why));
                }
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
        let name = rewrite.name.as_str();
        if !judge::helps(before, &after) {
            self.tried.push(Tried::measured("rewrite", name, Outcome::NoGain, (before, &after)));
            return Ok(());
        }
        for other in self.sets.iter().filter(|other| other.label != set.label) {
            let (Some(original), Some(sql)) = (other.fill(self.sql), other.fill(&rewrite.sql)) else { continue };
            let was = bench.measure(self.cx, &original, self.limit).await?;
            let is = bench.measure(self.cx, &sql, self.limit).await?;
            if judge::hurts(&was, &is) {
                let why = format!("worse with {}: {} → {}", other.label, was.words(), is.words());
                self.tried.push(Tried::said("rewrite", name, Outcome::NoGain, why));
                return Ok(());
            }
        }
        match self.is_equal(bench, rewrite, before).await? {
            Ok(proof) => self.remedies.push(Remedy::form(rewrite, How::Live, (before.clone(), after), proof)),
            Err((outcome, why)) => {
                self.tried.push(Tried::said("rewrite", name, outcome, why));
            }
        }
        Ok(())
    }

    /// Whether a form returns the same rows with every set of values, and how that was found out:
    /// nothing yet, where the statement itself does not end in time and the catalog vouches for
    /// the form.
    pub(super) async fn is_equal(
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
    pub(super) async fn paging(&mut self, advice: &[Advice], set: &ValueSet, before: &Sample) -> Result<(), ToolError> {
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
                self.remedies.push(Remedy::new(
                    "advice",
                    Price::Text,
                    what,
                    advice.rule,
                    How::Live,
                    (before.clone(), after),
                    Fix::sql(FixKind::RewriteQuery, [advice.template.clone()])
                        .transactional()
                        .notes(advice.notes.clone()),
                ));
            } else {
                self.tried.push(Tried::measured("advice", what, Outcome::NoGain, (before, &after)));
            }
        }
        Ok(())
    }

    /// Session settings cost nothing to try on the database itself.
    pub(super) async fn settings(
        &mut self,
        insights: &[Finding],
        set: &ValueSet,
        before: &Sample,
    ) -> Result<(), ToolError> {
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
            let outcome = if helps { Outcome::Helps } else { Outcome::NoGain };
            let mut line = Tried::measured("setting", trial.words(), outcome, (before, &after));
            if let Some(why) = trial.diagnosis.filter(|_| helps) {
                line.result.push_str(&format!(": {why}"));
            }
            self.tried.push(line);
        }
        bench.close().await;
        Ok(())
    }
}

fn setting_remedy(trial: &settings::SettingTrial, before: Sample, after: Sample) -> Remedy {
    let set =
        trial.settings.iter().map(|(name, value)| format!("SET {} = {}", quote_ident(name), quote_literal(value)));
    let reset = trial.settings.iter().map(|(name, _)| format!("RESET {}", quote_ident(name)));
    Remedy::new("setting", Price::Setting, trial.words(), trial.rule, How::Live, (before, after), Fix::sql(FixKind::SetOption, set).undo(reset).transactional().notes(
            "For this statement's transaction (SET LOCAL) or its role (ALTER ROLE … SET), not for the whole server: every session pays.",
        ))
}
