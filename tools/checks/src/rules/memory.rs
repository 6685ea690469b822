//! Memory settings that contradict each other, and configuration that is not what it seems.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};
use dbwright_sql::{quote_ident, quote_literal};

use crate::{Override, facts::Facts, rules::alter_system, words};

pub(crate) const HUGE_PAGES: Rule = Rule {
    id: "huge_pages_off",
    group: "settings",
    severity: Severity::Info,
    summary: "A large buffer cache is mapped in pages of 4 kB: every backend needs page tables for all of it",
};

pub(crate) const BUDGET: Rule = Rule {
    id: "work_mem_budget",
    group: "settings",
    severity: Severity::Low,
    summary: "All sessions sorting at once need more memory than the machine is said to have",
};

pub(crate) const CACHE_SIZE: Rule = Rule {
    id: "effective_cache_size_too_small",
    group: "settings",
    severity: Severity::Low,
    summary: "The planner is told that there is less cache than shared_buffers alone: it avoids indexes",
};

pub(crate) const MAINTENANCE: Rule = Rule {
    id: "maintenance_work_mem_default",
    group: "settings",
    severity: Severity::Info,
    summary: "Index builds of a large database sort on disk with the default memory",
};

pub(crate) const FILES: Rule = Rule {
    id: "configuration_file_error",
    group: "settings",
    severity: Severity::High,
    summary: "The server cannot use a line of its configuration: the next restart may fail",
};

pub(crate) const OVERRIDES: Rule = Rule {
    id: "risky_setting_override",
    group: "settings",
    severity: Severity::Medium,
    summary: "A role or database has a setting of its own that switches off safety or the planner",
};

/// The default of maintenance_work_mem.
const DEFAULT_MAINTENANCE: f64 = 64.0 * 1024.0 * 1024.0;

#[expect(clippy::cast_possible_truncation, reason = "sizes for people")]
fn bytes(number: f64) -> String {
    words::bytes(number as i64)
}

pub(crate) fn check_huge_pages(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    let Some(buffers) = settings.bytes("shared_buffers") else { return Vec::new() };
    // From 17 on the server says whether it got them; before, only that it did not ask.
    let status = settings.text("huge_pages_status").or_else(|| settings.text("huge_pages"));
    if buffers < facts.thresholds.huge_pages_bytes || status != Some("off") {
        return Vec::new();
    }
    vec![
        Finding::new(
            &HUGE_PAGES,
            Object::new(ObjectKind::Setting, "huge_pages"),
            format!("shared_buffers of {} is mapped without huge pages", bytes(buffers)),
        )
        .why("Page tables of hundreds of backends can reach gigabytes, and address translation misses slow each access.")
        .evidence(Evidence::new("pg_settings", "huge_pages", status))
        .evidence(Evidence::new("pg_settings", "pages_needed", settings.text("shared_memory_size_in_huge_pages")))
        .fix({
            let mut fix = super::alter_system_restart("huge_pages", "'try'");
            fix.notes = Some(
                "Set vm.nr_hugepages of the machine to shared_memory_size_in_huge_pages (15 and later) first; takes effect \
                 at the next restart."
                    .to_owned(),
            );
            fix
        }),
    ]
}

pub(crate) fn check_budget(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    let (Some(work_mem), Some(connections), Some(cache)) =
        (settings.bytes("work_mem"), settings.number("max_connections"), settings.bytes("effective_cache_size"))
    else {
        return Vec::new();
    };
    let configured = ["work_mem", "effective_cache_size"]
        .iter()
        .all(|name| settings.get(name).is_some_and(|setting| setting.source != "default"));
    // Left alone, effective_cache_size says nothing about the machine.
    let multiplier = settings.number("hash_mem_multiplier").unwrap_or(1.0).max(1.0);
    let budget = work_mem * multiplier * connections;
    if !configured || budget < cache * 2.0 {
        return Vec::new();
    }
    vec![
        Finding::new(
            &BUDGET,
            Object::new(ObjectKind::Setting, "work_mem"),
            format!(
                "one hash in each of {connections} sessions needs {}, effective_cache_size promises {}",
                bytes(budget),
                bytes(cache)
            ),
        )
        .why("work_mem holds for each sort and hash of each session, times hash_mem_multiplier for hashes; the kernel ends a server that asks for more than there is.")
        .evidence(Evidence::new("pg_settings", "work_mem_bytes", work_mem))
        .evidence(Evidence::new("pg_settings", "hash_mem_multiplier", multiplier))
        .evidence(Evidence::new("pg_settings", "max_connections", connections))
        .evidence(Evidence::new("pg_settings", "effective_cache_size_bytes", cache))
        .fix(Fix::advice(
            FixKind::SetOption,
            "Give the large work_mem to the roles or statements that need it, or let a pooler keep the sessions few.",
        )),
    ]
}

pub(crate) fn check_cache_size(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(settings) = facts.settings() else { return Vec::new() };
    let (Some(cache), Some(buffers)) = (settings.bytes("effective_cache_size"), settings.bytes("shared_buffers"))
    else {
        return Vec::new();
    };
    if cache >= buffers {
        return Vec::new();
    }
    vec![
        Finding::new(
            &CACHE_SIZE,
            Object::new(ObjectKind::Setting, "effective_cache_size"),
            format!("effective_cache_size is {}, shared_buffers alone is {}", bytes(cache), bytes(buffers)),
        )
        .why("The planner takes repeated index reads for disk reads and prefers to scan tables.")
        .evidence(Evidence::new("pg_settings", "effective_cache_size_bytes", cache))
        .evidence(Evidence::new("pg_settings", "shared_buffers_bytes", buffers))
        .fix({
            let kilobytes = buffers * 3.0 / 1024.0;
            let mut fix = alter_system("effective_cache_size", &format!("'{kilobytes:.0}kB'"));
            fix.notes =
                Some("Three times shared_buffers, which fits where that is a quarter of the memory.".to_owned());
            fix
        }),
    ]
}

