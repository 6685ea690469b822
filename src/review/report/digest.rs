//! A review's findings as the entries of a report: the same problem on many objects is one entry.

use std::collections::HashMap;

use dbwright_finding::{Finding, Severity};

use super::words::plain;
use crate::review::{Review, catalogue};

/// Findings of one rule from which on they share an entry.
const MANY: usize = 3;

/// How a finding compares with the last review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// It was not there.
    New,
    /// It was less severe.
    Worse,
    /// It was there, or there is no last review to compare with.
    Known,
}

impl Status {
    /// The mark beside a finding; nothing for what is known.
    pub(super) const fn word(self) -> Option<&'static str> {
        match self {
            Self::New => Some("new"),
            Self::Worse => Some("worse"),
            Self::Known => None,
        }
    }
}

/// One entry: a finding, and others of the same rule and severity.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    /// Its number in the report, from 1.
    pub(super) number: usize,
    /// The finding that speaks for the entry: the first in rank.
    pub(super) lead: &'a Finding,
    /// The same problem on other objects.
    pub(super) others: Vec<&'a Finding>,
}

impl<'a> Entry<'a> {
    /// All findings of the entry.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Finding> + '_ {
        std::iter::once(self.lead).chain(self.others.iter().copied())
    }
}

/// The review in the order of its ranks. Findings with a comparison of their own stay alone:
/// their figures are what a reader looks for.
pub(super) fn entries(review: &Review) -> Vec<Entry<'_>> {
    let mut sizes: HashMap<(&str, Severity), usize> = HashMap::new();
    for finding in review.findings.iter().filter(|finding| finding.measured.is_none()) {
        *sizes.entry((&finding.rule, finding.severity)).or_default() += 1;
    }
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for finding in &review.findings {
        let key = (finding.rule.as_str(), finding.severity);
        let shares = finding.measured.is_none() && sizes.get(&key).is_some_and(|size| *size >= MANY);
        let group = entries.iter_mut().find(|entry| {
            shares && entry.lead.measured.is_none() && (entry.lead.rule.as_str(), entry.lead.severity) == key
        });
        match group {
            Some(entry) => entry.others.push(finding),
            None => entries.push(Entry { number: entries.len() + 1, lead: finding, others: Vec::new() }),
        }
    }
    entries
}

/// The finding's status, where there is a last review.
pub(super) fn status(review: &Review, finding: &Finding) -> Status {
    let listed = |ids: &[String]| ids.contains(&finding.id);
    match review.since_last.at {
        None => Status::Known,
        Some(_) if listed(&review.since_last.new) => Status::New,
        Some(_) if listed(&review.since_last.worse) => Status::Worse,
        Some(_) => Status::Known,
    }
}

/// The section that the finding's rule belongs to.
pub(super) fn group(finding: &Finding) -> &'static str {
    catalogue::rule(&finding.rule).map_or("other", |rule| rule.group)
}

/// The object as a person would type it: its line in a file, or its name with its columns.
pub(super) fn object(finding: &Finding) -> String {
    let object = &finding.object;
    let name = plain(&object.name);
    let columns: Vec<String> = object.columns.iter().map(|column| plain(column)).collect();
    let name = if columns.is_empty() { name } else { format!("{name} ({})", columns.join(", ")) };
    match &finding.location {
        None => name,
        Some(at) => {
            let place = format!("{}:{}", plain(&at.file), at.line);
            // Where the file is the object, its line says all.
            if place.starts_with(&name) { place } else { format!("{name} at {place}") }
        }
    }
}

/// The object with its kind, unless its name begins with that word.
pub(super) fn named(finding: &Finding) -> String {
    let (kind, object) = (finding.object.kind.as_str(), object(finding));
    if object.starts_with(kind) { object } else { format!("{kind} {object}") }
}

/// What was reviewed, in parts: `shop`, `PostgreSQL 15.18`, `Redis cache`, the path.
pub(super) fn target(review: &Review) -> Vec<String> {
    let target = &review.target;
    let version = target.postgres_version.as_deref().map(|version| {
        // The distribution's build stands in brackets: the number is what a reader needs.
        let version = plain(version.split(" (").next().unwrap_or(version));
        if version.starts_with("PostgreSQL") { version } else { format!("PostgreSQL {version}") }
    });
    [
        target.database.as_deref().map(plain),
        version,
        target
            .redis
            .as_deref()
            .map(|name| if name == "redis" { "Redis".to_owned() } else { format!("Redis {}", plain(name)) }),
        target.path.as_deref().map(plain),
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.is_empty())
    .collect()
}

/// `2 critical, 5 high`; `no findings` when there are none.
pub(super) fn tally(review: &Review) -> String {
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| review.count(*severity) > 0)
        .map(|severity| format!("{} {severity}", review.count(severity)))
        .collect();
    if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") }
}

/// How it compares with the last review, in words; `None` for the first review.
pub(super) fn changes(review: &Review) -> Option<String> {
    let since = &review.since_last;
    let at = since.at?;
    let parts: Vec<String> = [
        (since.new.len(), "new"),
        (since.worse.len(), "worse"),
        (since.fixed.len(), "fixed"),
        (since.same.len(), "as before"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let nothing = since.new.is_empty() && since.worse.is_empty() && since.fixed.is_empty();
    let words = match (nothing, parts.is_empty()) {
        (true, true) => "nothing found then or now".to_owned(),
        (true, false) => format!("nothing changed, {}", parts.join(", ")),
        (false, _) => parts.join(", "),
    };
    Some(format!("since {}: {words}", super::words::moment(at)))
}

/// What to do next, in one sentence.
pub(super) fn next_step(entries: &[Entry<'_>]) -> String {
    let fixable = entries.iter().find(|entry| entry.lead.fix.as_ref().is_some_and(|fix| !fix.statements.is_empty()));
    match (entries.first(), fixable) {
        (None, _) => "Next: nothing to do now; schedule the review to learn when that changes.".to_owned(),
        (Some(first), Some(fixable)) if first.number == fixable.number => {
            format!("Next: run the fix of finding {}, then review again to see it gone.", first.number)
        }
        (Some(first), Some(fixable)) => {
            format!(
                "Next: decide on finding {}, run the fix of finding {}, then review again.",
                first.number, fixable.number
            )
        }
        (Some(first), None) => format!("Next: decide on finding {}, then review again.", first.number),
    }
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
