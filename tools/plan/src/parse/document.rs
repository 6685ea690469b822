//! The document around the plan: times, triggers, settings.

use serde_json::Value;

use super::{
    node, product,
    value::{Object, float, string, whole},
};
use crate::{Jit, Plan, PlanError, Trigger, account};

/// Reads the JSON form, in any of the wrappings that servers and logs give it.
pub(super) fn read(value: &Value) -> Result<Plan, PlanError> {
    let document = match value {
        Value::Array(items) => items.first().and_then(Value::as_object),
        Value::Object(object) => match object.get("QUERY PLAN") {
            Some(inner) => return read(inner),
            None => Some(object),
        },
        // Some drivers return the JSON column as text.
        Value::String(text) => return super::parse_json(text),
        _ => None,
    }
    .ok_or(PlanError::NoPlan)?;
    if let Some(inner) = document.get("QUERY PLAN") {
        return read(inner);
    }
    let root = match document.get("Plan").and_then(Value::as_object) {
        Some(root) => root,
        // The bare node, as some tools store it.
        None if document.contains_key("Node Type") => document,
        None => return Err(product::of_document(document).unwrap_or(PlanError::NoPlan)),
    };
    let nodes = node::read_tree(root)?;
    if let Some(error) = product::of_nodes(&nodes) {
        return Err(error);
    }
    let planning = document.get("Planning").and_then(Value::as_object);
    let mut plan = Plan {
        has_buffers: nodes.iter().any(|node| !node.buffers.is_empty()) || root.contains_key("Shared Hit Blocks"),
        nodes,
        planning_ms: float(document, "Planning Time"),
        execution_ms: float(document, "Execution Time"),
        planning_buffers: planning.map(node::buffers).filter(|buffers| !buffers.is_empty()),
        triggers: document.get("Triggers").and_then(Value::as_array).map(|list| triggers(list)).unwrap_or_default(),
        jit: document.get("JIT").and_then(Value::as_object).map(jit),
        settings: document.get("Settings").and_then(Value::as_object).map(settings).unwrap_or_default(),
        query_id: string(document, "Query Identifier"),
        query_text: string(document, "Query Text"),
        notes: Vec::new(),
    };
    account::derive(&mut plan);
    Ok(plan)
}

fn triggers(list: &[Value]) -> Vec<Trigger> {
    list.iter()
        .filter_map(Value::as_object)
        .map(|object| {
            let constraint = string(object, "Constraint Name");
            Trigger {
                constraint: constraint.is_some(),
                name: constraint.or_else(|| string(object, "Trigger Name")).unwrap_or_default(),
                relation: string(object, "Relation"),
                ms: float(object, "Time").unwrap_or_default(),
                calls: whole(object, "Calls").unwrap_or_default(),
            }
        })
        .collect()
}

fn jit(object: &Object) -> Jit {
    let timing = object.get("Timing").and_then(Value::as_object);
    Jit {
        functions: whole(object, "Functions").unwrap_or_default(),
        total_ms: timing.and_then(|timing| float(timing, "Total")).unwrap_or_default(),
    }
}

fn settings(object: &Object) -> Vec<(String, String)> {
    object.keys().filter_map(|name| Some((name.clone(), string(object, name)?))).collect()
}
