//! From what people paste to a [`Plan`].
//!
//! TEXT is first turned into the JSON form's keys ([`text`]), so there is one reader of
//! properties ([`node`]) and both formats of one run give the same tree.

mod clean;
mod damage;
mod document;
mod line;
mod node;
mod product;
mod property;
mod text;
mod value;

use serde_json::Value;

use crate::{Plan, PlanError};

/// Levels of JSON nesting that are read: about 250 nodes on one path, four times the deepest
/// join tree that `join_collapse_limit` lets the planner build, and safe for a 2 MB stack.
const DEPTH_LIMIT: usize = 512;

/// Reads `EXPLAIN (FORMAT JSON)`: the array, its one object, or auto_explain's object.
///
/// # Errors
/// When the text is empty, not JSON, nested too deep, or holds no plan.
pub fn parse_json(text: &str) -> Result<Plan, PlanError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(PlanError::Empty);
    }
    let found = clean::json_depth(text);
    if found > DEPTH_LIMIT {
        return Err(PlanError::TooDeep { found, limit: DEPTH_LIMIT });
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value: Value = serde::Deserialize::deserialize(&mut reader).map_err(PlanError::Json)?;
    Ok(annotated(document::read(&value)?, text, &[]))
}

/// Reads the JSON form as the server returns it through a driver.
///
/// # Errors
/// When there is no `Plan` object in it, or a node has no type.
pub fn parse_value(value: &Value) -> Result<Plan, PlanError> {
    document::read(value)
}

/// Reads `EXPLAIN` in TEXT format, with or without ANALYZE, COSTS, psql's frame or a log prefix.
///
/// # Errors
/// When the text is empty or no line is a plan node.
pub fn parse_text(text: &str) -> Result<Plan, PlanError> {
    if text.trim().is_empty() {
        return Err(PlanError::Empty);
    }
    let (value, lines) = text::to_value(text).map_err(|error| product::of_text(text).unwrap_or(error))?;
    if let Some(foreign) = product::of_text(text) {
        return Err(foreign);
    }
    let plan = document::read(&value)?;
    Ok(annotated(plan, text, &lines))
}

/// Reads JSON or TEXT, whichever it is.
///
/// # Errors
/// As [`parse_json`] and [`parse_text`]; XML and YAML are refused by name.
pub fn parse_any(text: &str) -> Result<Plan, PlanError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(PlanError::Empty);
    }
    if let Some(json) = clean::json_body(trimmed) {
        let mut plan = parse_json(&json)?;
        if plan.is_executed() {
            plan.execution_ms = plan.execution_ms.or_else(|| clean::logged_duration(trimmed));
        }
        return Ok(plan);
    }
    if trimmed.contains("<explain xmlns") {
        return Err(PlanError::Format("XML"));
    }
    if trimmed.contains("- Plan:") && trimmed.contains("Node Type: \"") {
        return Err(PlanError::Format("YAML"));
    }
    // Line numbers in notes are those of the text as it was given.
    parse_text(text.trim_start_matches('\u{feff}'))
}

/// Adds what the text says beside the tree, and what the tree lacks.
fn annotated(mut plan: Plan, text: &str, lines: &[usize]) -> Plan {
    if plan.is_executed() {
        plan.execution_ms = plan.execution_ms.or_else(|| clean::logged_duration(text));
    }
    plan.notes = damage::notes(&plan, lines);
    plan.notes.extend(product::notes(&plan, text));
    plan
}
