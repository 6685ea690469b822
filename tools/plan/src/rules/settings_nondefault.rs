//! The plan was made under settings that differ from their defaults.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    insight::{Insight, Scope},
    units::cut,
};

pub(crate) const RULE: Rule = Rule {
    id: "settings_nondefault",
    group: "plans",
    severity: Severity::Info,
    summary: "Planner methods are switched off, or costs are far from what servers use, in this session",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=90000 width=8) (actual time=0.02..29.50 rows=91000 loops=1)
Settings: enable_indexscan = 'off', work_mem = '64MB'
Execution Time: 29.520 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=90000 width=8) (actual time=0.02..29.50 rows=91000 loops=1)
Settings: work_mem = '64MB'
Execution Time: 29.520 ms";

/// Planner limits that people raise on purpose: named when they are lowered or extreme.
const SURPRISING: [&str; 6] = [
    "plan_cache_mode",
    "from_collapse_limit",
    "join_collapse_limit",
    "geqo",
    "constraint_exclusion",
    "cursor_tuple_fraction",
];

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    insight(scope).into_iter().collect()
}

fn insight(scope: &Scope<'_>) -> Option<Insight> {
    let odd: Vec<String> = scope
        .plan
        .settings
        .iter()
        .filter(|(name, value)| {
            let off = name.starts_with("enable_") && value == "off";
            let planner = name.starts_with("debug_") || SURPRISING.contains(&name.as_str());
            let page_cost = name == "random_page_cost" && value.parse::<f64>().is_ok_and(|cost| !(1.0..=4.0).contains(&cost));
            off || planner || page_cost
        })
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if odd.is_empty() {
        return None;
    }
    let stake = scope.whole(scope.plan.root());
    if !stake.is_worth() {
        return None;
    }
    let resets: Vec<String> =
        odd.iter().filter_map(|pair| Some(format!("RESET {}", pair.split_once(' ')?.0))).collect();
    let title = format!("The plan was made with {}: other sessions may get another one", cut(&odd.join(", "), 120));
    Some(
        scope
            .plan_insight(&RULE, stake, title)
            .severity(Severity::Info)
            .with(scope, "settings", odd.join(", "))
            .why("Switches of the planner are for finding out, not for running: a plan that needs them has a wrong estimate or a missing index behind it.")
            .fix(
                Fix::sql(FixKind::SetOption, resets)
                    .transactional()
                    .notes("Then look at the plan again; find out who sets it (SELECT * FROM pg_db_role_setting)."),
            ),
    )
}
