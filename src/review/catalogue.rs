//! Every rule of every engine, by its id.

use dbwright_finding::Rule;

/// All rules, in the order of the engines: health, plans, indexes, rewrites, migrations, Redis, code.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let plans = dbwright_plan::RULES.iter().map(|plan| &plan.rule);
    let hazards = dbwright_migrations::hazard_rules().iter().map(|hazard| &hazard.rule);
    dbwright_checks::RULES
        .iter()
        .copied()
        .chain(plans)
        .chain(dbwright_indexes::RULES.iter().copied())
        .chain(dbwright_rewrites::FINDING_RULES.iter().copied())
        .chain(hazards)
        .chain(dbwright_keyspace::KEYSPACE_RULES.iter().copied())
        .chain(dbwright_keyspace::SCRIPT_RULES.iter().copied())
        .chain(dbwright_keyspace::CODE_RULES.iter().copied())
        .chain(dbwright_workspace::RULES.iter().copied())
}

/// The rule called `id`, unless it is of another version of the product.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}
