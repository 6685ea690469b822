//! Settings of the server by what they can do.

/// Settings that run programs, load code, move files, open doors or switch protection off, with why.
const DANGEROUS: &[(&str, &str)] = &[
    ("archive_*", "runs programs on the server or stops its archive"),
    ("restore_command", "runs a program on the server"),
    ("recovery_*", "runs programs on the server or changes how far it recovers"),
    ("ssl*", "changes how connections are protected"),
    ("*preload_libraries", "loads code into the server"),
    ("dynamic_library_path", "loads code into the server"),
    ("extension_control_path", "loads code into the server"),
    ("jit_provider", "loads code into the server"),
    ("local_preload_libraries", "loads code into the server"),
    ("data_directory*", "moves files of the server"),
    ("hba_file", "changes who may connect"),
    ("ident_file", "changes who may connect"),
    ("config_file", "moves files of the server"),
    ("external_pid_file", "moves files of the server"),
    ("log_directory", "moves files of the server"),
    ("log_filename", "moves files of the server"),
    ("log_destination", "changes where the log goes"),
    ("logging_collector", "changes where the log goes"),
    ("stats_temp_directory", "moves files of the server"),
    ("unix_socket_*", "opens or closes doors of the server"),
    ("listen_addresses", "opens or closes doors of the server"),
    ("port", "opens or closes doors of the server"),
    ("krb_*", "changes who may connect"),
    ("gss_*", "changes who may connect"),
    ("oauth_*", "changes who may connect"),
    ("db_user_namespace", "changes who may connect"),
    ("authentication_timeout", "changes who may connect"),
    ("password_encryption", "changes how passwords are kept"),
    ("primary_conninfo", "connects the server with another"),
    ("primary_slot_name", "connects the server with another"),
    ("synchronous_standby_names", "can stop every commit"),
    ("event_source", "changes where the log goes"),
    ("fsync", "risks the data"),
    ("full_page_writes", "risks the data"),
    ("zero_damaged_pages", "destroys data"),
    ("ignore_*", "hides damage"),
    ("wal_level", "stops replication"),
    ("allow_system_table_mods", "opens the catalog for changes"),
    ("session_replication_role", "switches triggers and foreign keys off"),
    ("row_security", "concerns row security"),
    ("restrict_nonsystem_relation_kind", "concerns what may be read"),
    ("role", "changes whose rights are used"),
    ("session_authorization", "changes whose rights are used"),
    ("transaction_read_only", "lifts the protection of a reading transaction"),
    ("default_transaction_read_only", "lifts the protection of reading transactions"),
    ("lo_compat_privileges", "opens large objects"),
    ("xmloption", "changes what is taken as XML"),
    ("trace_*", "writes what is sent into the log"),
    ("debug_*", "writes what is sent into the log"),
];

/// Settings that only steer the statements after them in the session.
const IN_SESSION: &[&str] = &[
    "application_name",
    "client_min_messages",
    "constraint_exclusion",
    "cursor_tuple_fraction",
    "datestyle",
    "deadlock_timeout",
    "default_statistics_target",
    "effective_cache_size",
    "effective_io_concurrency",
    "extra_float_digits",
    "from_collapse_limit",
    "geqo",
    "idle_in_transaction_session_timeout",
    "intervalstyle",
    "jit",
    "join_collapse_limit",
    "lock_timeout",
    "maintenance_work_mem",
    "max_parallel_maintenance_workers",
    "max_parallel_workers_per_gather",
    "plan_cache_mode",
    "random_page_cost",
    "search_path",
    "seq_page_cost",
    "statement_timeout",
    "timezone",
    "track_io_timing",
    "transaction_timeout",
    "vacuum_cost_delay",
    "work_mem",
];

/// Why a setting is not changed by anything but people, if so.
pub(super) fn danger(name: &str) -> Option<&'static str> {
    let meets = |pattern: &str| match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
        (Some(head), _) => name.starts_with(head),
        (None, Some(tail)) => name.ends_with(tail),
        (None, None) => name == pattern,
    };
    DANGEROUS.iter().find(|(pattern, _)| meets(pattern)).map(|(_, why)| *why)
}

/// Whether SET of it is of no consequence beyond the session.
pub(super) fn is_harmless_in_session(name: &str) -> bool {
    IN_SESSION.contains(&name) || name.starts_with("enable_")
}
