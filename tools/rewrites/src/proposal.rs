//! What the engine answers.

use serde::Serialize;

/// How sure it is that a rewrite gives the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarantee {
    /// For all data that the catalog allows.
    Exact,
    /// Under the conditions that are stated with it.
    Conditional,
}

/// Another form of the statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rewrite {
    /// Id of the finding that it remedies.
    pub rule: &'static str,
    /// Which rewrite it is; several joined by ` + `.
    pub name: String,
    /// The whole statement.
    pub sql: String,
    /// How sure.
    pub guarantee: Guarantee,
    /// What equality rests on, in words.
    pub conditions: Vec<String>,
    /// The relation and column that the predicate is about, where it is about one.
    pub subject: Option<(String, String)>,
}

/// A rewrite that would not be equal, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Id of the finding that it would remedy.
    pub rule: &'static str,
    /// Which rewrite.
    pub name: &'static str,
    /// Why not.
    pub why: String,
}

/// A change to what the application asks, as a template: not an equal statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// Id of the finding that it remedies.
    pub rule: &'static str,
    /// The statement to send instead.
    pub template: String,
    /// The template with a subquery where the application's values go: gives the same page as
    /// the statement, for measuring what comes after the boundary is known.
    pub boundary: Option<String>,
    /// What changes for the application.
    pub notes: String,
}

/// All that was found for one statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Proposals {
    /// Forms to try.
    pub rewrites: Vec<Rewrite>,
    /// Forms that would be wrong.
    pub refused: Vec<Refused>,
    /// What the application should ask instead.
    pub advice: Vec<Advice>,
}
