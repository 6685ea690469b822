//! One finding for each problem, the most important first.

use dbwright_finding::{Confidence, Finding, Severity};

/// Merges findings with the same id (the better established one stays, evidence of both is kept)
/// and orders them: severity, then what is at stake, then how sure, then name.
pub fn rank(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut ranked: Vec<Finding> = Vec::new();
    for finding in findings {
        match ranked.iter_mut().find(|known| known.id == finding.id) {
            Some(known) => merge(known, finding),
            None => ranked.push(finding),
        }
    }
    fold_scans(&mut ranked);
    ranked.sort_by(|a, b| {
        let key = |finding: &Finding| (finding.severity, stake(finding), finding.confidence);
        let (left, right): ((Severity, f64, Confidence), _) = (key(a), key(b));
        right
            .0
            .cmp(&left.0)
            .then_with(|| right.1.total_cmp(&left.1))
            .then_with(|| right.2.cmp(&left.2))
            .then_with(|| a.object.name.cmp(&b.object.name))
            .then_with(|| a.id.cmp(&b.id))
    });
    ranked
}

/// A scan that keeps next to nothing is the symptom, the index that was tried is the cure: where
/// both stand for the same table and its columns, the cure keeps the evidence of both.
fn fold_scans(findings: &mut Vec<Finding>) {
    let (scans, mut kept): (Vec<Finding>, Vec<Finding>) =
        std::mem::take(findings).into_iter().partition(|finding| finding.rule == "seq_scan_selective");
    for scan in scans {
        let cure = kept.iter_mut().find(|finding| {
            finding.rule == "missing_index"
                && finding.measured.is_some()
                && finding.object.name == scan.object.name
                && scan.object.columns.iter().all(|column| finding.object.columns.contains(column))
        });
        match cure {
            Some(cure) => cure.evidence.extend(scan.evidence),
            None => kept.push(scan),
        }
    }
    *findings = kept;
}

fn merge(known: &mut Finding, other: Finding) {
    let better = other.confidence > known.confidence;
    let (mut kept, dropped) = if better { (other, known.clone()) } else { (known.clone(), other) };
    for evidence in dropped.evidence {
        if !kept.evidence.contains(&evidence) {
            kept.evidence.push(evidence);
        }
    }
    kept.severity = kept.severity.max(dropped.severity);
    kept.fix = kept.fix.or(dropped.fix);
    kept.measured = kept.measured.or(dropped.measured);
    *known = kept;
}

/// How much better the measured fix makes it: what a reader should see first among equals.
fn stake(finding: &Finding) -> f64 {
    finding.measured.and_then(|measured| measured.ratio).unwrap_or(0.0)
}

#[cfg(test)]
#[path = "rank_tests.rs"]
mod tests;
