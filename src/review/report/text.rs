//! The report for a terminal: ranked, short, 80 columns, readable without colour.

use dbwright_finding::{Finding, Fix, Severity};

use super::{
    digest::{self, Entry, Status},
    facts,
    lines::{fitting, prose, statement},
    paint::Paint,
    words::{self, counted, cut, plain},
};
use crate::review::Review;

/// Columns of a line.
const WIDTH: usize = 80;
/// Where the words of a labelled line begin.
const INDENT: usize = 14;
/// Entries told in full: all critical and high ones, and medium ones up to this many in all, but
/// always some of them. The others get a line each.
const IN_FULL: usize = 15;
/// Medium entries that are told in full however many more severe ones there are.
const MEDIUM_AT_LEAST: usize = 4;
/// Lines of statements shown of one fix, unless the first statement alone has more.
const FIX_LINES: usize = 3;
/// Lines shown of one statement.
const LONGEST_STATEMENT: usize = 8;
/// Columns below which a cut name says nothing.
const SHORTEST: usize = 12;
/// Lines of the compact list of medium findings, and of each list below.
const COMPACT_MEDIUM: usize = 30;
const COMPACT: usize = 12;
/// Learnings and gaps shown of each kind.
const LISTED: usize = 5;

/// The report as text; `color` paints it with the terminal's own palette.
pub fn text(review: &Review, color: bool) -> String {
    let paint = Paint(color);
    let entries = digest::entries(review);
    let mut out = Writer { paint, text: String::new() };
    header(&mut out, review);
    let severe = entries.iter().filter(|entry| entry.lead.severity >= Severity::High).count();
    let room = IN_FULL.saturating_sub(severe).max(MEDIUM_AT_LEAST);
    let mut medium = 0;
    let (full, compact): (Vec<&Entry<'_>>, Vec<&Entry<'_>>) =
        entries.iter().partition(|entry| match entry.lead.severity {
            Severity::Critical | Severity::High => true,
            Severity::Medium => {
                medium += 1;
                medium <= room
            }
            Severity::Low | Severity::Info => false,
        });
    for severity in Severity::ALL {
        let of_it = |entries: &[&Entry<'_>]| entries.iter().filter(|entry| entry.lead.severity == severity).count();
        if of_it(&full) + of_it(&compact) == 0 {
            continue;
        }
        out.heading(severity);
        for found in full.iter().filter(|entry| entry.lead.severity == severity) {
            entry(&mut out, review, found);
        }
        compact_list(&mut out, review, compact.iter().copied().filter(|entry| entry.lead.severity == severity));
    }
    fixed(&mut out, review);
    learnings(&mut out, review);
    gaps(&mut out, review);
    out.line("");
    for line in prose(&digest::next_step(&entries), WIDTH) {
        out.line(&paint.bold(&line));
    }
    out.text
}

struct Writer {
    paint: Paint,
    text: String,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn heading(&mut self, severity: Severity) {
        self.line("");
        let word = self.paint.severity(severity, &severity.as_str().to_uppercase());
        let what = self.paint.dim(&format!(" · {}", words::urgency(severity)));
        self.line(&format!("{word}{what}"));
    }

    fn title(&mut self, title: &str) {
        self.line("");
        let title = self.paint.bold(title);
        self.line(&title);
    }

    /// Lines under a dim label; `dress` paints each of them after it was measured.
    fn labelled(&mut self, label: &str, lines: &[String], dress: impl Fn(Paint, &str) -> String) {
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let label = self.paint.dim(&format!("    {label:<width$}", width = INDENT - 4));
            let line = dress(self.paint, line);
            self.line(format!("{label}{line}").trim_end());
        }
    }
}

