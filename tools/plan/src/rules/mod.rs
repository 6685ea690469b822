//! The rules, one a file: declaration, check, a plan on which it fires and one on which not.

mod advice;
mod duplicates;
mod misestimate;

use dbwright_finding::Rule;

pub(crate) use duplicates::computes_nothing;

use crate::insight::{Insight, Scope};

/// A rule with its check and its two examples, TEXT plans that the tests run.
#[derive(Clone, Copy)]
pub struct PlanRule {
    /// What it is called and what it says.
    pub rule: Rule,
    pub(crate) check: fn(&Scope<'_>) -> Vec<Insight>,
    /// A plan on which it fires.
    pub bad: &'static str,
    /// A plan on which it does not, close to the other.
    pub good: &'static str,
}

impl std::fmt::Debug for PlanRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PlanRule").field(&self.rule.id).finish()
    }
}

macro_rules! rules {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// Every rule on plans.
        pub const RULES: &[&PlanRule] = &[$(&PlanRule {
            rule: $name::RULE,
            check: $name::check,
            bad: $name::BAD,
            good: $name::GOOD,
        },)*];
    };
}

rules! {
    seq_scan_selective
    seq_scan_large_unselective
    inefficient_index_filter
    inefficient_index_recheck
    lossy_bitmap
    bitmap_and_combine
    heap_fetches
    index_only_candidate
    limit_wrong_index
    sort_spill
    sort_avoidable
    sort_before_limit
    hash_batches
    hashagg_spill
    materialize_spill
    nested_loop_many
    nested_loop_seq_inner
    row_misestimate
    correlated_columns
    expression_misestimate
    stale_stats
    join_misestimate
    non_sargable
    implicit_cast
    leading_wildcard
    like_prefix_collation
    or_predicate
    not_in_subplan
    correlated_subplan
    cte_fence
    large_offset
    generic_plan
    jit_overhead
    planning_time
    partition_pruning
    workers_not_launched
    parallel_skew
    parallel_missing
    io_bound
    data_locality
    read_efficiency
    wide_rows
    trigger_time
    distinct_via_sort
    loose_index_scan
    count_distinct
    memoize_thrash
    merge_join_many_rescans
    rls_function_per_row
    disabled_node
    wal_heavy_write
    slow_lock_or_client
    timing_overhead
    foreign_scan_no_pushdown
    settings_nondefault
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
