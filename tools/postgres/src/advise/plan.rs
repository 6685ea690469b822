//! What the advisor reads from an EXPLAIN in JSON: cost, indexes, time and buffers.

use serde_json::Value;

/// The interesting part of one plan.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Plan {
    /// Total cost of the top node.
    pub(super) cost: f64,
    /// Names of the indexes that it scans.
    pub(super) indexes: Vec<String>,
    /// Execution time in milliseconds, where it was executed.
    pub(super) ms: Option<f64>,
    /// Shared buffers touched, where it was executed.
    pub(super) buffers: Option<u64>,
}

/// Reads the text of `EXPLAIN (FORMAT JSON)`.
pub(super) fn read(text: &str) -> Option<Plan> {
    let document: Value = serde_json::from_str(text).ok()?;
    let explain = document.get(0)?;
    let top = explain.get("Plan")?;
    let mut plan = Plan { cost: top.get("Total Cost")?.as_f64()?, ..Plan::default() };
    plan.ms = explain.get("Execution Time").and_then(Value::as_f64);
    if plan.ms.is_some() {
        let of = |field: &str| top.get(field).and_then(Value::as_u64).unwrap_or(0);
        plan.buffers = Some(of("Shared Hit Blocks") + of("Shared Read Blocks"));
    }
    let mut open = vec![top];
    while let Some(node) = open.pop() {
        // A node that never ran scanned nothing.
        let ran = node.get("Actual Loops").and_then(Value::as_f64).is_none_or(|loops| loops > 0.0);
        if let Some(name) = node.get("Index Name").and_then(Value::as_str).filter(|_| ran) {
            plan.indexes.push(name.to_owned());
        }
        open.extend(node.get("Plans").and_then(Value::as_array).into_iter().flatten());
    }
    plan.indexes.sort();
    plan.indexes.dedup();
    Some(plan)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
