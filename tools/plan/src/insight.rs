//! What a rule sees and says: the plan with its figures, and a finding with what is at stake.

use dbwright_finding::{Confidence, Evidence, Finding, Object, ObjectKind, Rule, Severity};
use serde_json::Value;

use crate::{
    Context, Kind, Node, NodeId, Plan, label,
    node::count,
    summary::own_cost,
    units::{cut, ms, percent},
};

/// Milliseconds below which nothing is worth a sentence.
const LEAST_MS: f64 = 1.0;
/// Share of the statement below which nothing is worth a sentence.
const LEAST_SHARE: f64 = 0.05;
/// Planner cost that stands in for a millisecond where nothing was timed: about 1,000 pages
/// read in sequence.
const LEAST_COST: f64 = 1000.0;

/// A finding before it is weighed against the others.
#[derive(Debug, Clone)]
pub(crate) struct Insight {
    /// What is to be said.
    pub(crate) finding: Finding,
    /// The node it is about; none for the plan as a whole.
    pub(crate) node: Option<NodeId>,
    /// What it costs.
    pub(crate) stake: Stake,
}

/// What a problem costs: time where there is time, otherwise the planner's cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stake {
    /// Milliseconds, where timed.
    pub(crate) ms: Option<f64>,
    /// Of the whole statement, 0 to 1.
    pub(crate) share: f64,
    /// The planner's cost.
    pub(crate) cost: f64,
}

impl Stake {
    /// Worth at least 5 % of the statement and 1 ms.
    pub(crate) fn is_worth(&self) -> bool {
        self.share >= LEAST_SHARE && self.ms.map_or(self.cost >= LEAST_COST, |ms| ms >= LEAST_MS)
    }

    /// `812ms, 90 % of the statement`.
    pub(crate) fn describe(&self) -> String {
        match self.ms {
            Some(value) => format!("{}, {} of the statement", ms(value), percent(self.share)),
            None => format!("{} of the estimated cost", percent(self.share)),
        }
    }

    /// By share and by absolute time: a plan does not know how often it runs, so only what a
    /// person waits for is more than medium.
    pub(crate) fn severity(&self) -> Severity {
        match self.ms {
            Some(ms) if ms >= 500.0 && self.share >= 0.3 => Severity::High,
            Some(ms) if ms >= 20.0 && self.share >= 0.2 => Severity::Medium,
            None if self.share >= 0.5 && self.cost >= 50.0 * LEAST_COST => Severity::Medium,
            _ => Severity::Low,
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            ms: self.ms.zip(other.ms).map(|(a, b)| a + b),
            share: (self.share + other.share).min(1.0),
            cost: self.cost + other.cost,
        }
    }
}