fn header(out: &mut Writer, review: &Review) {
    let parts = digest::target(review);
    let mut lines = prose(&format!("dbwright review · {}", parts.join(" · ")), WIDTH).into_iter();
    if let Some(first) = lines.next() {
        let first = out.paint.bold(&first);
        out.line(&first);
    }
    lines.for_each(|line| out.line(&line));
    #[expect(clippy::cast_precision_loss, reason = "a duration is far below 2^52 ms")]
    let duration = words::millis(review.duration_ms as f64);
    let run = format!("{} · {duration} · driver {}", words::moment(review.started_at), plain(&review.driver));
    let run = out.paint.dim(&run);
    out.line(&run);
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| review.count(*severity) > 0)
        .map(|severity| out.paint.severity(severity, &format!("{} {severity}", review.count(severity))))
        .collect();
    out.line("");
    out.line(&if counts.is_empty() { out.paint.green("no findings") } else { counts.join("   ") });
    if let Some(changes) = digest::changes(review) {
        out.line(&changes);
    }
}

fn entry(out: &mut Writer, review: &Review, entry: &Entry<'_>) {
    let finding = entry.lead;
    out.line("");
    for (at, line) in prose(&plain(&finding.title), WIDTH - 4).iter().enumerate() {
        let number = if at == 0 { format!("{:>2}", entry.number) } else { "  ".to_owned() };
        let number = out.paint.severity(finding.severity, &number);
        let line = out.paint.bold(line);
        out.line(&format!("{number}  {line}"));
    }
    let about = out.paint.dim(&about(review, finding));
    out.line(&format!("    {about}"));
    if !entry.others.is_empty() {
        let names: Vec<String> = entry.others.iter().map(|other| digest::object(other)).collect();
        out.labelled("also", &[fitting(&names, ", ", WIDTH - INDENT)], |paint, line| paint.cyan(line));
    }
    if !finding.evidence.is_empty() {
        out.labelled("evidence", &[facts::line(&finding.evidence, WIDTH - INDENT)], |_, line| line.to_owned());
    }
    if let Some(measured) = &finding.measured {
        let mut gain = words::comparisons(measured);
        gain.extend(measured.ratio.map(|ratio| format!("{} better", words::times(ratio))));
        out.labelled("gain", &[fitting(&gain, " · ", WIDTH - INDENT)], |paint, line| paint.green(line));
    }
    if let Some(remedy) = &finding.fix {
        fix(out, remedy, entry.others.len());
    }
}

/// What the finding is about, its rule, how it was checked. The object is named in full where
/// there is room, then without its columns, and at last cut: the title has it anyway.
fn about(review: &Review, finding: &Finding) -> String {
    let mut rest = vec![finding.rule.clone(), words::checked(finding).to_owned()];
    rest.extend(digest::status(review, finding).word().map(str::to_owned));
    let rest = rest.join(" · ");
    let room = (WIDTH - 4).saturating_sub(rest.chars().count() + 3);
    let full = digest::named(finding);
    let name = format!("{} {}", finding.object.kind.as_str(), plain(&finding.object.name));
    let object = if full.chars().count() <= room { full } else { name };
    if room < SHORTEST { rest } else { format!("{} · {rest}", cut(&object, room)) }
}

fn fix(out: &mut Writer, fix: &Fix, others: usize) {
    let statements: Vec<Vec<String>> =
        fix.statements.iter().map(|sql| terminated(fix, statement(sql, WIDTH - INDENT - 1))).collect();
    if statements.is_empty() {
        if let Some(notes) = &fix.notes {
            let mut lines = prose(&plain(notes), WIDTH - INDENT);
            if lines.len() > FIX_LINES {
                lines.truncate(FIX_LINES);
                if let Some(last) = lines.last_mut() {
                    *last = format!("{} …", cut(last, WIDTH - INDENT - 2));
                }
            }
            out.labelled("do", &lines, |_, line| line.to_owned());
        }
        return;
    }
    let mut lines: Vec<String> = Vec::new();
    let mut shown = 0;
    // Whole statements only: half of one does not run.
    for sql in &statements {
        if shown > 0 && lines.len() + sql.len() > FIX_LINES {
            break;
        }
        lines.extend(sql.iter().cloned());
        shown += 1;
    }
    if lines.len() > LONGEST_STATEMENT {
        lines.truncate(LONGEST_STATEMENT);
        lines.push("… cut here: --format json has all of it".to_owned());
    }
    if shown < statements.len() {
        lines.push(format!("… {} more: --format json", counted(statements.len() - shown, "statement")));
    }
    out.labelled("fix", &lines, Paint::cyan);
    let price = price(fix, others);
    if !price.is_empty() {
        out.labelled("", &prose(&price, WIDTH - INDENT), Paint::dim);
    }
    if let Some(first) = fix.undo.first() {
        let more = if fix.undo.len() > 1 { format!(" +{} more", fix.undo.len() - 1) } else { String::new() };
        let line = format!("{}{more}", cut(&plain(first), WIDTH - INDENT - more.len()));
        out.labelled("undo", &[line], Paint::dim);
    }
}

