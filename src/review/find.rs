//! One finding by its id, and the statements that its review knows for it.

use dbwright_finding::Finding;
use serde_json::Value;

use super::Review;

/// A finding and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// The finding.
    pub finding: Finding,
    /// Statements that it is about, whole, as the tools' results hold them.
    pub statements: Vec<String>,
}

/// Why an id names no finding, or more than one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unknown {
    /// None begins so.
    #[error("no finding {0} in {1}: `dbwright review --format json` lists them")]
    None(String, String),
    /// Several begin so.
    #[error("{0} is the beginning of several findings: {1}")]
    Several(String, String),
}

/// The finding whose id is `id`, or begins with it, in a review. `place` names the review in errors.
///
/// # Errors
/// [`Unknown`].
pub fn named(review: &Review, id: &str, place: &str) -> Result<Named, Unknown> {
    let found: Vec<&Finding> = review.findings.iter().filter(|finding| finding.id.starts_with(id)).collect();
    match found.as_slice() {
        [] => Err(Unknown::None(id.to_owned(), place.to_owned())),
        [finding] => Ok(Named { finding: (*finding).clone(), statements: statements(review, finding) }),
        several => match several.iter().find(|finding| finding.id == id) {
            Some(exact) => Ok(Named { finding: (*exact).clone(), statements: statements(review, exact) }),
            None => {
                let ids: Vec<&str> = several.iter().map(|finding| finding.id.as_str()).collect();
                Err(Unknown::Several(id.to_owned(), ids.join(", ")))
            }
        },
    }
}

/// What the index advice behind a finding says of the statements that gain.
fn statements(review: &Review, finding: &Finding) -> Vec<String> {
    let Some(fix) = &finding.fix else { return Vec::new() };
    let mut found = Vec::new();
    for exhibit in review.exhibits.iter().filter(|exhibit| exhibit.tool == "advise_indexes") {
        let indexes = exhibit.json.get("indexes").or_else(|| exhibit.json.pointer("/advice/indexes"));
        for index in indexes.and_then(Value::as_array).into_iter().flatten() {
            let statement = index.get("statement").and_then(Value::as_str);
            let listed =
                index.get("statements").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            if !statement.into_iter().chain(listed).any(|statement| fix.statements.iter().any(|fix| fix == statement)) {
                continue;
            }
            for gain in index.get("gains").and_then(Value::as_array).into_iter().flatten() {
                let text = gain.get("sampled").or_else(|| gain.get("text")).and_then(Value::as_str);
                // What was shortened for people is not the statement.
                found.extend(text.filter(|text| !text.ends_with('…')).map(str::to_owned));
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "find_tests.rs"]
mod tests;
