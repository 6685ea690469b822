//! One statement: its plan, why it is slow, what makes it faster, proven.

use serde_json::{Value, json};

use super::{
    learn,
    mentioned::{self, Mentioned},
    slow, workload,
};
use crate::model::playbook::{
    answer::{Answer, Unit, figure},
    findings, plans,
    run::{Answered, Pending, Run, Wanted},
    view::View,
};

/// Statements handled in one turn.
const MOST: usize = 5;
/// A statement is executed if the planner expects no more work than this: some twenty seconds.
const EXECUTE_BELOW_COST: f64 = 2_000_000.0;
/// Other statements on the same tables that an index must not harm.
const RELATED: usize = 3;
/// Statements for which every kind of fix is tried: some twenty seconds each.
const TUNED: usize = 2;
/// How the adviser shortens statements.
const BRIEF: usize = 160;
/// What stale or missing statistics are called: they come before every other remedy.
const STATISTICS: [&str; 4] = ["stale_stats", "never_analyzed", "stale_statistics", "correlated_columns"];

/// Why is it slow, and what helps?
pub(super) fn optimize(run: &mut Run<'_>) -> Result<String, Pending> {
    let mut statements = statements(run);
    let pasted = !statements.is_empty();
    if !pasted {
        // Without a statement the question is which one.
        match mentioned::find(run)? {
            Mentioned::Statement(sql) => statements.push(sql),
            Mentioned::NotSeen(answer) => return Ok(answer),
            Mentioned::Nothing => return slow::play(run),
        }
    }
    let known = recall(run, &statements)?;
    let plans = plan(run, &statements, true)?;
    if plans.iter().all(|plan| plan.result.is_err()) {
        return Ok(no_plan(run, &statements));
    }
    let described = describe(run, &statements)?;
    let advice = advise(run, &statements)?;
    let tuned = tune(run, &statements)?;
    let mut findings = findings::collect(plans.iter());
    let mut advised = proven(&tuned, &mut findings);
    // The adviser also weighed other statements: its word on indexes stands before that on one.
    let indexes = helpful(&advice, &statements);
    if !indexes.is_empty() {
        advised.retain(|found| found.finding.rule != "missing_index");
    }
    advised.extend(indexes);
    let mut learnings = learn::from_advice(&advice, &statements);
    learnings.extend(tuned.iter().flat_map(learn::from_tuning));
    let saved = learn::save(run, learnings)?;
    run.gaps_of(&advice);

    let mut answer = Answer::new(verdict(&plans, &findings, &advised));
    if run.view == View::Plan {
        return Ok(plans::show(answer, &plans).close(&[], NEXT));
    }
    let whole = matches!(run.view, View::Answer | View::Detail);
    if whole && !pasted {
        answer = answer.paragraph("The statement of the workload that the question speaks of:");
        answer = answer.code("sql", &statements.join(";\n"));
    }
    if whole {
        answer = answer.list("Plan", plans.iter().filter_map(plans::headline));
    }
    if whole && let Some(first) = findings.iter().find(|found| STATISTICS.contains(&found.finding.rule.as_str())) {
        answer = answer.paragraph(format!(
            "Statistics first: {} The planner's other choices may change once that is mended.",
            first.finding.title
        ));
    }
    let mut all = advised;
    all.extend(findings);
    answer = findings::show(answer, &all, run);
    if whole {
        answer = answer
            .list("Risk", risk(&advice, &statements))
            .list("Tried and not taken", rejected(&advice).into_iter().chain(tuned.iter().flat_map(not_taken)))
            .list("Tables", described.iter().filter_map(table_line))
            .list("Known from earlier sessions", learn::recalled(&known))
            .list("Saved for the next session", saved)
            .list("Notes", plans.iter().flat_map(plans::notes).chain(texts(&advice, "/notes")));
    }
    Ok(answer.close(&run.gaps, NEXT))
}

