//! The whole review: memory, what happens now, health, workload, plans, indexes, files, Redis,
//! what was learned.

use serde_json::json;

use super::{hand_over, learn, query, workload};
use crate::model::playbook::{
    answer::{Answer, counted},
    findings::{self, Found},
    plans,
    run::{Answered, Pending, Run, Wanted},
    view::View,
};

/// Statements of the workload whose plans are read.
const STATEMENTS: usize = 8;
/// A review has more time than a question: a whole walk finds every big key.
const KEYSPACE_MS: u64 = 30_000;
/// A statement is executed for its plan if one call takes no longer, in milliseconds.
const EXECUTE_BELOW_MS: f64 = 2_000.0;
/// A statement that nothing is known of is executed if the planner expects no more work than this.
const EXECUTE_BELOW_COST: f64 = 200_000.0;
/// Learnings asked for at once.
const RECALLED: u32 = 20;

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let given = run.input().statements;
    let mut known = vec![run.call(
        "memory",
        "memory_search",
        json!({"text": "index table query migration convention redis keys helps", "limit": RECALLED}),
    )?];
    let mut results = Vec::new();
    if run.offers("check_health") {
        // What happens now comes first: it may be over in a minute, or the reason for all the rest.
        let now = ["locks", "sessions"].map(|group| Wanted::new("check_health", json!({"only": group})));
        results.extend(run.all("now", now.to_vec())?);
    }
    results.extend(look(run)?);
    let list = workload::Statements::of(find(&results, "workload"), STATEMENTS);
    known.extend(recall_tables(run, &list, &given)?);
    let plans = plans_of(run, &list, &given)?;
    let advice = advise(run, &list, &given)?;
    // Somebody asked about these: it is worth the time to try every kind of fix.
    let tuned = query::tune(run, &given)?;
    let all: Vec<&Answered> = results.iter().chain(&plans).chain(&advice).chain(&tuned).collect();
    let found = findings::collect(all.iter().copied());
    let mut learnings = learnings(&results, &advice, &list, &given);
    learnings.extend(tuned.iter().flat_map(learn::from_tuning));
    let saved = learn::save(run, learnings)?;
    let handed = hand_over::code(run, &found)?;
    for result in &all {
        run.gaps_of(result);
    }
    Ok(report(run, &results, &plans, &found, &known, &saved, &handed))
}

/// Everything that only looks, at once.
fn look(run: &mut Run<'_>) -> Result<Vec<Answered>, Pending> {
    let wanted = [
        ("check_health", json!({}), "no database was looked at: none is configured (--db)"),
        (
            "workload",
            json!({"order": "total", "limit": 40}),
            "the workload was not looked at: no database is configured (--db)",
        ),
        ("lint_migration", json!({}), "migrations were not read: the tool lint_migration is not on offer"),
        ("scan_code", json!({}), "the code was not read: the tool scan_code is not on offer"),
        (
            "analyze_keyspace",
            json!({"max_time_ms": KEYSPACE_MS}),
            "Redis was not looked at: no server is configured (--redis)",
        ),
    ];
    let mut calls = Vec::new();
    for (tool, arguments, missing) in wanted {
        if run.offers(tool) {
            calls.push(Wanted::new(tool, arguments));
        } else {
            run.gap(missing);
        }
    }
    run.all("look", calls)
}

/// What is known of the tables that the work is about.
fn recall_tables(
    run: &mut Run<'_>,
    list: &workload::Statements,
    given: &[String],
) -> Result<Option<Answered>, Pending> {
    let tables = workload::tables(list.texts().chain(given.iter().map(String::as_str)));
    if tables.is_empty() || !run.offers("memory_search") {
        return Ok(None);
    }
    run.call("known", "memory_search", json!({"tables": tables, "limit": RECALLED})).map(Some)
}

