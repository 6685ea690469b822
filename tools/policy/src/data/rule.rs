//! One rule, and the check of its examples.

use dbwright_finding::Effect;
use serde::{Deserialize, Serialize};

use super::When;
use crate::{Decision, Mode};

/// What an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A statement.
    Sql,
    /// A Redis command.
    Redis,
    /// A shell script.
    Bash,
    /// A path: `read:…`, `write:…`.
    Path,
    /// An outgoing request: `POST https://…`.
    Http,
}

/// A rule as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, shown with its decision: `org.no_exports`.
    pub id: String,
    /// The kind of input.
    pub kind: Kind,
    /// When it holds.
    #[serde(default)]
    pub when: When,
    /// What it decides.
    pub decision: Decision,
    /// The effect to name; else that of the rules in code.
    #[serde(default)]
    pub effect: Option<Effect>,
    /// Why, and what to do instead.
    pub reason: String,
    /// Whether layers below may not loosen it.
    #[serde(default)]
    pub require: bool,
    /// Inputs that must come out allowed as far as this rule goes.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Inputs that must not.
    #[serde(default)]
    pub block: Vec<String>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// Two rules of one layer have the same name.
    #[error("rule {0} is there twice")]
    Twice(String),
    /// A condition does not belong to the kind.
    #[error("rule {id}: the condition {condition} has no meaning for its kind")]
    Condition {
        /// The rule.
        id: String,
        /// The condition.
        condition: &'static str,
    },
    /// Without conditions it would hold for everything.
    #[error("rule {0} has no condition: write text: '' to mean every input of its kind")]
    NoCondition(String),
    /// The regular expression cannot be read.
    #[error("rule {id}: text is no regular expression: {problem}")]
    Text {
        /// The rule.
        id: String,
        /// What the library says.
        problem: String,
    },
    /// There is no example of one sort.
    #[error("rule {id} has no example under {list}: give one input that it concerns and one that it does not")]
    NoExample {
        /// The rule.
        id: String,
        /// `allow` or `block`.
        list: &'static str,
    },
    /// An example comes out otherwise.
    #[error("rule {id}: the example {example:?} under {list} {found}")]
    Example {
        /// The rule.
        id: String,
        /// The example.
        example: String,
        /// `allow` or `block`.
        list: &'static str,
        /// What the rule does with it.
        found: &'static str,
    },
    /// The reason is empty.
    #[error("rule {0} gives no reason")]
    NoReason(String),
}

impl RuleError {
    /// The rule, to find its place in a file.
    pub fn id(&self) -> &str {
        match self {
            Self::Twice(id) | Self::NoCondition(id) | Self::NoReason(id) => id,
            Self::Condition { id, .. }
            | Self::Text { id, .. }
            | Self::NoExample { id, .. }
            | Self::Example { id, .. } => id,
        }
    }
}

/// A rule that has been checked.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) rule: Rule,
    text: Option<regex::Regex>,
}

impl Checked {
    pub(super) fn new(rule: Rule) -> Result<Self, RuleError> {
        let id = rule.id.clone();
        if rule.reason.trim().is_empty() {
            return Err(RuleError::NoReason(id));
        }
        if let Some(condition) = rule.when.strangers(rule.kind).into_iter().next() {
            return Err(RuleError::Condition { id, condition });
        }
        if rule.when.is_empty() {
            return Err(RuleError::NoCondition(id));
        }
        let text = match rule.when.text.as_deref().map(regex::Regex::new) {
            None => None,
            Some(Ok(text)) => Some(text),
            Some(Err(error)) => {
                let problem = error.to_string().lines().last().unwrap_or_default().to_owned();
                return Err(RuleError::Text { id, problem });
            }
        };
        let checked = Self { rule, text };
        checked.examples()?;
        Ok(checked)
    }

    pub(super) fn holds(&self, input: &str, mode: Mode) -> bool {
        self.rule.when.holds(self.rule.kind, input, mode, self.text.as_ref())
    }

    /// A rule that allows holds for its `allow` examples, any other for its `block` examples.
    fn examples(&self) -> Result<(), RuleError> {
        let allows = self.rule.decision == Decision::Allow;
        let mode = self.rule.when.modes.first().copied().unwrap_or_default();
        for (list, examples, must_hold) in [("allow", &self.rule.allow, allows), ("block", &self.rule.block, !allows)] {
            if examples.is_empty() {
                return Err(RuleError::NoExample { id: self.rule.id.clone(), list });
            }
            for example in examples {
                let found = match (self.holds(example, mode), must_hold) {
                    (true, false) => "meets its conditions",
                    (false, true) => "does not meet its conditions",
                    _ => continue,
                };
                return Err(RuleError::Example { id: self.rule.id.clone(), example: example.clone(), list, found });
            }
        }
        Ok(())
    }
}