/// The plan and what it says.
pub(super) fn explain(run: &mut Run<'_>) -> Result<String, Pending> {
    let statements = statements(run);
    if statements.is_empty() {
        return Ok(
            Answer::new("Which statement? Paste it, or a plan that EXPLAIN printed.").close(&[], "`explain SELECT …`")
        );
    }
    let analyze = run.input().analyze;
    let plans = plan(run, &statements, analyze)?;
    if plans.iter().all(|plan| plan.result.is_err()) {
        return Ok(no_plan(run, &statements));
    }
    let found = findings::collect(plans.iter());
    let headline = if found.is_empty() { "The plan has no fault that the rules know." } else { "What the plan says:" };
    let mut answer = Answer::new(headline);
    if matches!(run.view, View::Answer | View::Plan | View::Detail) {
        answer = plans::show(answer, &plans);
    }
    answer = findings::show(answer, &found, run).list("Notes", plans.iter().flat_map(plans::notes));
    let next = if analyze {
        NEXT
    } else {
        "`explain analyze …` executes it for real figures (reading statements only); `/index` tries indexes"
    };
    Ok(answer.close(&run.gaps, next))
}

/// Index advice for the statements given, or for the workload.
pub(super) fn indexes(run: &mut Run<'_>) -> Result<String, Pending> {
    let statements = run.input().statements;
    let known = if statements.is_empty() {
        vec![run.call(
            "memory",
            "memory_search",
            json!({"text": "index", "kinds": ["index_strategy", "anti_pattern"]}),
        )?]
    } else {
        recall(run, &statements)?
    };
    let arguments = if statements.is_empty() { json!({}) } else { json!({"statements": statements}) };
    let advice = run.call("advice", "advise_indexes", arguments)?;
    let found = findings::collect([&advice]);
    let saved = learn::save(run, learn::from_advice(&advice, &statements))?;
    run.gaps_of(&advice);
    let of = match advice.number("/analysed") {
        Some(count) => format!(" for {} statements ({})", figure(count, Unit::Count), advice.source),
        None => String::new(),
    };
    let headline = if advice.result.is_err() {
        "No index could be advised.".to_owned()
    } else if found.is_empty() {
        format!("No index helps{of}.")
    } else {
        format!("{}{of}:", crate::model::playbook::answer::counted(found.len(), "index"))
    };
    let mut answer = findings::show(Answer::new(headline), &found, run);
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer
            .list("Tried and not taken", rejected(&advice))
            .list("Passed over", skipped(&advice))
            .list("Known from earlier sessions", learn::recalled(&known))
            .list("Saved for the next session", saved)
            .list("Notes", texts(&advice, "/notes"));
    }
    Ok(answer.close(&run.gaps, NEXT))
}

const NEXT: &str = "a number for one finding in full, `why 1`, `show the plan`, `apply 1`, `undo script`";

/// The statements of the question; without one, the last that was pasted before it.
fn statements(run: &Run<'_>) -> Vec<String> {
    let mut own = run.input().statements;
    if own.is_empty() && refers_back(run) {
        own = run.earlier_statements();
    }
    own.truncate(MOST);
    own
}

fn refers_back(run: &Run<'_>) -> bool {
    run.input().prose.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "this" | "that" | "it" | "same"))
}

fn recall(run: &mut Run<'_>, statements: &[String]) -> Result<Vec<Answered>, Pending> {
    let searches = statements.iter().map(|sql| Wanted::new("memory_search", json!({"sql": sql})));
    run.all("memory", searches.collect())
}

