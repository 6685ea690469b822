//! The closed sets: what kind of learning, and where it stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::StoreError;

macro_rules! stored_words {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = StoreError;

            fn from_str(word: &str) -> Result<Self, StoreError> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    StoreError::Value(format!("unknown word `{word}`: use one of {}", known.join(", ")))
                })
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use stored_words;

/// What a learning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearningKind {
    /// A statement that became faster, and how.
    QueryOptimization,
    /// An index that pays, or does not.
    IndexStrategy,
    /// How a schema change went.
    Migration,
    /// How keys are used in Redis.
    RedisPattern,
    /// How this project does things.
    Convention,
    /// Something true about the schema that is not visible in it.
    SchemaFact,
    /// What went wrong once, and why.
    Incident,
    /// What was tried and did not help.
    AntiPattern,
}

stored_words!(LearningKind:
    QueryOptimization = "query_optimization",
    IndexStrategy = "index_strategy",
    Migration = "migration",
    RedisPattern = "redis_pattern",
    Convention = "convention",
    SchemaFact = "schema_fact",
    Incident = "incident",
    AntiPattern = "anti_pattern",
);

/// Where a learning stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LearningStatus {
    /// Found, not carried out.
    Proposed,
    /// Carried out, not yet checked again.
    Applied,
    /// Checked again and still true.
    Verified,
    /// Was true, is now worse: shown as a warning.
    Regressed,
    /// What it speaks of is gone or has changed.
    Stale,
    /// A later measurement says the opposite.
    Superseded,
    /// A person said no.
    Rejected,
}

stored_words!(LearningStatus:
    Proposed = "proposed",
    Applied = "applied",
    Verified = "verified",
    Regressed = "regressed",
    Stale = "stale",
    Superseded = "superseded",
    Rejected = "rejected",
);

impl LearningStatus {
    /// How much a result counts in a search: what is known to hold comes first, what no longer
    /// holds comes last, as a warning.
    pub const fn weight(self) -> f64 {
        match self {
            Self::Verified => 1.0,
            Self::Applied => 0.8,
            Self::Proposed => 0.5,
            Self::Stale => 0.3,
            Self::Regressed => 0.1,
            Self::Rejected | Self::Superseded => 0.05,
        }
    }

    /// Whether the learning may be acted upon without checking it again.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Proposed | Self::Applied | Self::Verified)
    }
}
