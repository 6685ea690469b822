//! Settings that were left as they come, or that do not fit the load.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{facts::Facts, rules::alter_system, words};

pub(crate) const BUFFERS: Rule = Rule {
    id: "shared_buffers_default",
    group: "settings",
    severity: Severity::Medium,
    summary: "The buffer cache has its default size, far smaller than the database",
};

pub(crate) const PAGE_COST: Rule = Rule {
    id: "random_page_cost_default",
    group: "settings",
    severity: Severity::Info,
    summary: "random_page_cost is set for spinning disks: indexes look four times dearer than on an SSD",
};

pub(crate) const WORK_MEM: Rule = Rule {
    id: "temporary_files",
    group: "settings",
    severity: Severity::Low,
    summary: "Sorts and hashes write many temporary files while work_mem has its default",
};

pub(crate) const CHECKPOINTS: Rule = Rule {
    id: "checkpoints_too_frequent",
    group: "settings",
    severity: Severity::Medium,
    summary: "WAL volume forces checkpoints: pages and full page images are written again and again",
};

pub(crate) const IDLE_TIMEOUT: Rule = Rule {
    id: "no_idle_in_transaction_timeout",
    group: "settings",
    severity: Severity::Low,
    summary: "Nothing ends a session that forgets its transaction",
};

pub(crate) const TIMEOUTS: Rule = Rule {
    id: "no_statement_or_lock_timeout",
    group: "settings",
    severity: Severity::Info,
    summary: "Neither runaway statements nor lock queues end by themselves",
};

pub(crate) const OBSERVABILITY: Rule = Rule {
    id: "blind_spots",
    group: "settings",
    severity: Severity::Info,
    summary: "Settings that would explain the next incident are off",
};

pub(crate) const RESTART: Rule = Rule {
    id: "pending_restart",
    group: "settings",
    severity: Severity::Low,
    summary: "A changed setting waits for a restart that will come by surprise",
};

/// The default of shared_buffers.
const DEFAULT_BUFFERS: f64 = 128.0 * 1024.0 * 1024.0;
/// The default of work_mem.
const DEFAULT_WORK_MEM: f64 = 4.0 * 1024.0 * 1024.0;
/// Temporary bytes a day that are worth a change.
const TEMPORARY_PER_DAY: f64 = 1024.0 * 1024.0 * 1024.0;

fn setting(rule: &'static Rule, name: &str, title: String) -> Finding {
    Finding::new(rule, Object::new(ObjectKind::Setting, name), title)
}

#[expect(clippy::cast_precision_loss, reason = "sizes for people")]
pub(crate) fn check_buffers(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(settings), Some(server)) = (facts.settings(), facts.server()) else { return Vec::new() };
    let (Some(buffers), Some(size)) = (settings.bytes("shared_buffers"), server.size_bytes) else { return Vec::new() };
    if buffers > DEFAULT_BUFFERS || size < facts.thresholds.small_database_bytes || (size as f64) < buffers * 4.0 {
        return Vec::new();
    }
    #[expect(clippy::cast_possible_truncation, reason = "a size in bytes")]
    let shown = words::bytes(buffers as i64);
    vec![
        setting(
            &BUFFERS,
            "shared_buffers",
            format!("shared_buffers is {shown} for a database of {}", words::bytes(size)),
        )
        .why("Pages are fetched from the kernel again and again; a quarter of the memory is the usual start.")
        .evidence(Evidence::new("pg_settings", "shared_buffers_bytes", buffers))
        .evidence(Evidence::new("pg_database", "size_bytes", size))
        .fix(Fix::advice(FixKind::SetOption, "Set it to about 25 % of the machine's memory at the next restart.")),
    ]
}