/// Plans first without, then with execution where that is wanted and looks affordable.
fn plan(run: &mut Run<'_>, statements: &[String], execute: bool) -> Result<Vec<Answered>, Pending> {
    let explain = |sql: &String, analyze: bool| Wanted::new("explain", json!({"sql": sql, "analyze": analyze}));
    let mut plans = run.all("plan", statements.iter().map(|sql| explain(sql, false)).collect())?;
    if !execute {
        return Ok(plans);
    }
    let affordable = |plan: &Answered, sql: &str| {
        plan.number("/summary/total_cost").is_some_and(|cost| cost <= EXECUTE_BELOW_COST) && !workload::writes(sql)
    };
    let mut positions = Vec::new();
    for (at, (plan, sql)) in plans.iter().zip(statements).enumerate() {
        if affordable(plan, sql) {
            positions.push(at);
        } else if let Some(cost) = plan.number("/summary/total_cost").filter(|cost| *cost > EXECUTE_BELOW_COST) {
            let cost = figure(cost, Unit::Count);
            run.gap(format!("not executed: the planner expects a cost of {cost} ({})", plan.source));
        }
    }
    let again = positions.iter().filter_map(|at| statements.get(*at)).map(|sql| explain(sql, true)).collect();
    for (at, executed) in positions.iter().zip(run.all("executed", again)?) {
        if let Some(slot) = plans.get_mut(*at).filter(|_| executed.result.is_ok()) {
            *slot = executed;
        }
    }
    Ok(plans)
}

fn describe(run: &mut Run<'_>, statements: &[String]) -> Result<Vec<Answered>, Pending> {
    if !run.offers("describe") {
        return Ok(Vec::new());
    }
    let tables = workload::tables(statements.iter().map(String::as_str));
    run.all("tables", tables.iter().take(MOST).map(|name| Wanted::new("describe", json!({"name": name}))).collect())
}

/// Advice for the statements, tried together with others on the same tables, which must not get worse.
fn advise(run: &mut Run<'_>, statements: &[String]) -> Result<Answered, Pending> {
    let mut all = statements.to_vec();
    if run.offers("workload") {
        let recorded = run.call("workload", "workload", json!({"order": "total", "limit": 50}))?;
        let tables = workload::tables(statements.iter().map(String::as_str));
        let prints: Vec<_> = statements.iter().map(|sql| dbwright_sql::fingerprint(sql).ok()).collect();
        let others = workload::Statements::of(Some(&recorded), usize::MAX);
        let related = others.texts().filter(|sql| {
            workload::tables([*sql]).iter().any(|table| tables.contains(table))
                && !prints.contains(&dbwright_sql::fingerprint(sql).ok())
        });
        all.extend(related.take(RELATED).map(str::to_owned));
    }
    run.call("advice", "advise_indexes", json!({"statements": all}))
}

/// Every other kind of fix for statements that can be executed, proven by execution.
pub(super) fn tune(run: &mut Run<'_>, statements: &[String]) -> Result<Vec<Answered>, Pending> {
    if !run.offers("tune_statement") {
        return Ok(Vec::new());
    }
    let reading = statements.iter().filter(|sql| !workload::writes(sql)).take(TUNED);
    run.all("tuned", reading.map(|sql| Wanted::new("tune_statement", json!({"sql": sql}))).collect())
}

/// What tuning proved; what the plan said of the same fault is then told already.
fn proven(tuned: &[Answered], plan: &mut Vec<findings::Found>) -> Vec<findings::Found> {
    let proven = findings::collect(tuned.iter());
    plan.retain(|found| !proven.iter().any(|better| better.finding.rule == found.finding.rule));
    proven
}

/// Fixes that were tried in vain.
fn not_taken(tuned: &Answered) -> Vec<String> {
    let line = |value: &Value| {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        (text("outcome")? != "advised").then_some(())?;
        let what = dbwright_sql::brief(text("what")?, 140);
        Some(format!("{} `{what}`: {} ({})", text("kind")?, text("result")?, tuned.source))
    };
    tuned.list("/tried").iter().filter_map(line).take(5).collect()
}

/// Advised indexes from which one of the statements gains.
fn helpful(advice: &Answered, statements: &[String]) -> Vec<findings::Found> {
    let helps: Vec<bool> = advice.list("/indexes").iter().map(|index| serves(index, statements)).collect();
    let ids: Vec<&str> = advice
        .list("/findings")
        .iter()
        .zip(helps)
        .filter(|(_, helps)| *helps)
        .filter_map(|(finding, _)| finding.get("id")?.as_str())
        .collect();
    findings::collect([advice]).into_iter().filter(|found| ids.contains(&found.finding.id.as_str())).collect()
}

