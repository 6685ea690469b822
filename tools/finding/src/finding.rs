//! The finding itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Confidence, Evidence, Fix, Location, Measured, Object, Rule, Severity, identity::finding_id};

/// One problem on one object, with its evidence and its remedy.
///
/// Built with [`Finding::new`] and the chained setters; `id` follows every change of object or
/// location, so a finding never carries a stale one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable across runs for the same rule and object: `f_` and twelve hex digits.
    pub id: String,
    /// Id of the [`Rule`] that fired.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One sentence: the problem and what it costs.
    pub title: String,
    /// The thing that has the problem.
    pub object: Object,
    /// The mechanism: why this hurts, in one or two sentences.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The facts it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What the fix brings, where it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// Where in a file, for findings about files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Finding {
    /// A finding at the rule's own severity, established by the rule alone.
    pub fn new(rule: &Rule, object: Object, title: impl Into<String>) -> Self {
        Self {
            id: finding_id(rule.id, &object, None, ""),
            rule: rule.id.to_owned(),
            severity: rule.severity,
            confidence: Confidence::Rule,
            title: title.into(),
            object,
            why: String::new(),
            evidence: Vec::new(),
            fix: None,
            measured: None,
            location: None,
        }
    }

    /// Raises or lowers the severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// States how it was established.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Explains the mechanism.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = why.into();
        self
    }

    /// Adds one fact.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Adds the remedy.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Adds what was measured and raises the confidence accordingly: executed runs count as
    /// measured, hypothetical ones as estimated.
    #[must_use]
    pub fn measured(mut self, measured: Measured) -> Self {
        self.confidence = match measured.how {
            crate::How::Hypothetical => Confidence::Estimated,
            crate::How::Scratch | crate::How::Live => Confidence::Measured,
        };
        self.measured = Some(measured);
        self
    }

    /// Places the finding in a file and renews the id.
    #[must_use]
    pub fn at(self, location: Location) -> Self {
        self.at_occurrence(location, "")
    }

    /// Places the finding in a file where the same rule may fire on the same object more than
    /// once; `discriminator` (a statement's fingerprint, say) keeps the ids apart.
    #[must_use]
    pub fn at_occurrence(mut self, location: Location, discriminator: &str) -> Self {
        self.id = finding_id(&self.rule, &self.object, Some(&location), discriminator);
        self.location = Some(location);
        self
    }
}

#[cfg(test)]
#[path = "finding_tests.rs"]
mod tests;