/// What a rule looks at.
pub(crate) struct Scope<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// What the caller knows.
    pub(crate) context: &'a Context,
    elapsed_ms: Option<f64>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(plan: &'a Plan, context: &'a Context) -> Self {
        Self { plan, context, elapsed_ms: plan.elapsed_ms().filter(|_| plan.is_timed()) }
    }

    /// What the node alone costs.
    pub(crate) fn own(&self, node: &Node) -> Stake {
        self.stake(node.self_ms, own_cost(self.plan, node))
    }

    /// What the node and everything below it costs.
    pub(crate) fn whole(&self, node: &Node) -> Stake {
        self.stake(node.total_ms, node.total_cost)
    }

    /// `ms` or `cost` as a share of the statement.
    pub(crate) fn stake(&self, ms: f64, cost: f64) -> Stake {
        let share = |part: f64, all: f64| if all > 0.0 { (part / all).clamp(0.0, 1.0) } else { 0.0 };
        match self.elapsed_ms {
            Some(elapsed) => Stake { ms: Some(ms), share: share(ms, elapsed), cost },
            None => Stake { ms: None, share: share(cost, self.plan.root().total_cost), cost },
        }
    }

    /// Nodes that ran, or all of a plan that did not run.
    pub(crate) fn live(&self) -> impl Iterator<Item = &'a Node> + '_ {
        self.plan.nodes().iter().filter(|node| !node.never_executed())
    }

    /// Live nodes of one kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &'a Node> + '_ {
        self.live().filter(move |node| node.kind == kind)
    }

    /// The relation's name as reports and SQL use it.
    pub(crate) fn relation_name(&self, node: &Node) -> String {
        self.context
            .relation(node)
            .and_then(|facts| facts.name.clone())
            .or_else(|| node.qualified_relation())
            .or_else(|| node.alias.clone())
            .unwrap_or_else(|| label::node_name(node))
    }

    /// The relation as the object of a finding, tied to the statement.
    pub(crate) fn table(&self, node: &Node, columns: Vec<String>) -> Object {
        self.tied(Object::new(ObjectKind::Table, self.relation_name(node)).columns(columns))
    }

    /// The statement as the object of a finding.
    pub(crate) fn query(&self) -> Object {
        let name = self.context.label.clone().or_else(|| self.plan.query_text.as_deref().map(|text| cut(text, 80)));
        self.tied(Object::new(ObjectKind::Query, name.unwrap_or_else(|| "statement".to_owned())))
    }

    fn tied(&self, object: Object) -> Object {
        match self.context.query_id.as_ref().or(self.plan.query_id.as_ref()) {
            Some(id) => object.query_id(id.clone()),
            None => object,
        }
    }

    /// A finding about a node, with what it costs as its first evidence.
    pub(crate) fn insight(
        &self,
        rule: &Rule,
        node: &Node,
        object: Object,
        stake: Stake,
        title: impl Into<String>,
    ) -> Insight {
        let mut finding = self.finding(rule, object, stake, title);
        finding = finding.evidence(self.evidence("node", label::label(node)));
        if let Some(ms) = stake.ms {
            finding = finding.evidence(self.evidence("ms_at_stake", thousandths(ms)));
        }
        finding = finding.evidence(self.evidence("share", thousandths(stake.share)));
        Insight { finding, node: Some(node.id), stake }
    }

    /// A finding about the plan as a whole.
    pub(crate) fn plan_insight(&self, rule: &Rule, stake: Stake, title: impl Into<String>) -> Insight {
        let finding = self.finding(rule, self.query(), stake, title);
        Insight { finding, node: None, stake }
    }

    fn finding(&self, rule: &Rule, object: Object, stake: Stake, title: impl Into<String>) -> Finding {
        let confidence = if self.plan.is_executed() { Confidence::Rule } else { Confidence::Estimated };
        Finding::new(rule, object, title).severity(stake.severity()).confidence(confidence)
    }

    /// One fact of this plan.
    pub(crate) fn evidence(&self, field: &str, value: impl Into<Value>) -> Evidence {
        Evidence::new(&self.context.source, field, value)
    }
}

impl Insight {
    /// Adds a fact.
    pub(crate) fn with(mut self, scope: &Scope<'_>, field: &str, value: impl Into<Value>) -> Self {
        self.finding = self.finding.evidence(scope.evidence(field, value));
        self
    }

    /// Adds a row count as a whole number.
    pub(crate) fn rows(self, scope: &Scope<'_>, field: &str, rows: f64) -> Self {
        self.with(scope, field, whole(rows))
    }

    /// Explains the mechanism.
    pub(crate) fn why(mut self, why: impl Into<String>) -> Self {
        self.finding = self.finding.why(why);
        self
    }

    /// Adds the remedy.
    pub(crate) fn fix(mut self, fix: dbwright_finding::Fix) -> Self {
        self.finding = self.finding.fix(fix);
        self
    }

    /// Sets the severity aside from what the stake says.
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.finding = self.finding.severity(severity);
        self
    }
}

/// Rounded to three decimals, as the server prints times.
pub(crate) fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// A row count for evidence: whole, as people count rows.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates, which is right here")]
pub(crate) fn whole(rows: f64) -> u64 {
    rows.round().max(0.0) as u64
}

/// Rows that a scan looked at over all loops: kept and thrown away.
pub(crate) fn scanned(node: &Node) -> f64 {
    node.rows() + (node.removed.filter + node.removed.index_recheck) * count(node.loops())
}
