//! Connections near the limit, or connections that nobody closes.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::{count, percent};
use crate::analysis::{Facts, ratio, rounded};

/// Over 80 % of maxclients, refused connections, or idle ones.
pub(crate) const RULE: Rule = Rule {
    id: "cli.count",
    group: "clients",
    severity: Severity::High,
    summary: "Connections near maxclients: the next ones are refused",
};

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let snapshot = facts.snapshot;
    let info = &snapshot.info;
    let connected = info.number("connected_clients").unwrap_or(0);
    let limit = info.number("maxclients").or_else(|| snapshot.setting_number("maxclients")).unwrap_or(0);
    let refused = info.number("rejected_connections").unwrap_or(0);
    let base = |title: String| {
        Finding::new(&RULE, Object::new(ObjectKind::Setting, "maxclients"), title)
            .evidence(Evidence::new("INFO clients", "connected_clients", connected))
            .evidence(Evidence::new("INFO clients", "maxclients", limit))
            .evidence(Evidence::new("INFO stats", "rejected_connections", refused))
            .fix(Fix::advice(FixKind::Code, "Use one pool for each process and cap its size; close what is idle (timeout 300); raise maxclients only with the file limit (ulimit -n) behind it."))
    };
    if let Some(share) = ratio(connected, limit).filter(|share| *share > 0.8) {
        return vec![
            base(format!("{} of {} connections are in use ({})", count(connected), count(limit), percent(share)))
                .evidence(Evidence::new("INFO clients", "share", rounded(share)))
                .why("At the limit new connections get an error, health checks and failover included."),
        ];
    }
    if refused > 0 {
        return vec![
            base(format!(
                "{} connections were refused since the start: maxclients is {}",
                count(refused),
                count(limit)
            ))
            .severity(Severity::Medium)
            .why("The limit was reached at least once; connection storms after a deploy do that."),
        ];
    }
    if let Some(clients) =
        snapshot.clients.filter(|clients| clients.count >= 100 && clients.idle_over_hour * 2 > clients.count)
        && snapshot.setting("timeout").is_none_or(|timeout| timeout == "0")
    {
        return vec![
            base(format!(
                "{} of {} connections have been idle for over an hour and none times out",
                count(clients.idle_over_hour),
                count(clients.count)
            ))
            .severity(Severity::Low)
            .why("Each costs memory and a file; they are often leaked by clients that reconnect."),
        ];
    }
    Vec::new()
}
