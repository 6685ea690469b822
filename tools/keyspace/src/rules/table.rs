//! The table of rules, and how they are run.

use dbwright_finding::{Finding, Rule};

use super::{
    big_collection, big_string, blocked_clients, clients, command_cost, dangerous_commands, end_of_life,
    eviction_policy, eviction_rate, expire_stale, fragmentation, hash_tags, heavy_scripts, hit_ratio, hot_key,
    json_string, latency_fork, listpack_near_miss, lock_no_ttl, logical_dbs, monitoring_off, no_maxmemory, no_password,
    no_ttl_ephemeral, one_field_hash, output_buffers, overhead, partial_ttl, persistence_failing, persistence_off,
    personal_names, replication, skew, slowlog, small_strings, stream_unbounded, sync_expiry,
};
use crate::analysis::Facts;

type Check = fn(&Facts<'_>) -> Vec<Finding>;

macro_rules! table {
    ($($module:ident),+ $(,)?) => {
        /// Rules over a snapshot of a server.
        pub const KEYSPACE_RULES: &[&Rule] = &[$(&$module::RULE),+];

        const CHECKS: &[Check] = &[$($module::check),+];
    };
}

table!(
    persistence_failing,
    lock_no_ttl,
    no_ttl_ephemeral,
    partial_ttl,
    sync_expiry,
    expire_stale,
    big_string,
    big_collection,
    skew,
    listpack_near_miss,
    small_strings,
    one_field_hash,
    json_string,
    fragmentation,
    overhead,
    no_maxmemory,
    logical_dbs,
    eviction_policy,
    eviction_rate,
    hit_ratio,
    hot_key,
    hash_tags,
    slowlog,
    dangerous_commands,
    command_cost,
    heavy_scripts,
    persistence_off,
    clients,
    blocked_clients,
    output_buffers,
    replication,
    stream_unbounded,
    latency_fork,
    monitoring_off,
    no_password,
    personal_names,
    end_of_life,
);

/// Runs every rule; most severe findings first, then the order of the table.
pub(crate) fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = CHECKS.iter().flat_map(|check| check(facts)).collect();
    found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    found
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