fn serves(index: &Value, statements: &[String]) -> bool {
    let gains = index.get("gains").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let texts = || statements.iter().map(|sql| dbwright_sql::brief(sql, BRIEF));
    gains.is_empty()
        || gains.iter().filter_map(|gain| gain.get("text")?.as_str()).any(|text| texts().any(|short| short == text))
}

/// One sentence: what is to be gained.
fn verdict(plans: &[Answered], found: &[findings::Found], advised: &[findings::Found]) -> String {
    let proven = advised.iter().find_map(|found| Some((found.finding.measured?, &found.source)));
    if let Some((measured, source)) = proven {
        return format!("There is something to gain, {}.", findings::proof(&measured, source));
    }
    let time =
        plans.iter().find_map(|plan| crate::model::playbook::answer::sourced(plan, "/summary/execution_ms", Unit::Ms));
    let took = time.map(|time| format!(" It took {time}.")).unwrap_or_default();
    if found.is_empty() && advised.is_empty() {
        format!("Nothing to gain: the plan has no fault that the rules know, and no index helps.{took}")
    } else {
        format!("No index helps, but the plan has faults.{took}")
    }
}

/// What an index costs: its size and the table's writes.
fn risk(advice: &Answered, statements: &[String]) -> Vec<String> {
    let line = |index: &Value| {
        let name = index.get("name")?.as_str()?;
        let size = index.get("bytes").and_then(Value::as_f64).map(|bytes| figure(bytes, Unit::Bytes))?;
        let how =
            if index.get("bytes_measured").and_then(Value::as_bool) == Some(true) { "measured" } else { "estimated" };
        let writes = index.get("write_note").and_then(Value::as_str).unwrap_or_default();
        Some(format!("{name}: {size}, {how}; {writes} ({})", advice.source))
    };
    advice.list("/indexes").iter().filter(|index| serves(index, statements)).filter_map(line).collect()
}

fn rejected(advice: &Answered) -> Vec<String> {
    let line = |value: &Value| {
        let (statement, why) = (value.get("statement")?.as_str()?, value.get("why")?.as_str()?);
        Some(format!("`{}`: {why} ({})", dbwright_sql::brief(statement, 140), advice.source))
    };
    advice.list("/rejected").iter().filter_map(line).take(5).collect()
}

fn skipped(advice: &Answered) -> Vec<String> {
    let line = |value: &Value| Some(format!("`{}`: {}", value.get("text")?.as_str()?, value.get("why")?.as_str()?));
    advice.list("/skipped").iter().filter_map(line).take(5).collect()
}

fn texts(answered: &Answered, pointer: &str) -> Vec<String> {
    let texts = answered.list(pointer).iter().filter_map(Value::as_str);
    texts.map(|text| format!("{text} ({})", answered.source)).collect()
}

/// Size, rows and indexes of a table, as the statement meets it.
fn table_line(card: &Answered) -> Option<String> {
    let name = format!("{}.{}", card.text("/schema")?, card.text("/name")?);
    let mut parts = Vec::new();
    parts.extend(card.number("/estimated_rows").map(|rows| format!("{} rows", figure(rows, Unit::Count))));
    parts.extend(card.number("/table_bytes").map(|bytes| figure(bytes, Unit::Bytes)));
    let indexes: Vec<&str> =
        card.list("/indexes").iter().filter_map(|index| index.get("definition")?.as_str()).collect();
    let indexes = if indexes.is_empty() { "no index".to_owned() } else { format!("indexes: {}", indexes.join("; ")) };
    Some(format!("{name}: {}; {indexes} ({})", parts.join(", "), card.source))
}

fn no_plan(run: &Run<'_>, statements: &[String]) -> String {
    Answer::new("There is no plan to read.")
        .code("sql", &statements.join(";\n"))
        .close(&run.gaps, "correct the statement, or describe a table it uses: `describe NAME`")
}
