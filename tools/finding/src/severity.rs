//! How bad, and how sure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much harm the problem does or is about to do. Ordered: `Critical` is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// Small cost or hygiene.
    Low,
    /// A cost that users notice, or a risk that grows.
    Medium,
    /// A large cost now, or an outage in sight.
    High,
    /// Data loss, an outage, or a full stop of writes: act today.
    Critical,
}

impl Severity {
    /// All severities, most severe first: the order of a report.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or_else(|| format!("unknown severity `{text}`: use critical, high, medium, low or info"))
    }
}

/// How the claim was established. Ordered: `Measured` is the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A rule matched; nothing was tried.
    Rule,
    /// The planner's estimate, a statistics model or a sample says so.
    Estimated,
    /// It was executed, before and after, and measured.
    Measured,
}

impl Confidence {
    /// The word used in JSON and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Estimated => "estimated",
            Self::Measured => "measured",
        }
    }
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