pub(crate) fn check_maintenance(facts: &Facts<'_>) -> Vec<Finding> {
    let (Some(settings), Some(server)) = (facts.settings(), facts.server()) else { return Vec::new() };
    let (Some(memory), Some(size)) = (settings.bytes("maintenance_work_mem"), server.size_bytes) else {
        return Vec::new();
    };
    if memory > DEFAULT_MAINTENANCE || size < facts.thresholds.maintenance_bytes {
        return Vec::new();
    }
    vec![
        Finding::new(
            &MAINTENANCE,
            Object::new(ObjectKind::Setting, "maintenance_work_mem"),
            format!("maintenance_work_mem is {} for a database of {}", bytes(memory), words::bytes(size)),
        )
        .why("An index build sorts on disk, and VACUUM reads all indexes once for each filling of its list of dead rows (up to 16).")
        .evidence(Evidence::new("pg_settings", "maintenance_work_mem_bytes", memory))
        .evidence(Evidence::new("pg_database", "size_bytes", size))
        .fix({
            let mut fix = alter_system("maintenance_work_mem", "'512MB'");
            fix.notes = Some("Each of autovacuum_max_workers may use it unless autovacuum_work_mem says less.".to_owned());
            fix
        }),
    ]
}

pub(crate) fn check_files(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .file_errors
        .rows()
        .iter()
        .map(|error| {
            // The folder is the machine's business; the file's name finds it.
            let file = error.file.rsplit('/').next().unwrap_or(&error.file);
            let what = error.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            Finding::new(
                &FILES,
                Object::new(ObjectKind::Setting, format!("{file}:{}", error.line)),
                format!("line {} of {file}{what} cannot be used: {}", error.line, error.error),
            )
            .why("The running server keeps what it had; a reload changes nothing and a restart may not come up.")
            .evidence(Evidence::new("pg_file_settings", "error", error.error.clone()))
            .evidence(Evidence::new("pg_file_settings", "line", error.line))
            .fix(Fix::advice(
                FixKind::SetOption,
                "Correct the line, then SELECT pg_reload_conf() and look at pg_file_settings and pg_hba_file_rules again.",
            ))
        })
        .collect()
}

pub(crate) fn check_overrides(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .snapshot
        .overrides
        .rows()
        .iter()
        .filter(|entry| facts.is_here(entry.database.as_deref()))
        .filter_map(|entry| {
            let (severity, harm) = harm(&entry.name, &entry.value)?;
            let (target, whose) = target(entry);
            Some(
                Finding::new(
                    &OVERRIDES,
                    Object::new(ObjectKind::Setting, format!("{} for {whose}", entry.name)),
                    format!("{} is {} for {whose}: {harm}", entry.name, entry.value),
                )
                .severity(severity)
                .why(
                    "It is not in any configuration file: who looks there sees another value than these sessions have.",
                )
                .evidence(Evidence::new("pg_db_role_setting", &entry.name, entry.value.clone()))
                .fix(
                    Fix::sql(FixKind::SetOption, [format!("ALTER {target} RESET {}", quote_ident(&entry.name))])
                        .undo([format!(
                            "ALTER {target} SET {} = {}",
                            quote_ident(&entry.name),
                            quote_literal(&entry.value)
                        )])
                        .transactional()
                        .notes("For new sessions."),
                ),
            )
        })
        .collect()
}

fn target(entry: &Override) -> (String, String) {
    match (&entry.role, &entry.database) {
        (Some(role), Some(database)) => (
            format!("ROLE {} IN DATABASE {}", quote_ident(role), quote_ident(database)),
            format!("role {role} in database {database}"),
        ),
        (Some(role), None) => (format!("ROLE {}", quote_ident(role)), format!("role {role}")),
        (None, Some(database)) => (format!("DATABASE {}", quote_ident(database)), format!("database {database}")),
        (None, None) => ("ROLE ALL".to_owned(), "all roles".to_owned()),
    }
}

/// What a value of a setting does to those who did not choose it.
fn harm(name: &str, value: &str) -> Option<(Severity, &'static str)> {
    let off = matches!(value, "off" | "false" | "no" | "0");
    match name {
        "synchronous_commit" if off => Some((Severity::Low, "a crash loses the last commits of these sessions")),
        "row_security" if off => Some((Severity::Low, "queries that a policy would narrow fail")),
        "session_replication_role" if value == "replica" => {
            Some((Severity::High, "triggers and foreign keys do not fire"))
        }
        "zero_damaged_pages" | "ignore_checksum_failure" if !off => {
            Some((Severity::High, "damaged pages are taken for empty or sound ones"))
        }
        "fsync" | "full_page_writes" if off => Some((Severity::High, "a crash may damage the database")),
        planner
            if off
                && planner.starts_with("enable_")
                && planner != "enable_partitionwise_join"
                && planner != "enable_partitionwise_aggregate" =>
        {
            Some((OVERRIDES.severity, "the planner avoids this method for every statement"))
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
