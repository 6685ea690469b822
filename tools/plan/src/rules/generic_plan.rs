//! A plan for any value runs badly for this one.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    insight::{Insight, Scope, scanned},
    units::grouped,
};

pub(crate) const RULE: Rule = Rule {
    id: "generic_plan",
    group: "plans",
    severity: Severity::Medium,
    summary: "A generic plan, made without knowing the parameters, misjudges or throws away most rows",
};

pub(crate) const BAD: &str = "
Index Scan using jobs_tenant_idx on jobs  (cost=0.42..60.00 rows=20 width=80) (actual time=0.02..290.00 rows=90000 loops=1)
  Index Cond: (tenant_id = $1)
Execution Time: 295.0 ms";

pub(crate) const GOOD: &str = "
Index Scan using jobs_tenant_idx on jobs  (cost=0.42..60.00 rows=20 width=80) (actual time=0.02..290.00 rows=90000 loops=1)
  Index Cond: (tenant_id = 7)
Execution Time: 295.0 ms";

/// Factor by which the general estimate misses the actual value.
const LEAST_ERROR: f64 = 10.0;
/// Rows thrown away for a row that is kept.
const LEAST_REMOVED: f64 = 20.0;
/// Rows below which neither matters.
const LEAST_ROWS: f64 = 1000.0;

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    if !scope.plan.is_executed() {
        return None;
    }
    // `$0` belongs to InitPlans before PG 17; those are followed by their own node names.
    let initplans: Vec<&str> = scope
        .plan
        .nodes()
        .iter()
        .filter_map(|node| node.subplan_name.as_deref())
        .filter_map(|name| name.split_once("returns ").map(|(_, list)| list.trim_end_matches(')')))
        .flat_map(|list| list.split(','))
        .collect();
    let (node, parameter) = scope
        .live()
        .filter(|node| node.kind.is_scan())
        .filter_map(|node| {
            let parameter = node.conditions.iter().find_map(|condition| parameter(&condition.text, &initplans))?;
            let wrong = node.q_error.is_some_and(|error| error >= LEAST_ERROR);
            let wasteful = node.rows_removed() >= LEAST_REMOVED * node.rows().max(1.0);
            (scanned(node) >= LEAST_ROWS && (wrong || wasteful)).then_some((node, parameter))
        })
        .max_by(|(a, _), (b, _)| a.self_ms.total_cmp(&b.self_ms))?;
    let stake = scope.whole(node);
    if !stake.is_worth() {
        return None;
    }
    let title = format!(
        "The generic plan expected {} rows of {} for any {parameter}, this value has {}: {}",
        grouped(node.plan_rows),
        scope.relation_name(node),
        grouped(node.rows_per_loop()),
        stake.describe()
    );
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "parameter", parameter)
            .rows(scope, "rows_expected", node.plan_rows)
            .rows(scope, "rows", node.rows_per_loop())
            .why("A prepared statement switches to one plan for all values after five executions when that plan's estimate is not dearer; rare and frequent values then share it.")
            .fix(
                Fix::sql(FixKind::SetOption, ["SET plan_cache_mode = force_custom_plan"])
                    .undo(["RESET plan_cache_mode"])
                    .transactional()
                    .notes("For the role or the transaction of this statement: each execution is then planned for its values. With few frequent values a partial index for the rare ones serves as well."),
            ),
    )
}

/// The first `$n` of a condition that is a parameter of the statement.
fn parameter(condition: &str, initplans: &[&str]) -> Option<String> {
    condition.match_indices('$').find_map(|(at, _)| {
        let digits: String = condition.get(at + 1..)?.chars().take_while(char::is_ascii_digit).collect();
        let name = format!("${digits}");
        let inside = condition.get(..at)?.matches('\'').count() % 2 == 1;
        (!digits.is_empty() && digits != "0" && !inside && !initplans.contains(&name.as_str())).then_some(name)
    })
}
