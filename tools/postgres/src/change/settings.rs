//! Which options and settings may be changed directly. What is missing here can open a hole
//! (`search_path`, `session_preload_libraries`), lose data (`fsync`), or needs a restart and thus a plan.

/// Storage options of tables, materialized views and indexes. All take ShareUpdateExclusiveLock.
pub(super) fn is_relation_option(name: &str) -> bool {
    let name = name.strip_prefix("toast.").unwrap_or(name);
    name.starts_with("autovacuum_")
        || matches!(
            name,
            "fillfactor"
                | "parallel_workers"
                | "toast_tuple_target"
                | "log_autovacuum_min_duration"
                | "vacuum_index_cleanup"
                | "vacuum_truncate"
                | "vacuum_max_eager_freeze_failure_rate"
                | "fastupdate"
                | "gin_pending_list_limit"
                | "pages_per_range"
                | "autosummarize"
                | "buffering"
                | "deduplicate_items"
        )
}

/// Options of a column.
pub(super) fn is_column_option(name: &str) -> bool {
    matches!(name, "n_distinct" | "n_distinct_inherited")
}

/// Settings that may be given to a role or a database: limits, planner costs, memory, logging.
pub(super) fn is_session_setting(name: &str) -> bool {
    matches!(
        name,
        "statement_timeout"
            | "lock_timeout"
            | "idle_in_transaction_session_timeout"
            | "idle_session_timeout"
            | "transaction_timeout"
            | "work_mem"
            | "maintenance_work_mem"
            | "hash_mem_multiplier"
            | "logical_decoding_work_mem"
            | "temp_file_limit"
            | "temp_buffers"
            | "random_page_cost"
            | "seq_page_cost"
            | "cpu_tuple_cost"
            | "cpu_index_tuple_cost"
            | "cpu_operator_cost"
            | "parallel_setup_cost"
            | "parallel_tuple_cost"
            | "effective_cache_size"
            | "effective_io_concurrency"
            | "maintenance_io_concurrency"
            | "default_statistics_target"
            | "max_parallel_workers_per_gather"
            | "max_parallel_maintenance_workers"
            | "min_parallel_table_scan_size"
            | "min_parallel_index_scan_size"
            | "plan_cache_mode"
            | "from_collapse_limit"
            | "join_collapse_limit"
            | "geqo_threshold"
            | "jit"
            | "jit_above_cost"
            | "jit_inline_above_cost"
            | "jit_optimize_above_cost"
            | "gin_pending_list_limit"
            | "track_io_timing"
            | "track_functions"
            | "log_min_duration_statement"
            | "log_lock_waits"
            | "log_temp_files"
            | "password_encryption"
    )
}

/// Settings of the whole server that a reload brings into force and `ALTER SYSTEM RESET` takes back.
pub(super) fn is_server_setting(name: &str) -> bool {
    is_session_setting(name)
        || name.starts_with("autovacuum_") && !matches!(name, "autovacuum_max_workers" | "autovacuum_worker_slots")
        || matches!(
            name,
            "autovacuum"
                | "checkpoint_timeout"
                | "checkpoint_completion_target"
                | "checkpoint_flush_after"
                | "max_wal_size"
                | "min_wal_size"
                | "wal_compression"
                | "max_slot_wal_keep_size"
                | "deadlock_timeout"
                | "log_checkpoints"
                | "log_autovacuum_min_duration"
                | "log_connections"
                | "log_disconnections"
                | "track_wal_io_timing"
                | "track_counts"
                | "bgwriter_delay"
                | "bgwriter_lru_maxpages"
                | "bgwriter_lru_multiplier"
                | "vacuum_cost_delay"
                | "vacuum_cost_limit"
                | "max_parallel_workers"
        )
}
