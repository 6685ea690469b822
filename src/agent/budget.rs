//! How much one session may spend.

use super::event::Stop;
use crate::model::Usage;

/// Limits of a session. Steps count per turn, tokens and cost over the whole session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most exchanges with the driver in one turn.
    pub steps: u32,
    /// Most tokens, read and written together.
    pub tokens: Option<u64>,
    /// Most US dollars; has no effect on endpoints whose prices are unknown.
    pub cost_usd: Option<f64>,
    /// Identical calls with identical results in one turn before it is stopped.
    pub repetitions: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 60, tokens: None, cost_usd: None, repetitions: 3 }
    }
}

impl Limits {
    /// Why the next exchange must not happen, if so.
    pub(super) fn exceeded(&self, steps: u32, total: Usage, cost: Option<f64>) -> Option<Stop> {
        if steps >= self.steps {
            return Some(Stop::StepLimit { limit: self.steps });
        }
        let spent = total.input_tokens + total.output_tokens;
        if let Some(limit) = self.tokens
            && spent >= limit
        {
            return Some(Stop::Budget { detail: format!("{spent} of {limit} tokens used") });
        }
        if let (Some(limit), Some(cost)) = (self.cost_usd, cost)
            && cost >= limit
            && cost > 0.0
        {
            return Some(Stop::Budget { detail: format!("${cost:.4} of ${limit:.4} used") });
        }
        None
    }
}
