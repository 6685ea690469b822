//! The report for a pull request comment.

use std::fmt::Write as _;

use dbwright_finding::{Finding, FixKind, Severity};

use super::{
    digest::{self, Entry},
    facts,
    words::{self, counted, cut, is_hidden, plain},
};
use crate::review::Review;

/// Bytes after which details are left out: comments on code hosts end at 65,536 characters.
const ROOM: usize = 48_000;
/// Rows of a table of small findings.
const ROWS: usize = 40;
/// Learnings and gaps of each kind.
const LISTED: usize = 15;
/// Objects named in one entry.
const OBJECTS: usize = 12;

/// The report as Markdown. Text from databases and files is escaped: it can neither format, link,
/// mention, nor open an HTML element.
pub fn markdown(review: &Review) -> String {
    let entries = digest::entries(review);
    let mut out = String::new();
    header(&mut out, review);
    overview(&mut out, review, &entries);
    let (large, small): (Vec<&Entry<'_>>, Vec<&Entry<'_>>) =
        entries.iter().partition(|entry| entry.lead.severity >= Severity::Medium);
    let mut left = 0;
    for found in large {
        if out.len() > ROOM {
            left += 1;
        } else {
            entry(&mut out, review, found);
        }
    }
    if left > 0 {
        push(&mut out, &format!("{} more in full: `--format html` has all of it.\n\n", counted(left, "finding")));
    }
    small_findings(&mut out, &small);
    list(
        &mut out,
        "Fixed since the last review",
        review.since_last.fixed.iter().map(|fixed| format!("{}: {}", fixed.severity, fixed.title)),
    );
    memory(&mut out, review);
    list(&mut out, "Not checked", review.gaps.iter().cloned());
    push(&mut out, &format!("{}\n", digest::next_step(&entries)));
    out
}

/// Writing to a String cannot fail.
fn push(out: &mut String, text: &str) {
    out.push_str(text);
}

fn header(out: &mut String, review: &Review) {
    let _ = writeln!(out, "## Database review: {}\n", digest::tally(review));
    let target: Vec<String> = digest::target(review).iter().map(|part| escape(part)).collect();
    #[expect(clippy::cast_precision_loss, reason = "a duration is far below 2^52 ms")]
    let duration = words::millis(review.duration_ms as f64);
    let _ = writeln!(
        out,
        "{} · {} · {duration} · driver {}\n",
        target.join(" · "),
        words::moment(review.started_at),
        escape(&plain(&review.driver))
    );
    if let Some(changes) = digest::changes(review) {
        let _ = writeln!(out, "**{}**\n", capitalised(&changes));
    }
}

fn overview(out: &mut String, review: &Review, entries: &[Entry<'_>]) {
    let shown: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.lead.severity >= Severity::Medium).collect();
    if shown.is_empty() {
        return;
    }
    push(out, "| # | severity | object | rule | gain | |\n| --: | --- | --- | --- | --- | --- |\n");
    for entry in shown {
        let finding = entry.lead;
        let more = if entry.others.is_empty() { String::new() } else { format!(" +{}", entry.others.len()) };
        let gain = finding.measured.and_then(|measured| measured.ratio).map(words::times).unwrap_or_default();
        let _ = writeln!(
            out,
            "| {} | {} | {}{more} | {} | {gain} | {} |",
            entry.number,
            finding.severity,
            cell(&code(&cut(&digest::object(finding), 60))),
            cell(&code(&finding.rule)),
            digest::status(review, finding).word().unwrap_or_default()
        );
    }
    push(out, "\n");
}

fn entry(out: &mut String, review: &Review, entry: &Entry<'_>) {
    let finding = entry.lead;
    let _ = writeln!(out, "### {}. {}\n", entry.number, escape(&plain(&finding.title)));
    let mut about = vec![
        format!("**{}**", finding.severity),
        format!("{} {}", finding.object.kind.as_str(), code(&cut(&digest::object(finding), 200))),
        words::checked(finding).to_owned(),
    ];
    about.extend(digest::status(review, finding).word().map(|word| format!("**{word}**")));
    let _ = writeln!(out, "{}\n", about.join(" · "));
    if !finding.why.is_empty() {
        let _ = writeln!(out, "{}\n", escape(&plain(&finding.why)));
    }
    if !entry.others.is_empty() {
        let names: Vec<String> =
            entry.others.iter().take(OBJECTS).map(|other| code(&cut(&digest::object(other), 80))).collect();
        let left = entry.others.len().saturating_sub(OBJECTS);
        let more = if left > 0 { format!(" and {left} more") } else { String::new() };
        let _ = writeln!(out, "Also: {}{more}\n", names.join(", "));
    }
    if let Some(measured) = &finding.measured {
        let mut gain = words::comparisons(measured);
        gain.extend(measured.ratio.map(|ratio| format!("**{} better**", words::times(ratio))));
        let _ = writeln!(out, "Gain: {}\n", gain.join(" · "));
    }
    evidence(out, finding);
    fixes(out, entry);
}

