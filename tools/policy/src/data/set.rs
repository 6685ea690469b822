//! All rules in force, layer by layer.

use super::{Kind, Rule, RuleError, rule::Checked};
use crate::{
    Decision, Mode, Ruling,
    sql::{Facts, refusal_rules},
};

/// Rules of one origin.
#[derive(Debug, Clone)]
struct Layer {
    origin: String,
    rules: Vec<Checked>,
}

/// The rules of all layers, from the embedded ones down to the project's.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    layers: Vec<Layer>,
}

impl RuleSet {
    /// Adds a layer below those that are there; `origin` is its file.
    ///
    /// # Errors
    /// When a rule or one of its examples does not hold together.
    pub fn add(&mut self, origin: impl Into<String>, rules: Vec<Rule>) -> Result<(), RuleError> {
        let mut checked: Vec<Checked> = Vec::with_capacity(rules.len());
        for rule in rules {
            if checked.iter().any(|other| other.rule.id == rule.id) {
                return Err(RuleError::Twice(rule.id));
            }
            checked.push(Checked::new(rule)?);
        }
        self.layers.push(Layer { origin: origin.into(), rules: checked });
        Ok(())
    }

    /// All rules with their origin, those in code first: `sql.row_locks`, what it says, `code`.
    pub fn list(&self) -> Vec<(String, String, String)> {
        let in_code =
            refusal_rules().iter().map(|rule| (format!("sql.{}", rule.id), rule.summary.to_owned(), "code".to_owned()));
        let in_data = self.layers.iter().flat_map(|layer| {
            layer
                .rules
                .iter()
                .map(|checked| (checked.rule.id.clone(), checked.rule.reason.clone(), layer.origin.clone()))
        });
        in_code.chain(in_data).collect()
    }

    /// Functions that rules allow by their full name, for [`Facts::trusting`]. One that a
    /// required rule above concerns is not among them.
    pub fn trusted_functions(&self) -> Vec<String> {
        let mut trusted = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            for rule in layer.rules.iter().map(|checked| &checked.rule) {
                if rule.kind != Kind::Sql || rule.decision != Decision::Allow {
                    continue;
                }
                let exact = rule.when.functions.iter().filter(|name| !name.contains(['*', '?']));
                trusted.extend(exact.filter(|name| !self.required_above(at, name)).cloned());
            }
        }
        trusted
    }

    fn required_above(&self, below: usize, function: &str) -> bool {
        let call = format!("SELECT {function}()");
        self.layers.iter().take(below).flat_map(|layer| &layer.rules).any(|checked| {
            checked.rule.require && checked.rule.kind == Kind::Sql && checked.holds(&call, Mode::Readonly)
        })
    }

    /// These facts, with the functions that the rules trust.
    #[must_use]
    pub fn informed(&self, facts: Facts) -> Facts {
        facts.trusting(self.trusted_functions())
    }

    /// What the rules make of a ruling of the rules in code.
    pub fn refine(&self, kind: Kind, input: &str, mode: Mode, ruling: Ruling) -> Ruling {
        let mut current = ruling;
        // What the code blocks, no data permits.
        let mut fixed = current.decision == Decision::Block;
        for layer in &self.layers {
            let holding = layer.rules.iter().filter(|checked| checked.rule.kind == kind && checked.holds(input, mode));
            let Some(strictest) = holding.map(|checked| &checked.rule).max_by_key(|rule| rule.decision) else {
                continue;
            };
            let tightens = strictest.decision > current.decision;
            if tightens || (!fixed && strictest.decision < current.decision) {
                let effect = strictest.effect.unwrap_or(current.effect);
                current = Ruling::new(strictest.decision, effect, strictest.id.clone(), strictest.reason.clone());
            }
            fixed |= strictest.require && strictest.decision >= current.decision;
        }
        current
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
