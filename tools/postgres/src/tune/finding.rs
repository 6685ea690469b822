//! A proven remedy as a finding.

use dbwright_finding::{Evidence, Finding, Fix, Measured, Object, ObjectKind, Rule, Severity};
use dbwright_indexes::MISSING_INDEX;
use dbwright_rewrites::FINDING_RULES;
use dbwright_sql::brief;

use super::{bench::Sample, remedy::Remedy};

/// Characters of the statement in an object's name.
const BRIEF: usize = 160;

/// One finding, or two where a rewrite needs an index.
pub(super) fn findings(remedy: &Remedy, statement: &str, sampled: Option<&str>) -> Vec<Finding> {
    let mut out = Vec::new();
    let both = remedy.with_index.as_ref();
    let mut fix = remedy.fix.clone();
    if let Some((index, _)) = both {
        let needs = format!("Needs the index {} (a finding of its own).", index.statements.join("; "));
        fix.notes = Some(format!("{needs} {}", fix.notes.unwrap_or_default()).trim_end().to_owned());
    }
    out.extend(one(remedy, remedy.rule, remedy.subject.clone(), fix, statement, sampled));
    if let Some((index, subject)) = both {
        let index = index.clone().notes("Serves the rewritten statement of the other finding; measured together.");
        out.extend(one(remedy, MISSING_INDEX.id, Some(subject.clone()), index, statement, sampled));
    }
    out
}

fn one(
    remedy: &Remedy,
    id: &str,
    subject: Option<(String, Vec<String>)>,
    fix: Fix,
    statement: &str,
    sampled: Option<&str>,
) -> Option<Finding> {
    let rule = rule(id)?;
    let object = match &subject {
        Some((table, columns)) if remedy.rewrite.is_none() || id == MISSING_INDEX.id => {
            Object::new(ObjectKind::Table, table).columns(columns.clone())
        }
        _ => Object::new(ObjectKind::Query, brief(statement, BRIEF)),
    };
    let title = format!(
        "{}: `{}` needs {}, with {} {}",
        problem(rule, subject.as_ref()),
        brief(statement, 80),
        figures(&remedy.before),
        remedy.what,
        figures(&remedy.after)
    );
    let mut finding = Finding::new(rule, object, title)
        .severity(severity(&remedy.before))
        .why(rule.summary)
        .evidence(Evidence::new("tune_statement", "statement", brief(statement, 400)))
        .evidence(Evidence::new("tune_statement", "runs", remedy.after.runs));
    if let Some(values) = sampled {
        finding = finding.evidence(Evidence::new("tune_statement", "with_values", brief(values, 400)));
    }
    for (side, sample) in [("before", &remedy.before), ("after", &remedy.after)] {
        if !sample.timed_out {
            finding = finding.evidence(Evidence::new("tune_statement", format!("buffers_{side}"), sample.buffers));
        }
        for (name, ms) in [("median", sample.ms), ("fastest", sample.fastest_ms), ("slowest", sample.slowest_ms)] {
            let rounded = (ms * 1000.0).round() / 1000.0;
            finding = finding.evidence(Evidence::new("tune_statement", format!("{name}_{side}_ms"), rounded));
        }
    }
    let measured = Measured::compare(remedy.how, remedy.before.measurement(), remedy.after.measurement());
    Some(finding.fix(fix).measured(measured))
}

fn problem(rule: &Rule, subject: Option<&(String, Vec<String>)>) -> String {
    match subject {
        Some((table, columns)) if !columns.is_empty() => {
            format!("{} ({} of {table})", rule.summary.trim_end_matches('.'), columns.join(", "))
        }
        _ => rule.summary.trim_end_matches('.').to_owned(),
    }
}

fn figures(sample: &Sample) -> String {
    if sample.timed_out {
        format!("more than {:.0} ms", sample.ms)
    } else {
        format!("{} pages and {:.1} ms", sample.pages(), sample.ms)
    }
}

/// The declaration of a rule of the engines that this tool speaks for.
pub(super) fn rule(id: &str) -> Option<&'static Rule> {
    let plans = dbwright_plan::RULES.iter().map(|plan| &plan.rule);
    plans.chain(FINDING_RULES.iter().copied()).chain([&MISSING_INDEX]).find(|rule| rule.id == id)
}

/// As plan findings are graded: by what a person waits for.
fn severity(before: &Sample) -> Severity {
    match before.ms {
        ms if ms >= 500.0 => Severity::High,
        ms if ms >= 20.0 => Severity::Medium,
        _ => Severity::Low,
    }
}
