//! A remedy that was tried and helps.

use dbwright_finding::{Fix, FixKind, How};
use dbwright_rewrites::{Guarantee, Rewrite};

use super::{
    bench::Sample,
    judge,
    output::{Outcome, Tried},
};

/// What a remedy asks of those who run the database, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Price {
    /// ANALYZE, VACUUM: done now, nothing stays.
    Maintenance,
    /// Another text in the application.
    Text,
    /// Statistics kept up by ANALYZE.
    Statistics,
    /// A setting that someone must remember.
    Setting,
    /// Space, and time at every write.
    Index,
    /// A text and an index.
    Both,
    /// A trick until something better is there.
    StopGap,
}

/// A remedy with its measurements.
#[derive(Debug, Clone)]
pub(super) struct Remedy {
    pub(super) kind: &'static str,
    pub(super) price: Price,
    /// What is done, in a line.
    pub(super) what: String,
    /// Id of the finding that it remedies.
    pub(super) rule: &'static str,
    /// Table and columns that it is about; none for the statement itself.
    pub(super) subject: Option<(String, Vec<String>)>,
    pub(super) how: How,
    pub(super) before: Sample,
    pub(super) after: Sample,
    pub(super) fix: Fix,
    /// The index that a rewrite needs.
    pub(super) with_index: Option<(Fix, (String, Vec<String>))>,
    /// The form of the statement, where it is another one.
    pub(super) rewrite: Option<Rewrite>,
    /// How equality was found out.
    pub(super) proof: Option<String>,
}

impl Remedy {
    /// A remedy that leaves the statement's text alone.
    pub(super) fn new(
        kind: &'static str,
        price: Price,
        what: impl Into<String>,
        rule: &'static str,
        how: How,
        (before, after): (Sample, Sample),
        fix: Fix,
    ) -> Self {
        let what = what.into();
        Self {
            kind,
            price,
            what,
            rule,
            subject: None,
            how,
            before,
            after,
            fix,
            with_index: None,
            rewrite: None,
            proof: None,
        }
    }

    /// Another form of the statement.
    pub(super) fn form(rewrite: &Rewrite, how: How, samples: (Sample, Sample), proof: Option<String>) -> Self {
        let price = if rewrite.name.contains("order_fence") { Price::StopGap } else { Price::Text };
        let fix = Fix::sql(FixKind::RewriteQuery, [rewrite.sql.clone()]).transactional();
        Self {
            subject: rewrite.subject.clone().map(|(table, column)| (table, vec![column])),
            rewrite: Some(rewrite.clone()),
            proof,
            ..Self::new("rewrite", price, rewrite.name.clone(), rewrite.rule, how, samples, fix)
        }
    }

    /// Names the table and the columns that it is about.
    pub(super) fn about(mut self, subject: impl Into<Option<(String, Vec<String>)>>) -> Self {
        self.subject = subject.into();
        self
    }

    pub(super) fn ratio(&self) -> f64 {
        judge::ratio(&self.before, &self.after)
    }

    /// The line in the list of what was tried.
    pub(super) fn tried(&self, outcome: Outcome) -> Tried {
        Tried::measured(self.kind, self.what.clone(), outcome, (&self.before, &self.after))
    }

    fn is_conditional(&self) -> bool {
        self.rewrite.as_ref().is_some_and(|rewrite| rewrite.guarantee == Guarantee::Conditional)
    }
}

/// How much of the best gain is as good as the best.
const NEARLY: f64 = 0.67;

/// The remedy to advise: the cheapest of those that come near the best gain.
pub(super) fn best(remedies: &[Remedy]) -> Option<usize> {
    let top = remedies.iter().map(Remedy::ratio).fold(0.0, f64::max);
    let near = |remedy: &Remedy| {
        // A few pages more or less are no difference.
        remedy.ratio() >= top * NEARLY
            || (!remedy.after.timed_out && remedy.after.pages() < 20 && remedy.after.ms < 2.0)
    };
    remedies
        .iter()
        .enumerate()
        .filter(|(_, remedy)| near(remedy))
        .min_by(|(_, a), (_, b)| {
            (a.price, a.is_conditional())
                .cmp(&(b.price, b.is_conditional()))
                .then(b.ratio().total_cmp(&a.ratio()))
                .then(a.what.len().cmp(&b.what.len()))
        })
        .map(|(at, _)| at)
}
