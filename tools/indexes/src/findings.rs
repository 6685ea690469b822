//! Advice as findings.

use dbwright_finding::{Confidence, Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{Advice, AdvisedIndex, Droppable, Gain, Rewrite};

/// A statement reads far more than it needs for want of an index.
pub const MISSING_INDEX: Rule = Rule {
    id: "missing_index",
    group: "indexes",
    severity: Severity::Medium,
    summary: "a statement reads far more than it returns because no index fits its conditions",
};

/// An existing index whose work another one does, proven by executing the workload without it.
pub const SUPERFLUOUS_INDEX: Rule = Rule {
    id: "superfluous_index",
    group: "indexes",
    severity: Severity::Low,
    summary: "an index is kept up although the statements run as well without it",
};

/// A condition that hides its column from every index.
pub const HIDDEN_COLUMN: Rule = Rule {
    id: "hidden_column",
    group: "indexes",
    severity: Severity::Low,
    summary: "a condition computes with a column in a way that no index can serve, although a plain range would say the same",
};

/// Every rule of this crate.
pub const RULES: &[&Rule] = &[&MISSING_INDEX, &SUPERFLUOUS_INDEX, &HIDDEN_COLUMN];

/// Statements listed as evidence.
const MOST_EVIDENCE: usize = 5;

/// One finding for each advised index, each index that can go, and each condition to rewrite.
pub fn findings(advice: &Advice) -> Vec<Finding> {
    let missing = advice.indexes.iter().map(finding);
    missing.chain(advice.droppable.iter().map(superfluous)).chain(advice.rewrites.iter().map(hidden)).collect()
}

fn superfluous(index: &Droppable) -> Finding {
    let object = Object::new(ObjectKind::Index, format!("{}.{}", index.table.schema, index.name));
    let title = format!(
        "{} takes {} and an entry for each written row of {} for nothing: {}",
        index.name,
        bytes(index.bytes),
        index.table,
        index.why
    );
    Finding::new(&SUPERFLUOUS_INDEX, object, title)
        .why(format!(
            "{} statements of the workload were executed on a copy without it, and none was more than a tenth worse.",
            index.executed
        ))
        .evidence(Evidence::new("executed without it", "statements", u64::try_from(index.executed).unwrap_or(u64::MAX)))
        .evidence(Evidence::new("catalog", "bytes", index.bytes))
        .evidence(Evidence::new("catalog", "served_by", index.served_by.as_str()))
        .fix(
            Fix::sql(FixKind::DropIndex, [index.statement.clone()])
                .undo([index.undo.clone()])
                .lock("ShareUpdateExclusiveLock")
                .notes("Look at the standbys too: an index that only they scan is counted there."),
        )
        .confidence(Confidence::Measured)
}

fn hidden(rewrite: &Rewrite) -> Finding {
    let object = Object::new(ObjectKind::Query, rewrite.text.clone());
    let title =
        format!("`{}` hides its column from every index: each execution computes it for all rows", rewrite.from);
    Finding::new(&HIDDEN_COLUMN, object, title)
        .why(format!("{}.", capital(&rewrite.why)))
        .evidence(Evidence::new("statement", "condition", rewrite.from.as_str()))
        .fix(Fix::sql(FixKind::RewriteQuery, Vec::<String>::new()).notes(format!("Write instead: {}", rewrite.to)))
        .confidence(Confidence::Rule)
}

fn finding(index: &AdvisedIndex) -> Finding {
    let table = &index.candidate.table;
    let object = Object::new(ObjectKind::Table, table.to_string()).columns(identity(index));
    let mut finding =
        Finding::new(&MISSING_INDEX, object, title(index)).severity(severity(index)).why(why(index)).fix(fix(index));
    for gain in index.gains.iter().take(MOST_EVIDENCE) {
        let source = format!("statement {}", gain.statement + 1);
        if let Some(sampled) = &gain.sampled {
            finding = finding.evidence(Evidence::new(&source, "with_sampled_values", sampled.as_str()));
        }
        for (side, measured) in [("before", &gain.measured.before), ("after", &gain.measured.after)] {
            if let Some(buffers) = measured.buffers {
                finding = finding.evidence(Evidence::new(&source, format!("buffers_{side}"), buffers));
            }
            if let Some(ms) = measured.ms {
                finding = finding.evidence(Evidence::new(&source, format!("median_{side}_ms"), round(ms)));
            } else if let Some(cost) = measured.cost {
                finding = finding.evidence(Evidence::new(&source, format!("cost_{side}"), round(cost)));
            }
        }
    }
    if let Some(best) = index.gains.first() {
        finding = finding.measured(best.measured);
    }
    // A copy that was only planned on is still an estimate.
    finding.confidence(index.verified.confidence().min(Confidence::Measured))
}

/// The keys, and what makes a partial or covering index another one than the plain.
fn identity(index: &AdvisedIndex) -> Vec<String> {
    let mut parts = index.candidate.key_texts();
    parts.extend(index.candidate.include.iter().map(|column| format!("include {column}")));
    parts.extend(index.candidate.predicate.iter().map(|predicate| format!("where {predicate}")));
    parts
}

fn title(index: &AdvisedIndex) -> String {
    let candidate = &index.candidate;
    let keys = candidate.key_texts().join(", ");
    let partial = candidate.predicate.as_ref().map(|predicate| format!(" where {predicate}")).unwrap_or_default();
    let kind = candidate.method.words();
    let what = format!("{} lacks {kind} on ({keys}){partial}", candidate.table);
    match index.gains.first() {
        Some(best) => format!("{what}: {}", cost_of(best)),
        None => format!("{what} that its statements ask for"),
    }
}

fn cost_of(gain: &Gain) -> String {
    let (before, after) = (&gain.measured.before, &gain.measured.after);
    let ratio = gain.measured.ratio.map(|ratio| format!(" ({} times less)", thin(ratio))).unwrap_or_default();
    let it = match gain.together_with.as_slice() {
        [] => "it".to_owned(),
        others => format!("it and {}", others.join(", ")),
    };
    let calls = match gain.calls {
        Some(calls) if calls > 1 => format!(", {calls} calls"),
        _ => String::new(),
    };
    match (before.buffers.zip(after.buffers), before.ms.zip(after.ms), before.cost.zip(after.cost)) {
        (Some((b, a)), Some((b_ms, a_ms)), _) => {
            format!(
                "a statement touches {b} pages in {} ms, {a} in {} ms with {it}{ratio}{calls}",
                thin(b_ms),
                thin(a_ms)
            )
        }
        (_, _, Some((b, a))) => {
            format!("a statement's estimated cost is {}, {} with {it}{ratio}{calls}", thin(b), thin(a))
        }
        _ => "a statement reads more than it needs".to_owned(),
    }
}

fn why(index: &AdvisedIndex) -> String {
    match index.gains.first() {
        Some(best) => {
            let values = match best.sampled {
                Some(_) => {
                    " The figures hold with sampled values for its placeholders; other values may gain more or less."
                }
                None => "",
            };
            format!(
                "Without it `{}` must read rows that it throws away; {} statement(s) of the workload use it.{values}",
                best.text,
                index.gains.len()
            )
        }
        None => "The conditions of the statements fit no existing index; nothing could be tried here.".to_owned(),
    }
}

/// By what one execution costs now and how much of it goes away.
fn severity(index: &AdvisedIndex) -> Severity {
    let Some(best) = index.gains.first() else { return Severity::Low };
    let ratio = best.measured.ratio.unwrap_or(1.0);
    let ms = best.measured.before.ms.unwrap_or(0.0);
    let cost = best.measured.before.cost.unwrap_or(0.0);
    let heavy = ms >= 100.0 || (best.measured.before.ms.is_none() && cost >= 10_000.0);
    match (heavy, ratio) {
        (true, ratio) if ratio >= 10.0 => Severity::High,
        (true, _) => Severity::Medium,
        (false, ratio) if ratio >= 10.0 => Severity::Medium,
        (false, _) => Severity::Low,
    }
}

fn fix(index: &AdvisedIndex) -> Fix {
    let mut notes = format!(
        "About {}{}. {}.",
        bytes(index.bytes),
        if index.bytes_measured { ", measured on the copy" } else { " by our size model" },
        index.write_note
    );
    if let Some(seconds) = index.build_seconds {
        notes.push_str(&format!(" Built in {} s on the copy.", thin(seconds)));
    }
    for remark in &index.remarks {
        notes.push_str(&format!(" {}.", capital(remark)));
    }
    for replaced in &index.replaces {
        notes.push_str(&format!(
            " Afterwards {} ({}) does nothing that this index does not: {}.",
            replaced.name,
            bytes(replaced.bytes),
            replaced.statement
        ));
    }
    Fix::sql(FixKind::CreateIndex, index.statements.clone())
        .undo([index.undo.clone()])
        .lock("ShareUpdateExclusiveLock")
        .notes(notes)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn bytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^52")]
    let size = bytes as f64;
    if size >= 1e9 {
        format!("{:.1} GB", size / 1e9)
    } else if size >= 1e6 {
        format!("{:.1} MB", size / 1e6)
    } else {
        format!("{:.0} kB", size / 1e3)
    }
}

/// Three significant digits at most, no needless fraction.
fn thin(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}").trim_end_matches(".0").to_owned()
    } else {
        format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
#[path = "findings_tests.rs"]
mod tests;
