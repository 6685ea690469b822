//! One order for hits of different origin.

use super::{Hit, Why};
use crate::{Learning, Scope};

/// Hits so far, each learning once with all its reasons.
#[derive(Default)]
pub(super) struct Candidates {
    hits: Vec<Hit>,
}

impl Candidates {
    /// Adds a reason; the strengths of several reasons add up.
    pub(super) fn add(&mut self, learning: Learning, why: Why, strength: f64) {
        match self.hits.iter_mut().find(|hit| hit.learning.id == learning.id) {
            Some(hit) => {
                hit.why.push(why);
                hit.score += strength;
            }
            None => self.hits.push(Hit { learning, why: vec![why], score: strength }),
        }
    }
}

/// The best `limit`, best first: strength of the match, weighed by whether the learning still
/// holds, how near its scope is, and how often it was learned. Age alone does not count: a
/// convention is not less true for being old.
pub(super) fn ranked(candidates: Candidates, scope: &Scope, limit: usize) -> Vec<Hit> {
    let mut hits = candidates.hits;
    for hit in &mut hits {
        #[expect(clippy::cast_precision_loss, reason = "hits stay far below 2^52")]
        let repeated = 1.0 + 0.1 * (hit.learning.hits.max(1) as f64).ln();
        hit.score *= hit.learning.status.weight() * nearness(&hit.learning.scope, scope) * repeated;
    }
    hits.sort_by(|left, right| {
        right.score.total_cmp(&left.score).then_with(|| left.learning.id.cmp(&right.learning.id))
    });
    hits.truncate(limit);
    hits
}

/// The same database counts fully, the same project a little less, everything else is general.
fn nearness(of: &Scope, asked: &Scope) -> f64 {
    if asked.db_fingerprint.is_some() && of.db_fingerprint == asked.db_fingerprint {
        1.0
    } else if asked.project.is_some() && of.project == asked.project {
        0.9
    } else {
        0.8
    }
}
