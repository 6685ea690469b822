//! What a review is worth for one case.

use serde_json::Value;

use crate::case::{Case, Expected};

/// Bytes of the compact text of what concerns the fault.
const MOST_BYTES: usize = 2048;

/// How a case went.
#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) name: String,
    pub(crate) control: bool,
    /// What is wrong, in a sentence.
    pub(crate) what: String,
    /// The first expected finding as it was found.
    pub(crate) finding: Option<Value>,
    /// Expected findings that are missing, unexpected ones of a control, harmful statements.
    pub(crate) faults: Vec<String>,
    pub(crate) proven: Option<Result<String, String>>,
    pub(crate) bytes: usize,
    pub(crate) seconds: f64,
}

impl Score {
    pub(crate) fn broken(case: &Case, why: &str) -> Self {
        Self {
            name: case.name.clone(),
            control: case.healthy,
            what: case.what.clone(),
            finding: None,
            faults: vec![why.to_owned()],
            proven: None,
            bytes: 0,
            seconds: 0.0,
        }
    }

    pub(crate) fn passed(&self) -> bool {
        self.faults.is_empty() && !matches!(self.proven, Some(Err(_)))
    }

    pub(crate) fn line(&self) -> String {
        let mark = if self.passed() { "ok  " } else { "FAIL" };
        let proof = match &self.proven {
            Some(Ok(proof)) => format!(" · {proof}"),
            Some(Err(why)) => format!(" · not proven: {why}"),
            None => String::new(),
        };
        let faults =
            if self.faults.is_empty() { String::new() } else { format!("\n     {}", self.faults.join("\n     ")) };
        format!("{mark} {:36} {:5.1} s {:5} B{proof}{faults}", self.name, self.seconds, self.bytes)
    }
}

/// Compares a review with what the case expects.
pub(crate) fn judge(case: &Case, review: &Value, seconds: f64) -> Score {
    let findings: Vec<Value> = review["findings"].as_array().cloned().unwrap_or_default();
    let mut faults = Vec::new();
    let mut matching: Vec<Value> = Vec::new();
    for expected in &case.expect {
        // What was measured is the answer; what a rule only says stands behind it.
        let met = findings.iter().filter(|finding| meets(expected, finding));
        match met.max_by_key(|finding| finding["confidence"] == "measured") {
            Some(finding) => matching.push(finding.clone()),
            None => {
                let near: Vec<String> = findings.iter().map(brief).collect();
                faults.push(format!(
                    "missing {:?} about {:?}; found:\n       {}",
                    expected.rules,
                    expected.about,
                    near.join("\n       ")
                ));
            }
        }
    }
    for finding in &findings {
        if case.healthy && ["critical", "high", "medium"].contains(&text(&finding["severity"])) {
            faults.push(format!("noise: {}", brief(finding)));
        }
        for statement in finding["fix"]["statements"].as_array().into_iter().flatten() {
            if case.harmful.iter().any(|word| text(statement).contains(word.as_str())) {
                faults.push(format!("harmful: {}", text(statement)));
            }
        }
    }
    let bytes = matching.iter().map(compact).map(|text| text.len()).sum();
    if bytes > MOST_BYTES {
        faults.push(format!("{bytes} bytes for one fault"));
    }
    Score {
        name: case.name.clone(),
        control: case.healthy,
        what: case.what.clone(),
        finding: matching.into_iter().next(),
        faults,
        proven: None,
        bytes,
        seconds,
    }
}

fn meets(expected: &Expected, finding: &Value) -> bool {
    let about = finding["object"].to_string() + text(&finding["title"]) + &finding["fix"].to_string();
    expected.rules.iter().any(|rule| rule == text(&finding["rule"]))
        && expected.about.iter().all(|word| about.contains(word.as_str()))
        && (expected.fix.is_empty() || expected.fix.iter().any(|kind| kind == text(&finding["fix"]["type"])))
        && expected.saying.iter().all(|word| finding["fix"].to_string().contains(word.as_str()))
}

/// What a reader of the finding reads.
fn compact(finding: &Value) -> String {
    let statements: Vec<&str> = finding["fix"]["statements"].as_array().into_iter().flatten().map(text).collect();
    format!("{} {} {} {}", brief(finding), text(&finding["why"]), statements.join("; "), text(&finding["fix"]["notes"]))
}

fn brief(finding: &Value) -> String {
    format!("{} {}: {}", text(&finding["severity"]), text(&finding["rule"]), text(&finding["title"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Prints the table's last lines; gives the number of failed faults.
pub(crate) fn summary(scores: &[Score]) -> usize {
    let (controls, faults): (Vec<&Score>, Vec<&Score>) = scores.iter().partition(|score| score.control);
    let passed = |scores: &[&Score]| scores.iter().filter(|score| score.passed()).count();
    let proven = faults.iter().filter(|score| matches!(score.proven, Some(Ok(_)))).count();
    let harmful = scores.iter().flat_map(|score| &score.faults).filter(|fault| fault.starts_with("harmful")).count();
    println!(
        "\n{} of {} faults named with the right fix ({proven} proven by running it), {} of {} controls silent, {harmful} harmful",
        passed(&faults),
        faults.len(),
        passed(&controls),
        controls.len()
    );
    for score in scores.iter().filter(|score| !score.passed()) {
        println!("{}\n     ({})", score.line(), score.what);
    }
    faults.len() - passed(&faults)
}
