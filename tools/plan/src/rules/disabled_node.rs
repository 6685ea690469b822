//! A node runs although it is switched off.

use dbwright_finding::{Fix, FixKind, Rule, Severity};

use crate::{
    Node,
    insight::{Insight, Scope},
    label,
};

pub(crate) const RULE: Rule = Rule {
    id: "disabled_node",
    group: "plans",
    severity: Severity::Medium,
    summary: "A plan node runs that a setting was to prevent: an index is missing or the setting is left over",
};

pub(crate) const BAD: &str = "
Seq Scan on orders  (cost=10000000000.00..10000001986.00 rows=2000 width=8) (actual time=0.02..29.50 rows=2100 loops=1)
Settings: enable_seqscan = 'off'
Execution Time: 29.520 ms";

pub(crate) const GOOD: &str = "
Seq Scan on orders  (cost=0.00..1986.00 rows=2000 width=8) (actual time=0.02..29.50 rows=2100 loops=1)
Execution Time: 29.520 ms";

pub(crate) fn check(scope: &Scope<'_>) -> Vec<Insight> {
    let Some(setting) = scope.plan.settings.iter().find(|(name, value)| name.starts_with("enable_") && value == "off")
    else {
        return Vec::new();
    };
    scope.live().filter(|node| node.disabled).filter_map(|node| insight(scope, node, &setting.0)).collect()
}

fn insight(scope: &Scope<'_>, node: &Node, setting: &str) -> Option<Insight> {
    let stake = scope.own(node);
    if !stake.is_worth() {
        return None;
    }
    let title = format!("{} runs although {setting} is off: {}", label::label(node), stake.describe());
    Some(
        scope
            .insight(&RULE, node, scope.query(), stake, title)
            .with(scope, "setting", format!("{setting} = off"))
            .why("Switched-off nodes are still used when there is no other way, and the plan around them is then chosen by distorted costs.")
            .fix(
                Fix::sql(FixKind::SetOption, [format!("RESET {setting}")])
                    .undo([format!("SET {setting} = off")])
                    .transactional()
                    .notes("If a role or database sets it (pg_db_role_setting), reset it there."),
            ),
    )
}
