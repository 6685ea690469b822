//! A server that lets anybody in.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::analysis::Facts;

/// No password on a network that others can reach.
pub(crate) const RULE: Rule = Rule {
    id: "sec.nopass",
    group: "security",
    severity: Severity::Medium,
    summary: "Anyone who reaches the port can read, change and erase everything",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let snapshot = facts.snapshot;
    let bind = snapshot.config.get("bind").map(String::as_str);
    let protected = snapshot.config.get("protected-mode").map(String::as_str);
    let open = bind.is_some_and(|bind| bind.is_empty() || bind.split_whitespace().any(|address| !is_loopback(address)));
    let exposed = snapshot.access.remote || (open && protected == Some("no"));
    if !snapshot.access.without_password || !exposed {
        return Vec::new();
    }
    vec![
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "requirepass"), "the server accepts connections from other machines without a password")
            .severity(if snapshot.access.remote { Severity::High } else { RULE.severity })
            .why("Open servers are found by scanners within hours; a write command is enough to take over the machine.")
            .evidence(Evidence::new("CONFIG GET", "bind", bind))
            .evidence(Evidence::new("CONFIG GET", "protected-mode", protected))
            .evidence(Evidence::new("connection", "reached_over_network", snapshot.access.remote))
            .fix(Fix::advice(FixKind::RedisConfig, "Give each application an ACL user with its own key prefix and without @dangerous, set a password on default (ACL SETUSER default >SECRET, then ACL SAVE or CONFIG REWRITE), bind to the private address, and keep protected-mode on.")),
    ]
}

fn is_loopback(address: &str) -> bool {
    let address = address.trim_start_matches('-');
    address.starts_with("127.") || address == "::1" || address == "localhost"
}
