//! Statements that cost the most, by time, spills and reads.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Statement, facts::Facts, words};

pub(crate) const RULE: Rule = Rule {
    id: "slow_statement",
    group: "queries",
    severity: Severity::Medium,
    summary: "One statement takes a large share of all execution time",
};

pub(crate) const SPILL: Rule = Rule {
    id: "statement_spills",
    group: "queries",
    severity: Severity::Low,
    summary: "A statement sorts or hashes more than work_mem holds and writes temporary files",
};

pub(crate) const CACHE: Rule = Rule {
    id: "statement_cache_misses",
    group: "queries",
    severity: Severity::Low,
    summary: "A statement reads much of its data from outside the buffer cache",
};

pub(crate) const EVICTIONS: Rule = Rule {
    id: "statements_evicted",
    group: "queries",
    severity: Severity::Info,
    summary: "pg_stat_statements throws entries away: the workload is only partly visible",
};

/// Half of everything: then nothing else is worth doing first.
const HIGH_SHARE: f64 = 0.5;
/// Fewer calls say little of what the application does; only a heavy load outweighs that.
const FEW_CALLS: i64 = 5;
/// Milliseconds in total from which a statement of few calls may still be high.
const HEAVY_MS: f64 = 60_000.0;
/// Bytes of a block.
const BLOCK: i64 = 8192;
/// Temporary bytes in total that are worth a change.
const SPILLED_BYTES: i64 = 100 << 20;

fn statements<'a>(facts: &Facts<'a>) -> &'a [Statement] {
    facts.snapshot.statements.get().map_or(&[], |statements| &statements.items)
}

fn object(statement: &Statement) -> Object {
    Object::new(ObjectKind::Query, words::brief(&statement.query, 120)).query_id(&statement.query_id)
}

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let limits = facts.thresholds;
    let Some(all) = facts.snapshot.statements.get().filter(|all| all.total_ms >= limits.statement_total_ms) else {
        return Vec::new();
    };
    all.items
        .iter()
        .filter(|statement| statement.calls > 1 && is_query(&statement.query) && touches_a_relation(&statement.query))
        .filter_map(|statement| {
            let share = statement.total_ms / all.total_ms.max(1.0);
            let dominant = share >= limits.statement_share;
            let slow = statement.mean_ms >= limits.statement_mean_ms && share >= limits.statement_share / 4.0;
            (dominant || slow).then_some((statement, share))
        })
        .map(|(statement, share)| {
            let slow = statement.mean_ms >= limits.statement_mean_ms;
            let proven = statement.calls >= FEW_CALLS || (share > HIGH_SHARE && statement.total_ms > HEAVY_MS);
            let severity = match (slow, share >= HIGH_SHARE && proven) {
                (true, true) => Severity::High,
                (true, false) => RULE.severity,
                // Fast but frequent: the number of calls is the lever, not the plan.
                (false, _) => Severity::Low,
            };
            Finding::new(
                &RULE,
                object(statement),
                format!(
                    "{} of all execution time is one statement: {} calls, {} each",
                    words::percent(share),
                    words::count(statement.calls),
                    words::millis(statement.mean_ms)
                ),
            )
            .severity(severity)
            .why("Improving it improves the whole server more than anything else.")
            .evidence(Evidence::new("pg_stat_statements", "total_exec_time_ms", round(statement.total_ms)))
            .evidence(Evidence::new("pg_stat_statements", "mean_exec_time_ms", round(statement.mean_ms)))
            .evidence(Evidence::new("pg_stat_statements", "max_exec_time_ms", round(statement.max_ms)))
            .evidence(Evidence::new("pg_stat_statements", "calls", statement.calls))
            .evidence(Evidence::new(
                "pg_stat_statements",
                "shared_blocks",
                statement.shared_hit + statement.shared_read,
            ))
            .fix(Fix::advice(
                FixKind::RewriteQuery,
                "Look at its plan (explain) and at the index advice for it before changing anything.",
            ))
        })
        .collect()
}