/// The plans of the statements that cost most, and of those that were given. Only what is known or
/// expected to be quick is executed.
pub(super) fn plans_of(
    run: &mut Run<'_>,
    list: &workload::Statements,
    given: &[String],
) -> Result<Vec<Answered>, Pending> {
    if !run.offers("explain") {
        return Ok(Vec::new());
    }
    let explain = |sql: &str, analyze: bool| Wanted::new("explain", json!({"sql": sql, "analyze": analyze}));
    let quick = |mean_ms: Option<f64>| mean_ms.is_some_and(|ms| ms <= EXECUTE_BELOW_MS);
    let mut wanted: Vec<Wanted> =
        list.top.iter().map(|one| explain(&one.sql, quick(one.mean_ms) && !workload::writes(&one.sql))).collect();
    let from_workload = wanted.len();
    wanted.extend(given.iter().map(|sql| explain(sql, false)));
    let mut plans = run.all("plans", wanted)?;
    let estimated = plans.split_off(from_workload);
    let again: Vec<Wanted> = estimated
        .iter()
        .zip(given)
        .filter(|(plan, sql)| {
            let cost = plan.number("/summary/total_cost");
            cost.is_some_and(|cost| cost <= EXECUTE_BELOW_COST) && !workload::writes(sql)
        })
        .map(|(_, sql)| explain(sql, true))
        .collect();
    let executed = run.all("executed", again)?;
    plans.extend(estimated.into_iter().filter(|plan| {
        // The executed plan says the same with real figures.
        let statement = |plan: &Answered| plan.text("/summary/nodes/0/label").map(str::to_owned);
        let cost = |plan: &Answered| plan.number("/summary/total_cost");
        !executed.iter().any(|other| statement(other) == statement(plan) && cost(other) == cost(plan))
    }));
    plans.extend(executed);
    Ok(plans)
}

/// Index advice: once for the recorded workload, where statements weigh what they cost, and once
/// for statements that were given.
pub(super) fn advise(
    run: &mut Run<'_>,
    list: &workload::Statements,
    given: &[String],
) -> Result<Vec<Answered>, Pending> {
    if !run.offers("advise_indexes") {
        return Ok(Vec::new());
    }
    let mut wanted = Vec::new();
    if list.recorded {
        wanted.push(Wanted::new("advise_indexes", json!({})));
    }
    let mut others = given.to_vec();
    if !list.recorded {
        others.extend(list.texts().map(str::to_owned));
    }
    if !others.is_empty() {
        wanted.push(Wanted::new("advise_indexes", json!({"statements": others})));
    }
    run.all("advice", wanted)
}

fn learnings(results: &[Answered], advice: &[Answered], list: &workload::Statements, given: &[String]) -> Vec<Wanted> {
    let statements: Vec<String> = given.iter().cloned().chain(list.texts().map(str::to_owned)).collect();
    let mut learnings: Vec<Wanted> =
        find(results, "lint_migration").and_then(learn::from_migrations).into_iter().collect();
    learnings.extend(advice.iter().flat_map(|advice| learn::from_advice(advice, &statements)));
    learnings.extend(find(results, "analyze_keyspace").map(learn::from_keyspace).unwrap_or_default());
    learnings
}

/// The last result of a tool: `check_health` of everything comes after that of single groups.
fn find<'a>(results: &'a [Answered], tool: &str) -> Option<&'a Answered> {
    results.iter().rev().find(|result| result.source.split('#').next() == Some(tool))
}

fn report(
    run: &Run<'_>,
    results: &[Answered],
    plans: &[Answered],
    found: &[Found],
    known: &[Answered],
    saved: &[String],
    handed: &[String],
) -> String {
    let health = find(results, "check_health");
    let what =
        health.and_then(|health| health.text("/server")).map_or_else(|| "what is here".to_owned(), str::to_owned);
    let what = find(results, "analyze_keyspace")
        .and_then(|keyspace| keyspace.text("/server/version"))
        .map_or(what.clone(), |version| format!("{what} and Redis {version}"));
    let tally = findings::tally(found);
    let headline = if found.is_empty() {
        format!("Review of {what}: nothing found that needs work.")
    } else {
        format!("Review of {what}: {} ({tally}).", counted(found.len(), "finding"))
    };
    let mut answer = Answer::new(headline);
    if run.view == View::Plan {
        return plans::show(answer, plans).close(&[], NEXT);
    }
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer.list("Most time goes to", find(results, "workload").map(workload::lines).unwrap_or_default());
    }
    answer = findings::show(answer, found, run);
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer
            .list("Known from earlier sessions", learn::recalled(known))
            .list("Saved for the next session", saved.iter().cloned())
            .list("For others", handed.iter().cloned());
        return answer.close(&run.gaps, NEXT);
    }
    answer.close(&[], NEXT)
}

const NEXT: &str =
    "a number for one finding in full, `why 1`, `more detail`, `show the plan`, `apply 1`, `undo script`";
