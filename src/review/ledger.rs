//! What changed since the last review.

use std::collections::HashMap;

use dbwright_finding::Finding;

use super::document::{Fixed, Review, SinceLast};

/// Compares findings by their stable ids. A finding that is gone counts as fixed only when the
/// part that would have found it was checked: `checked` says so for each rule.
pub fn since(last: Option<&Review>, now: &[Finding], checked: impl Fn(&Finding) -> bool) -> SinceLast {
    let Some(last) = last else {
        return SinceLast { new: now.iter().map(|finding| finding.id.clone()).collect(), ..SinceLast::default() };
    };
    let before: HashMap<&str, &Finding> = last.findings.iter().map(|finding| (finding.id.as_str(), finding)).collect();
    let mut out = SinceLast { at: Some(last.started_at), ..SinceLast::default() };
    for finding in now {
        match before.get(finding.id.as_str()) {
            None => out.new.push(finding.id.clone()),
            Some(known) if finding.severity > known.severity => out.worse.push(finding.id.clone()),
            Some(_) => out.same.push(finding.id.clone()),
        }
    }
    out.fixed = last
        .findings
        .iter()
        .filter(|known| !now.iter().any(|finding| finding.id == known.id) && checked(known))
        .map(|known| Fixed { id: known.id.clone(), severity: known.severity, title: known.title.clone() })
        .collect();
    out
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
