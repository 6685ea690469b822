//! Queries in loops: one round trip for each item.

use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Location, Object, ObjectKind, Rule, Severity};
use regex::Regex;

use super::{
    language::Language,
    loops::{Loop, loops, pattern},
    mask::mask,
    queries::calls,
    walker::{ScanLimits, source_files},
};
use crate::{Workspace, WorkspaceError};

const N_PLUS_ONE_CODE: Rule = Rule {
    id: "n_plus_one_code",
    group: "code",
    severity: Severity::Medium,
    summary: "A query inside a loop costs one round trip for each item instead of one for all",
};

/// The rules of this crate.
pub const RULES: &[&Rule] = &[&N_PLUS_ONE_CODE];

/// What a scan found.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeScan {
    /// In the order of path and line.
    pub findings: Vec<Finding>,
    /// Source files that were read.
    pub files: usize,
    /// A limit ended the scan before the last file.
    pub cut: bool,
}

/// Scans the source files below `path` (empty for all). Tests, seeds and fixtures are left out.
///
/// # Errors
/// When `path` is not in the workspace.
pub fn scan_code(workspace: &Workspace, path: &str, limits: ScanLimits) -> Result<CodeScan, WorkspaceError> {
    let mut files = source_files(workspace, path, limits)?;
    let mut findings = Vec::new();
    for file in files.by_ref() {
        if !is_for_tests(&file.path) {
            findings.extend(scan_source(&file.path, &file.text));
        }
    }
    Ok(CodeScan { findings, files: files.count_so_far(), cut: files.was_cut() })
}

fn is_for_tests(path: &str) -> bool {
    static TESTS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?i)(^|/)(tests?|specs?|__tests__|fixtures?|seeds?|factories|mocks?|examples?|bench(es|marks?)?)(/|\.)|(^|/)test_|[._-](test|spec|tests|seed)\.",
        )
    });
    TESTS.is_match(path)
}

/// The queries in loops of one file. Pure; a language that is not known has none.
pub fn scan_source(path: &str, text: &str) -> Vec<Finding> {
    let Some(language) = Language::of(path) else { return Vec::new() };
    let masked = mask(text, language);
    let mut reported: Vec<Range<usize>> = Vec::new();
    let mut findings = Vec::new();
    let mut found = loops(&masked, language);
    // The innermost loop first: it is the one that repeats the query most.
    found.sort_by_key(|one| one.body.len());
    for one in &found {
        let calls = calls(text, &masked, &one.body, language);
        let first = calls.into_iter().find(|call| depends(text, &masked, one, call, language));
        let Some(call) = first else { continue };
        // One statement may match twice, and an outer loop sees the calls of an inner one.
        if reported.iter().any(|known| known.start < call.end && call.start < known.end) {
            continue;
        }
        findings.push((call.start, finding(path, text, one, &call, language)));
        reported.push(call);
    }
    findings.sort_by_key(|(at, _)| *at);
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// Whether the call uses a name that changes from item to item: the loop's variable, or what the
/// body has computed before. A query that is always the same is another problem.
fn depends(text: &str, masked: &str, one: &Loop, call: &Range<usize>, language: Language) -> bool {
    static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?m)(?:^|[\s({;])(?P<names>\$?[A-Za-z_]\w*(?:\s*,\s*\$?[A-Za-z_]\w*)*)\s*(?::\s*[\w<>\[\]&' ]+)?\s*(?::=|=)[^=>]",
        )
    });
    static SCANNED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\.Scan\(([^()]*)\)"));
    static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\$?[A-Za-z_]\w*"));
    let mut changing: BTreeSet<&str> = one.variables.iter().map(String::as_str).collect();
    let before = masked.get(one.body.start..call.start.max(one.body.start)).unwrap_or_default();
    for names in ASSIGNED.captures_iter(before).filter_map(|captures| captures.name("names")) {
        changing.extend(names.as_str().split(',').map(str::trim));
    }
    if language == Language::Go {
        let scanned = SCANNED.captures_iter(before).filter_map(|captures| captures.get(1));
        changing.extend(scanned.flat_map(|names| WORD.find_iter(names.as_str())).map(|name| name.as_str()));
    }
    // Interpolation puts names inside strings, so the whole call counts, not the masked one. The
    // receiver does not: `row = cursor.execute(…)` has not made the cursor change.
    let source = text.get(call.clone()).unwrap_or_default();
    let arguments = source.find(['(', '`']).map_or(source, |open| source.get(open..).unwrap_or_default());
    WORD.find_iter(arguments)
        .any(|name| changing.contains(name.as_str()) || changing.contains(name.as_str().trim_start_matches('$')))
}

fn finding(path: &str, text: &str, one: &Loop, call: &Range<usize>, language: Language) -> Finding {
    let header = one_line(text.get(one.header.clone()).unwrap_or_default());
    let query = one_line(text.get(call.clone()).unwrap_or_default());
    let (line, column) = position(text, call.start);
    let (loop_line, _) = position(text, one.header.start);
    Finding::new(
        &N_PLUS_ONE_CODE,
        Object::new(ObjectKind::File, path),
        format!("{path}:{line} asks the database once for each item of the loop at line {loop_line}"),
    )
    .why("Each item costs a round trip and a statement; a hundred items cost a hundred times the latency of one query.")
    .evidence(Evidence::new(format!("{path}:{loop_line}"), "loop", header))
    .evidence(Evidence::new(format!("{path}:{line}"), "query", query.as_str()))
    .fix(Fix::advice(FixKind::Code, remedy(language)))
    .at_occurrence(Location { file: path.to_owned(), line, column }, &query)
}

const fn remedy(language: Language) -> &'static str {
    match language {
        Language::Python => {
            "Ask once before the loop and look up in a dict: WHERE id = ANY(%s) with the list of ids; in Django \
             select_related, prefetch_related, in_bulk or bulk_create; in SQLAlchemy selectinload; for writes executemany."
        }
        Language::Script => {
            "Ask once before the loop and look up in a Map: WHERE id = ANY($1) with the array of ids; in Prisma \
             findMany with `in`, or include; for writes createMany or one INSERT with unnest."
        }
        Language::Ruby => {
            "Preload with includes or preload, or ask once before the loop: where(id: ids).index_by(&:id); for writes \
             insert_all or upsert_all."
        }
        Language::Go => {
            "Ask once before the loop: WHERE id = ANY($1) with the slice of ids, then look up in a map; for writes \
             pgx.Batch, CopyFrom, or one INSERT with unnest."
        }
        Language::Java => {
            "Ask once before the loop: findAllById, a query with IN, JOIN FETCH or @EntityGraph; for writes saveAll with \
             hibernate.jdbc.batch_size, or addBatch and executeBatch."
        }
        Language::Php => {
            "Ask once before the loop: whereIn, or eager loading with with(); for writes insert() with all rows or upsert()."
        }
        Language::Rust => {
            "Ask once before the loop: WHERE id = ANY($1) with the slice of ids, then look up in a HashMap; for writes \
             one INSERT with UNNEST."
        }
    }
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > 200 { line.chars().take(199).chain(['…']).collect() } else { line }
}

fn position(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
