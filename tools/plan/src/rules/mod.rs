//! The rules, one a file: declaration, check, a plan on which it fires and one on which not.

mod advice;
mod misestimate;

use dbwright_finding::Rule;

use crate::insight::{Insight, Scope};

/// A rule with its check and its two examples, TEXT plans that the tests run.
#[derive(Clone, Copy)]
pub struct PlanRule {
    /// What it is called and what it says.
    pub rule: Rule,
    pub(crate) check: fn(&Scope<'_>) -> Vec<Insight>,
    /// A plan on which it fires.
    pub bad: &'static str,
    /// A plan on which it does not, close to the other.
    pub good: &'static str,
}

impl std::fmt::Debug for PlanRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PlanRule").field(&self.rule.id).finish()
    }
}

macro_rules! rules {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// Every rule on plans.
        pub const RULES: &[&PlanRule] = &[$(&PlanRule {
            rule: $name::RULE,
            check: $name::check,
            bad: $name::BAD,
            good: $name::GOOD,
        },)*];
    };
}

rules! {
    seq_scan_selective
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
