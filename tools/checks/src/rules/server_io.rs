//! Who writes the pages, and the small caches beside the buffer cache.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{facts::Facts, words};

pub(crate) const FSYNCS: Rule = Rule {
    id: "backend_fsyncs",
    group: "settings",
    severity: Severity::Medium,
    summary: "Client backends flush files themselves: the checkpointer cannot keep up",
};

pub(crate) const WRITES: Rule = Rule {
    id: "backend_writes",
    group: "settings",
    severity: Severity::Low,
    summary: "Client backends write most of the dirty pages: queries wait for the disk before they can read",
};

pub(crate) const SLRU: Rule = Rule {
    id: "slru_misses",
    group: "settings",
    severity: Severity::Low,
    summary: "A small shared cache misses: backends wait for its lock while a page is read",
};

/// Pages written before their shares mean anything: 8 GB.
const PAGES: i64 = 1_000_000;
/// Share of the pages written by client backends.
const BACKEND_SHARE: f64 = 0.5;
const DAY: f64 = 86_400.0;

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
pub(crate) fn check_fsyncs(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(io) = facts.snapshot.shared_io.get() else { return Vec::new() };
    let window = io.stats_age_s.unwrap_or_else(|| facts.server().map_or(0.0, |server| server.uptime_s));
    // A single burst just after a start is no habit.
    let per_day = io.backend_fsyncs as f64 * DAY / window.max(DAY);
    if per_day < facts.thresholds.backend_fsyncs_per_day {
        return Vec::new();
    }
    vec![
        Finding::new(
            &FSYNCS,
            Object::new(ObjectKind::Setting, "checkpoint_timeout"),
            format!(
                "client backends had to flush files themselves {} times in {}",
                words::count(io.backend_fsyncs),
                words::seconds(window)
            ),
        )
        .why("Each of those statements waited for the disk because the queue of the checkpointer was full.")
        .evidence(Evidence::new("pg_stat_io", "client_backend_fsyncs", io.backend_fsyncs))
        .evidence(Evidence::new("pg_stat_io", "window_s", window.round()))
        .fix(Fix::advice(
            FixKind::SetOption,
            "A larger shared_buffers makes the queue longer; faster storage or fewer checkpoints (max_wal_size) shorten it.",
        )),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn check_writes(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(io) = facts.snapshot.shared_io.get() else { return Vec::new() };
    let Some((clients, background)) = io.backend_writes.zip(io.background_writes) else { return Vec::new() };
    let all = clients + background;
    let share = clients as f64 / all.max(1) as f64;
    if all < PAGES || share < BACKEND_SHARE {
        return Vec::new();
    }
    vec![
        Finding::new(
            &WRITES,
            Object::new(ObjectKind::Setting, "bgwriter_lru_maxpages"),
            format!("client backends wrote {} of {} pages themselves", words::percent(share), words::count(all)),
        )
        .why("A query that needs a page in the cache first writes out a dirty one, unless the background writer did.")
        .evidence(Evidence::new("pg_stat_io", "client_backend_writes", clients))
        .evidence(Evidence::new("pg_stat_io", "background_writes", background))
        .evidence(Evidence::new("pg_stat_io", "window_s", io.stats_age_s.map(f64::round)))
        .fix({
            let mut fix = super::alter_system("bgwriter_lru_maxpages", "500");
            fix.notes = Some(
                "Lower bgwriter_delay as well if that is not enough; shared_buffers first if it is small.".to_owned(),
            );
            fix
        }),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn check_slru(facts: &Facts<'_>) -> Vec<Finding> {
    let major = facts.server().map_or(0, crate::Server::major);
    facts
        .snapshot
        .slru
        .rows()
        .iter()
        .filter_map(|cache| {
            let share = cache.hit as f64 / (cache.hit + cache.read).max(1) as f64;
            if cache.read < facts.thresholds.slru_reads || share >= facts.thresholds.slru_hit_share {
                return None;
            }
            let name = cache.name.to_lowercase();
            let (setting, cause) = match name.as_str() {
                "subtrans" | "subtransaction" => {
                    ("subtransaction_buffers", "transactions with more than 64 savepoints, and long ones beside them")
                }
                "multixactmember" | "multixact_member" => {
                    ("multixact_member_buffers", "many sessions that lock the same rows (foreign keys, FOR SHARE)")
                }
                "multixactoffset" | "multixact_offset" => {
                    ("multixact_offset_buffers", "many sessions that lock the same rows (foreign keys, FOR SHARE)")
                }
                "xact" | "transaction" => ("transaction_buffers", "reads of rows whose hint bits are not set yet"),
                "notify" => ("notify_buffers", "a listener that does not read its notifications"),
                _ => return None,
            };
            let fix = if major >= 17 {
                super::alter_system_restart(setting, "'4MB'")
            } else {
                Fix::advice(
                    FixKind::None,
                    format!("Look for the cause: {cause}. From 17 on {setting} makes the cache larger."),
                )
            };
            Some(
                Finding::new(
                    &SLRU,
                    Object::new(ObjectKind::Setting, setting),
                    format!(
                        "the cache {name} had only {} of the pages that were asked for; {} were read",
                        words::percent(share),
                        words::count(cache.read)
                    ),
                )
                .why(format!("Its pages are few and behind one lock; the usual cause is {cause}."))
                .evidence(Evidence::new("pg_stat_slru", "blks_read", cache.read))
                .evidence(Evidence::new("pg_stat_slru", "blks_hit", cache.hit))
                .fix(fix),
            )
        })
        .collect()
}

#[cfg(test)]
#[path = "server_io_tests.rs"]
mod tests;