fn evidence(out: &mut String, finding: &Finding) {
    if finding.evidence.is_empty() {
        return;
    }
    let facts: Vec<String> = facts::by_source(&finding.evidence)
        .iter()
        .map(|sourced| format!("{} ({})", escape(&sourced.facts.join(", ")), code(&sourced.source)))
        .collect();
    let _ = writeln!(out, "Evidence: {}\n", facts.join("; "));
}

fn fixes(out: &mut String, entry: &Entry<'_>) {
    let remedies: Vec<_> = entry.all().filter_map(|finding| finding.fix.as_ref()).collect();
    let Some(first) = remedies.first() else { return };
    let sql: Vec<&str> = remedies.iter().take(OBJECTS).flat_map(|fix| &fix.statements).map(String::as_str).collect();
    if !sql.is_empty() {
        push(out, &fenced(&sql, first.kind));
        let lock = first.lock.as_deref().map(|lock| format!("lock {}, ", code(&plain(lock)))).unwrap_or_default();
        if words::is_sql(first.kind) {
            let place = if first.transactional { "runs in a transaction" } else { "runs outside a transaction" };
            let _ = writeln!(out, "{lock}{place}\n");
        }
    }
    if let Some(notes) = &first.notes {
        let _ = writeln!(out, "{}\n", escape(&plain(notes)));
    }
    let undo: Vec<&str> = remedies.iter().take(OBJECTS).flat_map(|fix| &fix.undo).map(String::as_str).collect();
    if !undo.is_empty() {
        let _ = writeln!(out, "<details><summary>Undo</summary>\n\n{}</details>\n", fenced(&undo, first.kind));
    }
}

fn small_findings(out: &mut String, entries: &[&Entry<'_>]) {
    if entries.is_empty() {
        return;
    }
    let count: usize = entries.iter().map(|entry| 1 + entry.others.len()).sum();
    let _ =
        writeln!(out, "<details><summary>{} of low severity or for information</summary>\n", counted(count, "finding"));
    push(out, "| # | severity | finding | rule |\n| --: | --- | --- | --- |\n");
    for entry in entries.iter().take(ROWS) {
        let more = if entry.others.is_empty() { String::new() } else { format!(" (+{} like it)", entry.others.len()) };
        let _ = writeln!(
            out,
            "| {} | {} | {}{more} | {} |",
            entry.number,
            entry.lead.severity,
            cell(&escape(&cut(&plain(&entry.lead.title), 200))),
            cell(&code(&entry.lead.rule))
        );
    }
    if entries.len() > ROWS {
        let _ = writeln!(out, "\nand {} more", entries.len() - ROWS);
    }
    push(out, "\n</details>\n\n");
}

fn memory(out: &mut String, review: &Review) {
    let learnings = &review.learnings;
    let kinds = [
        ("recalled", &learnings.recalled),
        ("verified", &learnings.verified),
        ("no longer true", &learnings.regressed),
        ("saved", &learnings.saved),
    ];
    let lines: Vec<String> =
        kinds.iter().flat_map(|(word, entries)| entries.iter().map(move |entry| format!("{word}: {entry}"))).collect();
    list(out, "Memory", lines.into_iter());
}

fn list(out: &mut String, title: &str, items: impl ExactSizeIterator<Item = String>) {
    let count = items.len();
    if count == 0 {
        return;
    }
    let _ = writeln!(out, "<details><summary>{title} ({count})</summary>\n");
    for item in items.take(LISTED) {
        let _ = writeln!(out, "- {}", escape(&cut(&plain(&item), 300)));
    }
    if count > LISTED {
        let _ = writeln!(out, "- and {} more", count - LISTED);
    }
    push(out, "\n</details>\n\n");
}

/// Statements in a fence that none of them can close.
fn fenced(statements: &[&str], kind: FixKind) -> String {
    let language = if words::is_sql(kind) { "sql" } else { "" };
    let mut body = String::new();
    for statement in statements {
        let statement: String =
            statement.trim().chars().filter(|letter| *letter == '\n' || !is_hidden(*letter)).collect();
        body.push_str(&statement);
        body.push_str(if language.is_empty() || statement.ends_with(';') { "\n" } else { ";\n" });
    }
    let fence = "`".repeat(longest_run(&body, '`').max(2) + 1);
    format!("{fence}{language}\n{body}{fence}\n\n")
}

fn longest_run(text: &str, letter: char) -> usize {
    text.split(|other| other != letter).map(|run| run.chars().count()).max().unwrap_or(0)
}

/// A code span that nothing in `text` can close.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// `|` ends a table's cell even inside a code span.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Makes every letter mean itself.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // An invisible joint: neither a mention nor a reference to an issue begins here.
            '@' => out.push_str("@\u{2060}"),
            '#' => out.push_str("#\u{2060}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '!' | '|' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    // Code hosts turn bare addresses into links; a broken scheme is none.
    out.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
