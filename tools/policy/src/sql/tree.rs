//! The checks behind the policy table.

use dbwright_sql::{Item, StatementKind, classify_item, executes, relations_of};

pub(super) fn statement_kind(item: &Item) -> Option<String> {
    match classify_item(item).kind {
        StatementKind::Select | StatementKind::Show | StatementKind::Explain => None,
        // INTO has a rule of its own with a better reason.
        StatementKind::Ddl if item.name == "SelectStmt" => None,
        _ => {
            Some(format!("a reading session takes SELECT, VALUES, TABLE, SHOW and EXPLAIN, not {}", spoken(item.name)))
        }
    }
}

pub(super) fn explain_executes(item: &Item) -> Option<String> {
    let query = item.item("query").filter(|_| item.name == "ExplainStmt")?;
    match query.name {
        "SelectStmt" => None,
        "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" if !executes(item) => None,
        _ if executes(item) => Some(format!("EXPLAIN ANALYZE would execute the {}", spoken(query.name))),
        _ => Some(format!("EXPLAIN of {} says nothing about the statement behind it", spoken(query.name))),
    }
}

pub(super) fn data_changing_cte(item: &Item) -> Option<String> {
    let planned_only = item.name == "ExplainStmt" && !executes(item);
    if planned_only {
        return None;
    }
    first(item, |node| {
        let query = node.item("ctequery").filter(|_| node.name == "CommonTableExpr")?;
        matches!(query.name, "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt").then(|| {
            format!("the common table expression {} is {} and changes data", node.text("ctename"), spoken(query.name))
        })
    })
}

pub(super) fn select_into(item: &Item) -> Option<String> {
    first(item, |node| {
        (node.name == "IntoClause").then(|| {
            let table = node.item("rel").map_or("a table", |relation| relation.text("relname"));
            format!("INTO would create {table}")
        })
    })
}

pub(super) fn row_locks(item: &Item) -> Option<String> {
    // Planning takes no row locks.
    if item.name == "ExplainStmt" && !executes(item) {
        return None;
    }
    first(item, |node| {
        (node.name == "LockingClause").then(|| "a locking clause (FOR UPDATE, FOR SHARE, …) blocks writers".to_owned())
    })
}

/// Relations of the catalog that hold secrets.
pub(super) const SECRET_RELATIONS: &[&str] = &[
    "pg_authid",
    "pg_shadow",
    "pg_user_mapping",
    "pg_user_mappings",
    "pg_subscription",
    "pg_largeobject",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_file_settings",
];

pub(super) fn secret_relation(item: &Item) -> Option<String> {
    let found = relations_of(item);
    let secret = found.iter().find(|relation| {
        let system = relation.schema.as_deref().is_none_or(|schema| schema == "pg_catalog");
        system && SECRET_RELATIONS.contains(&relation.name.as_str())
    })?;
    Some(format!("{} holds secrets of the server", secret.name))
}

pub(super) fn secret_setting(item: &Item) -> Option<String> {
    let settings_view = relations_of(item).iter().any(|relation| relation.name == "pg_settings");
    first(item, |node| {
        let name = match node.name {
            "VariableShowStmt" => node.text("name"),
            "FuncCall" if node.last_name("funcname") == Some("current_setting") => {
                node.list("args").next().map_or("", literal_text)
            }
            "AConst" if settings_view => literal_text(node),
            _ => "",
        };
        is_secret_setting(name).then(|| format!("the value of {name} may hold a password"))
    })
}

/// Settings of the server that hold passwords, and of applications that are called so.
pub(super) fn is_secret_setting(name: &str) -> bool {
    const SECRET: &[&str] = &[
        "primary_conninfo",
        "ssl_passphrase_command",
        "restore_command",
        "archive_command",
        "archive_cleanup_command",
    ];
    const CALLED: &[&str] =
        &["secret", "password", "passwd", "token", "api_key", "apikey", "private_key", "credential"];
    let name = name.to_ascii_lowercase();
    // Only the settings of applications have a dot in their names.
    SECRET.contains(&name.as_str()) || (name.contains('.') && CALLED.iter().any(|word| name.contains(word)))
}

pub(super) fn server_files(item: &Item) -> Option<String> {
    const NAMES: &[&str] = &[
        "pg_read_file",
        "pg_read_binary_file",
        "pg_ls_*",
        "pg_stat_file",
        "pg_file_*",
        "pg_logdir_ls",
        "lo_*",
        "loread",
        "lowrite",
        "pg_logfile_rotate",
        "pg_current_logfile",
    ];
    called(item, NAMES, "reads or writes files or large objects of the server")
}

pub(super) fn foreign_session(item: &Item) -> Option<String> {
    const NAMES: &[&str] = &[
        "pg_terminate_backend",
        "pg_cancel_backend",
        "pg_log_backend_memory_contexts",
        "pg_notify",
        "pg_export_snapshot",
    ];
    called(item, NAMES, "reaches other sessions")
}

pub(super) fn foreign_server(item: &Item) -> Option<String> {
    called(item, &["dblink*", "postgres_fdw_*", "http_*", "aws_*", "cron_*"], "reaches other servers")
}

