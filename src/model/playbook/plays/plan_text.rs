//! A plan that was pasted: read as it stands, without a database.

use dbwright_plan::{Context, analyze, compact, parse_any, summary};
use serde_json::{Value, json};

use crate::model::playbook::{
    answer::{Answer, Unit, plain},
    findings,
    run::{Answered, Pending, Run},
    view::View,
};

/// The name under which the plan's figures are cited.
const SOURCE: &str = "your plan";

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let Some(text) = run.input().plan else {
        return Ok(Answer::new("Paste the plan: the output of EXPLAIN (ANALYZE, BUFFERS), as text or JSON.")
            .close(&[], "`explain SELECT …` makes one here"));
    };
    let plan = match parse_any(&text) {
        Ok(plan) => plan,
        Err(error) => {
            return Ok(Answer::new("That looks like a plan, but it cannot be read.")
                .paragraph(error.to_string())
                .close(&[], "paste it again in a code block, whole, or as FORMAT JSON"));
        }
    };
    let context = Context::new(SOURCE);
    // The same shape as a tool's result, so that the same words show it.
    let result = Answered {
        call_id: String::new(),
        source: SOURCE.to_owned(),
        result: Ok(json!({
            "findings": serde_json::to_value(analyze(&plan, &context)).unwrap_or(Value::Null),
            "summary": serde_json::to_value(summary(&plan)).unwrap_or(Value::Null),
        })),
    };
    let found = findings::collect([&result]);
    let mut facts = Vec::new();
    facts.extend(plain(&result, "/summary/execution_ms", Unit::Ms));
    facts.extend(plain(&result, "/summary/buffers", Unit::Pages));
    facts.extend(plain(&result, "/summary/total_cost", Unit::Count).map(|cost| format!("cost {cost}")));
    let how = if plan.is_executed() { "executed" } else { "estimated only" };
    let verdict = if found.is_empty() { "no fault that the rules know" } else { "what it says" };
    let mut answer = Answer::new(format!("Your plan ({how}, {}): {verdict}.", facts.join(", ")));
    if matches!(run.view, View::Answer | View::Plan | View::Detail) {
        answer = answer.code("", &compact(&plan));
    }
    answer = findings::show(answer, &found, run);
    run.gap("tables, indexes and statistics behind the plan were not looked at: it was read as pasted");
    Ok(answer.close(&run.gaps, "a number for one finding in full, `why 1`; paste the statement to have indexes tried"))
}