pub(crate) fn check_spills(facts: &Facts<'_>) -> Vec<Finding> {
    let work_mem = facts.settings().and_then(|settings| settings.bytes("work_mem"));
    let mut found: Vec<&Statement> = statements(facts)
        .iter()
        .filter(|statement| {
            let bytes = statement.temp_written.saturating_mul(BLOCK);
            bytes >= SPILLED_BYTES && bytes / statement.calls.max(1) >= facts.thresholds.spill_bytes
        })
        .collect();
    found.sort_by_key(|statement| std::cmp::Reverse(statement.temp_written));
    found
        .into_iter()
        .map(|statement| {
            let total = statement.temp_written.saturating_mul(BLOCK);
            let per_call = total / statement.calls.max(1);
            let mut finding = Finding::new(
                &SPILL,
                object(statement),
                format!(
                    "a statement writes {} of temporary files on each of its {} calls",
                    words::bytes(per_call),
                    words::count(statement.calls)
                ),
            )
            .why("A sort or hash that does not fit into work_mem goes through the disk.")
            .evidence(Evidence::new("pg_stat_statements", "temp_bytes_per_call", per_call))
            .evidence(Evidence::new("pg_stat_statements", "temp_bytes", total))
            .evidence(Evidence::new("pg_stat_statements", "calls", statement.calls));
            if let Some(work_mem) = work_mem {
                finding = finding.evidence(Evidence::new("pg_settings", "work_mem_bytes", work_mem));
            }
            finding.fix(Fix::advice(
                FixKind::SetOption,
                "First see whether an index gives the order or fewer rows need sorting; then raise work_mem for this \
                 statement's role or transaction only (the memory form needs two to three times the temporary size).",
            ))
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn check_cache(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<(&Statement, f64)> = statements(facts)
        .iter()
        .filter_map(|statement| {
            let total = statement.shared_hit + statement.shared_read;
            let share = statement.shared_hit as f64 / total.max(1) as f64;
            (statement.shared_read >= facts.thresholds.cache_blocks && share < facts.thresholds.cache_hit_share)
                .then_some((statement, share))
        })
        .collect();
    found.sort_by_key(|(statement, _)| std::cmp::Reverse(statement.shared_read));
    found
        .into_iter()
        .map(|(statement, share)| {
            let read = statement.shared_read.saturating_mul(BLOCK);
            Finding::new(
                &CACHE,
                object(statement),
                format!(
                    "a statement has read {} from outside the buffer cache (hit ratio {})",
                    words::bytes(read),
                    words::percent(share)
                ),
            )
            .why("It touches more pages than stay in the cache: fewer pages by a better index help more than memory.")
            .evidence(Evidence::new("pg_stat_statements", "shared_blks_read", statement.shared_read))
            .evidence(Evidence::new("pg_stat_statements", "shared_blks_hit", statement.shared_hit))
            .evidence(Evidence::new("pg_stat_statements", "calls", statement.calls))
            .fix(Fix::advice(FixKind::RewriteQuery, "Look at its plan with buffers: which node reads the pages."))
        })
        .collect()
}

pub(crate) fn check_evictions(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(all) = facts.snapshot.statements.get() else { return Vec::new() };
    let Some(evictions) = all.evictions.filter(|evictions| *evictions > 0) else { return Vec::new() };
    let max = all.max.unwrap_or_default();
    vec![
        Finding::new(
            &EVICTIONS,
            Object::new(ObjectKind::Setting, "pg_stat_statements.max"),
            format!(
                "pg_stat_statements threw entries away {} times: its {} places are too few",
                words::count(evictions),
                words::count(max)
            ),
        )
        .why("The least used statements are dropped when the table is full, so totals and ranks are incomplete.")
        .evidence(Evidence::new("pg_stat_statements_info", "dealloc", evictions))
        .fix(super::alter_system_restart("pg_stat_statements.max", "10000")),
    ]
}

/// Whether a plan stands behind it: maintenance (ANALYZE, CREATE INDEX, COPY) takes the time it takes.
fn is_query(text: &str) -> bool {
    let first = dbwright_sql::tokens(text).find(|token| token.is_code() && token.text != "(");
    first.is_some_and(|word| {
        ["select", "with", "insert", "update", "delete", "merge", "values"].iter().any(|verb| word.is_word(verb))
    })
}

/// Whether rows are read or written: `SELECT pg_sleep($1)`, a lock or a setting has no plan to better.
/// Text that cannot be read, clipped say, is taken to touch one.
fn touches_a_relation(text: &str) -> bool {
    dbwright_sql::relations(text).map_or(true, |relations| !relations.is_empty())
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
#[path = "workload_tests.rs"]
mod tests;