pub(super) fn server_state(item: &Item) -> Option<String> {
    const NAMES: &[&str] = &[
        "set_config",
        "nextval",
        "setval",
        "pg_reload_conf",
        "pg_rotate_logfile*",
        "pg_switch_wal",
        "pg_create_restore_point",
        "pg_backup_start",
        "pg_backup_stop",
        "pg_start_backup",
        "pg_stop_backup",
        "pg_promote",
        "pg_wal_replay_pause",
        "pg_wal_replay_resume",
        "pg_create_*_replication_slot",
        "pg_copy_*_replication_slot",
        "pg_drop_replication_slot",
        "pg_replication_slot_advance",
        "pg_sync_replication_slots",
        "pg_logical_slot_*",
        "pg_logical_emit_message",
        "pg_replication_origin_*",
        "pg_stat_reset*",
        "pg_stat_statements_reset*",
        "pg_stat_force_next_flush",
        "pg_restore_*_stats",
        "pg_clear_*_stats",
        "pg_import_system_collations",
        "pg_extension_config_dump",
        "pg_nextoid",
        "pg_stop_making_pinned_objects",
        "pg_log_standby_snapshot",
        "pg_stat_clear_snapshot",
        "pg_buffercache_evict*",
        "setseed",
        "set_limit",
        "currtid*",
        "binary_upgrade_*",
        "brin_summarize_*",
        "brin_desummarize_range",
        "gin_clean_pending_list",
        "pg_prewarm",
        "autoprewarm_*",
        "pg_truncate_visibility_map",
        "heap_force_*",
        "hypopg_create_index",
        "hypopg_drop_index",
        "hypopg_reset*",
    ];
    called(item, NAMES, "changes state of the server")
}

pub(super) fn advisory_lock(item: &Item) -> Option<String> {
    called(item, &["pg_advisory_*", "pg_try_advisory_*"], "takes or frees locks that applications rely on")
}

pub(super) fn hidden_query(item: &Item) -> Option<String> {
    const NAMES: &[&str] = &[
        "query_to_*",
        "cursor_to_xml*",
        "table_to_xml*",
        "schema_to_xml*",
        "database_to_xml*",
        "ts_stat",
        "crosstab*",
        "connectby",
        "xpath_table",
    ];
    called(item, NAMES, "runs a query or reads tables that this text does not show").or_else(|| {
        first(item, |node| {
            let from_text = function_name(node) == Some("ts_rewrite") && node.list("args").count() == 2;
            from_text.then(|| "ts_rewrite() with two arguments runs a query that is given as text".to_owned())
        })
    })
}

pub(super) fn long_sleep(item: &Item) -> Option<String> {
    const LONGEST_SECONDS: f64 = 10.0;
    first(item, |node| {
        let name = function_name(node)?;
        match name {
            "pg_sleep" => {
                let seconds = node.list("args").next().and_then(literal_number);
                let short = seconds.is_some_and(|seconds| (0.0..=LONGEST_SECONDS).contains(&seconds));
                (!short).then(|| "pg_sleep takes a literal of at most 10 seconds here".to_owned())
            }
            "pg_sleep_for" | "pg_sleep_until" => Some(format!("{name} may hold the connection for long")),
            _ => None,
        }
    })
}

/// The first node below (or at) `item` for which `probe` has something to say.
fn first(item: &Item, probe: impl Fn(&Item) -> Option<String>) -> Option<String> {
    let mut found = None;
    item.walk(&mut |node| {
        if found.is_none() {
            found = probe(node);
        }
    });
    found
}

fn called(item: &Item, patterns: &[&str], harm: &str) -> Option<String> {
    first(item, |node| {
        let name = function_name(node)?;
        patterns.iter().any(|pattern| matches(pattern, name)).then(|| format!("{name}() {harm}"))
    })
}

/// The called function without its schema: a denied name is denied wherever it lives.
fn function_name(node: &Item) -> Option<&str> {
    (node.name == "FuncCall").then(|| node.last_name("funcname")).flatten()
}

/// `*` stands for any text; at most one or two of them occur in a pattern.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(head) else {
        return false;
    };
    tail.is_empty() || (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
}

/// A number written as such, or as a quoted literal, with or without a cast or sign.
pub(super) fn literal_number(item: &Item) -> Option<f64> {
    match item.name {
        "TypeCast" => literal_number(item.item("arg")?),
        "AConst" => {
            let value = item.item("val")?;
            #[expect(clippy::cast_precision_loss, reason = "sizes and seconds are compared roughly")]
            match value.name {
                "Integer" => Some(value.int("ival").unwrap_or_default() as f64),
                "Float" => value.text("fval").replace('_', "").parse().ok(),
                "String" => value.text("sval").trim().parse().ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn literal_text(item: &Item) -> &str {
    match item.name {
        "TypeCast" => item.item("arg").map_or("", literal_text),
        "AConst" => item.item("val").map_or("", |value| value.text("sval")),
        _ => "",
    }
}

/// `AlterTableStmt` as people say it: `ALTER TABLE`.
pub(super) fn spoken(node: &str) -> String {
    let mut words = String::new();
    for character in node.strip_suffix("Stmt").unwrap_or(node).chars() {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_uppercase());
    }
    words
}
