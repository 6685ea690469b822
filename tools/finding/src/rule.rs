//! What a rule declares about itself, once.

use serde::Serialize;

use crate::Severity;

/// A rule's declaration. Lives beside its check; every table of rules is built from these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Stable snake_case (or dotted, for Redis) name, part of the JSON contract.
    pub id: &'static str,
    /// The section it belongs to: what `check --only` takes (`locks`, `indexes`, `vacuum`, …).
    pub group: &'static str,
    /// Severity unless the evidence raises or lowers it.
    pub severity: Severity,
    /// One sentence: the problem and what it costs.
    pub summary: &'static str,
}