fn terminated(fix: &Fix, mut lines: Vec<String>) -> Vec<String> {
    if let Some(last) = lines.last_mut()
        && words::is_sql(fix.kind)
        && !last.ends_with(';')
    {
        last.push(';');
    }
    lines
}

/// What running it takes.
fn price(fix: &Fix, others: usize) -> String {
    let mut price = Vec::new();
    price.extend(fix.lock.as_deref().map(|lock| format!("lock {}", plain(lock))));
    if words::is_sql(fix.kind) {
        price.push(if fix.transactional { "transactional" } else { "outside a transaction" }.to_owned());
    }
    if fix.undo.is_empty() {
        price.push("no undo".to_owned());
    }
    if others > 0 {
        price.push(format!("+{others} like it"));
    }
    price.join(" · ")
}

fn compact_list<'a>(out: &mut Writer, review: &Review, entries: impl Iterator<Item = &'a Entry<'a>>) {
    let entries: Vec<&Entry<'_>> = entries.collect();
    if entries.is_empty() {
        return;
    }
    out.line("");
    let most =
        if entries.iter().any(|entry| entry.lead.severity >= Severity::Medium) { COMPACT_MEDIUM } else { COMPACT };
    for entry in entries.iter().take(most) {
        let mark = match digest::status(review, entry.lead) {
            Status::Known => String::new(),
            status => status.word().map(|word| format!(" ({word})")).unwrap_or_default(),
        };
        let more = if entry.others.is_empty() { String::new() } else { format!(" +{} like it", entry.others.len()) };
        let tail = format!("{more}{mark}");
        let title = cut(&plain(&entry.lead.title), WIDTH - 4 - tail.chars().count());
        let number = out.paint.severity(entry.lead.severity, &format!("{:>2}", entry.number));
        let tail = out.paint.dim(&tail);
        out.line(&format!("{number}  {title}{tail}"));
    }
    if let Some(left) = entries.len().checked_sub(most).filter(|left| *left > 0) {
        let line = out.paint.dim(&format!("    and {left} more: --format json or html has them"));
        out.line(&line);
    }
}

fn fixed(out: &mut Writer, review: &Review) {
    if review.since_last.fixed.is_empty() {
        return;
    }
    out.title("Fixed since the last review");
    bullets(out, review.since_last.fixed.iter().map(|fixed| format!("{}: {}", fixed.severity, fixed.title)), "fixed");
}

fn learnings(out: &mut Writer, review: &Review) {
    let learnings = &review.learnings;
    let kinds = [
        ("recalled", &learnings.recalled),
        ("verified", &learnings.verified),
        ("no longer true", &learnings.regressed),
        ("saved", &learnings.saved),
    ];
    if kinds.iter().all(|(_, entries)| entries.is_empty()) {
        return;
    }
    out.title("Memory");
    for (word, entries) in kinds {
        bullets(out, entries.iter().map(|entry| format!("{word}: {entry}")), word);
    }
}

fn gaps(out: &mut Writer, review: &Review) {
    if review.gaps.is_empty() {
        return;
    }
    out.title("Not checked");
    bullets(out, review.gaps.iter().cloned(), "not checked");
}

fn bullets(out: &mut Writer, items: impl ExactSizeIterator<Item = String>, kind: &str) {
    let left = items.len().saturating_sub(LISTED);
    for item in items.take(LISTED) {
        for (at, line) in prose(&cut(&plain(&item), 2 * (WIDTH - 8)), WIDTH - 4).iter().enumerate() {
            out.line(&format!("{} {line}", if at == 0 { "  -" } else { "   " }));
        }
    }
    if left > 0 {
        let line = out.paint.dim(&format!("    and {left} more {kind}"));
        out.line(&line);
    }
}
