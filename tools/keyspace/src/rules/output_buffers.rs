//! Replies that clients do not fetch.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, size};
use crate::analysis::Facts;

/// Large output buffers, or clients cut off for them.
pub(crate) const RULE: Rule = Rule {
    id: "cli.buffers",
    group: "clients",
    severity: Severity::Medium,
    summary: "Replies pile up for slow readers: memory that is not data, and clients cut off",
};

const LARGE: u64 = 8 << 20;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let largest = facts.snapshot.clients.map_or(0, |clients| clients.largest_output);
    let cut = info.number("client_output_buffer_limit_disconnections").unwrap_or(0);
    if largest < LARGE && cut == 0 {
        return Vec::new();
    }
    let title = if cut > 0 {
        format!("{} clients were cut off because their replies piled up over the limit", count(cut))
    } else {
        format!("one client has {} of replies waiting to be read", size(largest))
    };
    vec![
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "client-output-buffer-limit"), title)
            .why("Subscribers and whole reads that are slower than the server fill buffers; at the limit the connection is closed and messages are lost.")
            .evidence(Evidence::new("CLIENT LIST", "largest_output_bytes", largest))
            .evidence(Evidence::new("INFO stats", "client_output_buffer_limit_disconnections", cut))
            .fix(Fix::advice(FixKind::Code, "Find the reader by omem in CLIENT LIST; read in pages, process subscriptions off the reading thread, or use a stream, which waits for its consumer.")),
    ]
}