pub(crate) fn check_page_cost(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(settings), Some(server)) = (facts.settings(), facts.server()) else { return Vec::new() };
    let large = server.size_bytes.is_some_and(|size| size >= facts.thresholds.small_database_bytes);
    if !large || settings.number("random_page_cost").is_none_or(|cost| cost < 4.0) {
        return Vec::new();
    }
    vec![
        setting(
            &PAGE_COST,
            "random_page_cost",
            "random_page_cost is 4, which fits spinning disks only".to_owned(),
        )
        .why("The planner prefers sequential scans over index scans that would be faster on flash storage.")
        .evidence(Evidence::new("pg_settings", "random_page_cost", settings.number("random_page_cost")))
        .fix({
            let mut fix = alter_system("random_page_cost", "1.1");
            fix.notes = Some("On SSD or cloud volumes; compare the plans of the important statements.".to_owned());
            fix
        }),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
pub(crate) fn check_work_mem(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(work_mem) = facts.settings().and_then(|settings| settings.bytes("work_mem")) else { return Vec::new() };
    let Some(database) = facts.snapshot.databases.rows().iter().find(|database| database.current) else {
        return Vec::new();
    };
    let days = (database.stats_age_s.unwrap_or_else(|| facts.stats_window_s()) / 86_400.0).max(1.0);
    let per_day = database.temp_bytes as f64 / days;
    if work_mem > DEFAULT_WORK_MEM || per_day < TEMPORARY_PER_DAY {
        return Vec::new();
    }
    vec![
        setting(
            &WORK_MEM,
            "work_mem",
            format!(
                "{} of temporary files were written in {} with the default work_mem",
                words::bytes(database.temp_bytes),
                words::seconds(days * 86_400.0)
            ),
        )
        .why("Sorts and hashes beyond work_mem go through the disk.")
        .evidence(Evidence::new("pg_stat_database", "temp_bytes", database.temp_bytes))
        .evidence(Evidence::new("pg_stat_database", "temp_files", database.temp_files))
        .evidence(Evidence::new("pg_settings", "work_mem_bytes", work_mem))
        .fix({
            let mut fix = alter_system("work_mem", "'16MB'");
            fix.notes = Some(
                "Each sort or hash of each session may use it: connections × nodes × work_mem must fit into memory. \
                 Raise it for the role that needs it where one does."
                    .to_owned(),
            );
            fix
        }),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn check_checkpoints(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(checkpoints), Some(settings)) = (facts.snapshot.checkpoints.get(), facts.settings()) else {
        return Vec::new();
    };
    let total = checkpoints.timed + checkpoints.requested;
    let share = checkpoints.requested as f64 / total.max(1) as f64;
    if total < facts.thresholds.checkpoints || share < facts.thresholds.requested_checkpoints_share {
        return Vec::new();
    }
    let Some(max_wal) = settings.bytes("max_wal_size") else { return Vec::new() };
    let megabytes = (max_wal / 1_048_576.0 * 4.0).round();
    vec![
        setting(
            &CHECKPOINTS,
            "max_wal_size",
            format!(
                "{} of {} checkpoints came before their time",
                words::percent(share),
                words::count(total)
            ),
        )
        .why("After each checkpoint the first change of a page writes its full image to WAL: more checkpoints, more WAL.")
        .evidence(Evidence::new("pg_stat_checkpointer", "requested", checkpoints.requested))
        .evidence(Evidence::new("pg_stat_checkpointer", "timed", checkpoints.timed))
        .evidence(Evidence::new("pg_settings", "max_wal_size_bytes", max_wal))
        .fix({
            let mut fix = alter_system("max_wal_size", &format!("'{megabytes:.0}MB'"));
            fix.notes = Some("Needs that much disk under pg_wal; crash recovery takes longer.".to_owned());
            fix
        }),
    ]
}

pub(crate) fn check_idle_timeout(facts: &Facts<'_>) -> Vec<Finding> {
    let name = "idle_in_transaction_session_timeout";
    if facts.settings().and_then(|settings| settings.number(name)) != Some(0.0) {
        return Vec::new();
    }
    vec![
        setting(&IDLE_TIMEOUT, name, format!("{name} is 0: a forgotten transaction stays open for ever"))
            .why("One idle transaction holds locks and keeps every table from being vacuumed.")
            .evidence(Evidence::new("pg_settings", name, 0))
            .fix(alter_system(name, "'5min'")),
    ]
}

pub(crate) fn check_timeouts(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    let unset: Vec<&str> = ["statement_timeout", "lock_timeout"]
        .into_iter()
        .filter(|name| settings.number(name) == Some(0.0))
        .collect();
    if unset.is_empty() {
        return Vec::new();
    }
    vec![
        setting(&TIMEOUTS, "statement_timeout", format!("no {} is set for the server", unset.join(" and no ")))
            .why("A runaway statement runs until somebody notices, and a migration that waits for a lock stops everybody.")
            .evidence(Evidence::new("pg_settings", "unset", unset.join(", ")))
            .fix(Fix::advice(
                FixKind::SetOption,
                "Set them per role (ALTER ROLE app SET statement_timeout = '30s'); migrations want lock_timeout = '2s'.",
            )),
    ]
}

pub(crate) fn check_observability(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    let wanted = [("track_io_timing", "on"), ("log_lock_waits", "on"), ("log_checkpoints", "on")];
    let mut missing: Vec<(&str, &str)> =
        wanted.into_iter().filter(|(name, _)| settings.flag(name) == Some(false)).collect();
    if settings.number("log_temp_files") == Some(-1.0) {
        missing.push(("log_temp_files", "'10MB'"));
    }
    if missing.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let mut statements: Vec<String> =
        missing.iter().map(|(name, value)| format!("ALTER SYSTEM SET {name} = {value}")).collect();
    let mut undo: Vec<String> = names.iter().map(|name| format!("ALTER SYSTEM RESET {name}")).collect();
    for list in [&mut statements, &mut undo] {
        list.push("SELECT pg_reload_conf()".to_owned());
    }
    vec![
        setting(&OBSERVABILITY, "logging", format!("{} would explain the next incident and are off", names.join(", ")))
            .why("They cost next to nothing and cannot be switched on afterwards.")
            .evidence(Evidence::new("pg_settings", "off", names.join(", ")))
            .fix(Fix::sql(FixKind::SetOption, statements).undo(undo)),
    ]
}

pub(crate) fn check_restart(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    settings
        .0
        .iter()
        .filter(|(_, setting)| setting.pending_restart)
        .map(|(name, value)| {
            setting(&RESTART, name, format!("{name} was changed and waits for a restart"))
                .why("The next restart, planned or not, brings the new value; until then it is not what the file says.")
                .evidence(Evidence::new("pg_settings", "current_value", value.value.clone()))
                .fix(Fix::advice(FixKind::SetOption, "Restart when it suits you, or take the change back."))
        })
        .collect()
}

#[cfg(test)]
#[path = "configuration_tests.rs"]
mod tests;
