//! The rules: one file each, closely related ones together.
//!
//! The table below is the only place that names them all; a rule's id, group, severity and
//! summary stand beside its check.

use dbwright_finding::{Fix, FixKind, Rule};

use crate::{Session, engine::Check, words};

macro_rules! rules {
    ($($module:ident: $($rule:ident => $check:ident),+;)+) => {
        $(mod $module;)+

        /// Every rule of this crate, in the order of a report.
        pub const RULES: &[&Rule] = &[$($(&$module::$rule,)+)+];

        /// Every rule with its check.
        pub(crate) const CHECKS: &[Check] =
            &[$($(Check { rule: &$module::$rule, run: $module::$check },)+)+];
    };
}

rules! {
    lock_pile_up: RULE => check;
    deadlocks: RULE => check;
    connections: RULE => check, LIMIT => check_limit;
    idle_in_transaction: RULE => check;
    long_transaction: RULE => check, QUERY => check_query;
    prepared_transaction: RULE => check;
    xmin_horizon: RULE => check;
    wraparound: RULE => check, MULTIXACT => check_multixact;
    dead_tuples: RULE => check;
    autovacuum_off: RULE => check, TABLE => check_table;
    statistics: RULE => check, NEVER => check_never;
    table_bloat: RULE => check;
    vacuum_tuning: RULE => check, INSERT_ONLY => check_insert_only, WORKERS => check_workers;
    foreign_key_index: RULE => check;
    invalid_index: RULE => check;
    index_twins: RULE => check, REDUNDANT => check_redundant;
    unused_index: RULE => check;
    selectivity: RULE => check, NULLS => check_nulls;
    write_cost: RULE => check, COUNT => check_count;
    table_access: RULE => check, UNLOGGED => check_unlogged, DEFAULT_PARTITION => check_default_partition;
    sequence: RULE => check, KEY => check_key;
    constraints: RULE => check, NO_KEY => check_primary_key, TYPES => check_types, TWICE => check_duplicates;
    types: RULE => check, JSON => check_json;
    versions: RULE => check, EXTENSION => check_extension, COLLATION => check_collation;
    row_security: RULE => check, NO_POLICY => check_no_policy, PER_ROW => check_per_row, NO_INDEX => check_no_index,
        OPEN => check_open;
    privileges: RULE => check, DEFINER => check_definer, PASSWORDS => check_passwords;
    replication: RULE => check, LAG => check_lag, ARCHIVE => check_archive;
    n_plus_one: RULE => check;
    workload: RULE => check, SPILL => check_spills, CACHE => check_cache, EVICTIONS => check_evictions;
    index_bloat: RULE => check, WEIGHT => check_weight, METHOD => check_method, CACHE => check_cache;
    storage: VISIBILITY => check_visibility, TOAST => check_toast, FREEZE => check_freeze, PADDING => check_padding;
    partitions: RULE => check, PENDING => check_pending, MANY => check_many, INDEX => check_index,
        UNPRUNED => check_unpruned;
    hygiene: EMPTY => check_empty, NAMES => check_names, CUT => check_cut, COMMENTS => check_comments,
        HOLE => check_hole;
    exposure: RULE => check, SENSITIVE => check_sensitive, COPIES => check_copies, VIEW => check_view,
        FUNCTION => check_function;
    policies: PERMISSIVE => check_permissive, METADATA => check_metadata, OWNER => check_owner;
    maintenance: RULE => check, ADVISORY => check_advisory, SUBSCRIPTION => check_subscription,
        COPY => check_copy;
    server_io: FSYNCS => check_fsyncs, WRITES => check_writes, SLRU => check_slru;
    memory: HUGE_PAGES => check_huge_pages, BUDGET => check_budget, CACHE_SIZE => check_cache_size,
        MAINTENANCE => check_maintenance, FILES => check_files, OVERRIDES => check_overrides;
    durability: FSYNC => check_fsync, PAGES => check_pages, COMMIT => check_commit, CHECKSUMS => check_checksums;
    configuration: BUFFERS => check_buffers, PAGE_COST => check_page_cost, WORK_MEM => check_work_mem,
        CHECKPOINTS => check_checkpoints, IDLE_TIMEOUT => check_idle_timeout, TIMEOUTS => check_timeouts,
        OBSERVABILITY => check_observability, RESTART => check_restart;
}

mod indexes;

/// `session 4711 (shop-worker, idle in transaction for 12 min)`.
pub(crate) fn describe_session(session: &Session) -> String {
    let application =
        if session.application.is_empty() { session.user.as_deref() } else { Some(&*session.application) };
    let state = session.state.as_deref().unwrap_or(&session.backend_type);
    let age = session.state_age_s.or(session.query_age_s);
    let mut parts: Vec<String> = application.map(str::to_owned).into_iter().collect();
    parts.push(match age {
        Some(age) => format!("{state} for {}", words::seconds(age)),
        None => state.to_owned(),
    });
    format!("session {} ({})", session.pid, parts.join(", "))
}

/// A change of one server setting that a reload brings into force.
pub(crate) fn alter_system(name: &str, value: &str) -> Fix {
    Fix::sql(FixKind::SetOption, [format!("ALTER SYSTEM SET {name} = {value}"), "SELECT pg_reload_conf()".to_owned()])
        .undo([format!("ALTER SYSTEM RESET {name}"), "SELECT pg_reload_conf()".to_owned()])
}

/// A change of one server setting that only a restart brings into force.
pub(crate) fn alter_system_restart(name: &str, value: &str) -> Fix {
    Fix::sql(FixKind::SetOption, [format!("ALTER SYSTEM SET {name} = {value}")])
        .undo([format!("ALTER SYSTEM RESET {name}")])
        .notes("Takes effect at the next restart.")
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
