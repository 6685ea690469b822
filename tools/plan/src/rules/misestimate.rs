//! Where rows were misjudged, and why: shared by the rules that name the reason.
//!
//! Only the lowest node that is off is a cause; what is above follows from it. Overestimates
//! count only where something was found at all: a lookup that finds nothing is no fault of the
//! statistics.

use dbwright_finding::Severity;

use crate::{
    ConditionKind, Conjunct, Kind, Node, Predicate,
    insight::{Scope, Stake},
    units::{factor, grouped},
};

/// Factor from which an estimate is off.
const LEAST_FACTOR: f64 = 10.0;
/// Factor from which it is badly off.
const BAD_FACTOR: f64 = 100.0;
/// Rows that must be involved for it to matter.
const LEAST_ROWS: f64 = 100.0;
/// Share of a table that may change before its statistics count as stale.
const STALE_SHARE: f64 = 0.1;

/// Why the planner was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The table has changed since it was analysed, or never was.
    Stale,
    /// The condition wraps its column, so there are no statistics for it.
    Expression,
    /// Several conditions on columns that depend on each other.
    Correlated,
    /// The inputs were right, the join was not.
    Join,
    /// None of these can be seen.
    Unknown,
}

/// One node whose estimate is off.
pub(super) struct Misestimate<'a> {
    pub(super) node: &'a Node,
    pub(super) factor: f64,
    pub(super) cause: Cause,
    pub(super) stake: Stake,
}

impl Misestimate<'_> {
    /// `expected 186 rows, found 2,000 (11 times as many)`.
    pub(super) fn describe(&self) -> String {
        let direction = if self.node.rows_per_loop() > self.node.plan_rows { "more" } else { "fewer" };
        format!(
            "expected {} rows and got {} ({} times {direction})",
            grouped(self.node.plan_rows),
            grouped(self.node.rows_per_loop()),
            factor(self.factor)
        )
    }

    /// A tenfold error alone is common and often harmless.
    pub(super) fn severity(&self) -> Severity {
        if self.factor >= BAD_FACTOR { self.stake.severity() } else { Severity::Low }
    }
}

/// Misestimates of one cause.
pub(super) fn of_cause<'a>(scope: &Scope<'a>, cause: Cause) -> Vec<Misestimate<'a>> {
    scope.live().filter_map(|node| misestimate(scope, node)).filter(|found| found.cause == cause).collect()
}

fn misestimate<'a>(scope: &Scope<'a>, node: &'a Node) -> Option<Misestimate<'a>> {
    let factor = off(node)?;
    let is_lowest = scope.plan.subtree(node).skip(1).all(|below| off(below).is_none());
    if !is_lowest {
        return None;
    }
    // It matters where it decides something: how to join, how much memory to plan with.
    let decides = |above: &&Node| {
        above.kind.is_join()
            || matches!(above.kind, Kind::Sort | Kind::Hash)
            || (above.kind == Kind::Aggregate && above.strategy.as_deref() != Some("Plain"))
    };
    let above = scope.plan.ancestors(node).filter(decides);
    let stake = above.map(|above| scope.own(above)).fold(scope.own(node), Stake::plus);
    let anything = scope.plan.ancestors(node).any(|above| decides(&above)) || node.kind.is_join();
    (anything && stake.is_worth()).then(|| Misestimate { node, factor, cause: cause(scope, node), stake })
}

/// The factor, when the node is off.
fn off(node: &Node) -> Option<f64> {
    let factor = node.q_error.filter(|factor| *factor >= LEAST_FACTOR)?;
    let rows = node.rows_per_loop();
    // Too many expected costs memory at most; too few makes loops of what should be a hash.
    let least = if rows > node.plan_rows { LEAST_FACTOR } else { BAD_FACTOR };
    let found_something = rows >= 1.0 && factor >= least;
    // A bitmap's index scan is judged with its heap scan.
    let judged = node.kind != Kind::BitmapIndexScan && rows.max(node.plan_rows) >= LEAST_ROWS;
    (judged && found_something).then_some(factor)
}

fn cause(scope: &Scope<'_>, node: &Node) -> Cause {
    let facts = scope.context.relation(node);
    let stale = facts.is_some_and(|facts| {
        let changed = facts.modified_since_analyze.unwrap_or_default();
        facts.analyzed == Some(false) || changed > STALE_SHARE * facts.rows.unwrap_or_default().max(1000.0)
    });
    let parts = conjuncts(node);
    if stale {
        Cause::Stale
    } else if node.kind.is_join() {
        Cause::Join
    } else if parts.iter().any(|part| part.column.is_some() && !part.is_bare()) {
        Cause::Expression
    } else if equal_columns(&parts).len() >= 2 {
        Cause::Correlated
    } else {
        Cause::Unknown
    }
}

/// All conditions of a scan, taken apart.
pub(super) fn conjuncts(node: &Node) -> Vec<Conjunct> {
    node.conditions
        .iter()
        .filter(|condition| {
            matches!(condition.kind, ConditionKind::IndexCond | ConditionKind::RecheckCond | ConditionKind::Filter)
        })
        .flat_map(|condition| Predicate::parse(&condition.text).conjuncts)
        .collect()
}

/// Different columns that are compared with constants for equality.
pub(super) fn equal_columns(parts: &[Conjunct]) -> Vec<String> {
    let mut columns: Vec<String> = parts
        .iter()
        .filter(|part| part.is_equality() && part.has_constant())
        .filter_map(|part| part.column.clone())
        .collect();
    columns.sort();
    columns.dedup();
    columns
}
