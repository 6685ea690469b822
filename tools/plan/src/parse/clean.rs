//! Takes off what surrounds a plan: psql's frame, quotes of other clients, log prefixes, wraps.

use std::sync::LazyLock;

use regex::Regex;

/// Physical lines that one line of a plan may be broken into.
const MOST_JOINED: usize = 40;

/// Deepest nesting of brackets outside strings.
pub(super) fn json_depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The JSON document inside a paste, if it holds one: psql pads lines and ends them with `+`,
/// a log puts a prefix before the object.
pub(super) fn json_body(text: &str) -> Option<String> {
    if text.starts_with('{') || text.starts_with('[') {
        return Some(match text.lines().next() {
            Some(first) if first.trim_end().ends_with('+') => unplus(text),
            _ => text.to_owned(),
        });
    }
    // In a psql frame or a log, the document starts on a line of its own.
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.trim_start_matches([' ', '\t', '|', '│']).trim_end().trim_end_matches(['+', '|', ' ']);
        if (body == "[" || body == "{" || body.starts_with("[{") || body.starts_with("{\""))
            && text.contains("\"Plan\"")
        {
            let rest = unplus(text.get(at..)?);
            let end = rest.rfind([']', '}'])?;
            return rest.get(..=end).map(str::to_owned);
        }
        at += line.len();
    }
    None
}

/// Lines without psql's border bars and the `+` that continues a cell.
fn unplus(text: &str) -> String {
    text.lines()
        .map(|line| {
            let line = line.trim().trim_matches(['|', '│']).trim();
            line.strip_suffix('+').map_or(line, str::trim_end)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The lines of a TEXT plan with their numbers, without frame, blank lines, and with wrapped lines
/// joined.
pub(super) fn plan_lines(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<(usize, String)> = (1..)
        .zip(text.lines())
        .map(|(number, line)| (number, line.trim_end_matches('\r').replace('\t', "        ")))
        .filter(|(_, line)| !is_frame(line))
        .map(|(number, line)| (number, unframe(&line)))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let mut lines = join_wrapped(lines);
    for (_, line) in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// A line that belongs to the client, not to the plan.
fn is_frame(line: &str) -> bool {
    let bare = line.trim().trim_matches(['|', '│', '"']).trim();
    bare == "QUERY PLAN"
        || (!bare.is_empty() && bare.chars().all(|c| "-+=─━┌┐└┘├┤┬┴┼╞╡═".contains(c)))
        || (bare.starts_with('(') && (bare.ends_with(" rows)") || bare == "(1 row)"))
}

/// Takes off border bars and the quotes that some clients put around each row.
fn unframe(line: &str) -> String {
    let trimmed = line.trim();
    let bars = ['|', '│'];
    if trimmed.len() >= 2 && trimmed.starts_with(bars) && trimmed.ends_with(bars) {
        return trimmed.trim_start_matches(bars).trim_end_matches(bars).trim_end().to_owned();
    }
    if trimmed.len() >= 2
        && trimmed.starts_with('"')
        && trimmed.ends_with('"')
        && (trimmed.contains("cost=") || trimmed.contains(':') || trimmed.contains("->"))
        && trimmed.matches('"').count().is_multiple_of(2)
    {
        let inner = trimmed.get(1..trimmed.len() - 1).unwrap_or_default();
        // A CSV row doubles its quotes; a plan line that merely starts with an identifier does
        // not start with `"`.
        return inner.replace("\"\"", "\"");
    }
    line.to_owned()
}

/// Joins what a narrow terminal, psql's wrapped format or an editor has broken.
fn join_wrapped(lines: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let width = lines.iter().map(|(_, line)| line.chars().count()).max().unwrap_or_default();
    let mut out: Vec<(usize, String)> = Vec::with_capacity(lines.len());
    // Length of the physical line that ends `out`, and how many were joined into it.
    let (mut last_width, mut joined) = (0, 0);
    for (number, line) in lines {
        let line_width = line.chars().count();
        let Some((_, last)) = out.last_mut().filter(|_| joined < MOST_JOINED) else {
            out.push((number, line));
            (last_width, joined) = (line_width, 0);
            continue;
        };
        let at_margin = !line.starts_with(' ') && last_width == width;
        if last.ends_with('.') && line.starts_with('.') && !line.starts_with(". ") {
            // psql marks both ends of a break with a dot.
            last.pop();
            last.push_str(line.get(1..).unwrap_or_default());
        } else if at_margin && (is_open(last) || line.starts_with("(actual ")) {
            last.push_str(&line);
        } else if is_open(last) && !line.trim_start().starts_with("->") {
            last.truncate(last.trim_end().len());
            last.push(' ');
            last.push_str(line.trim_start());
        } else {
            out.push((number, line));
            (last_width, joined) = (line_width, 0);
            continue;
        }
        last_width = line_width;
        joined += 1;
    }
    out
}

/// More parentheses opened than closed, outside single quotes.
fn is_open(line: &str) -> bool {
    let (mut depth, mut quoted) = (0i32, false);
    for byte in line.bytes() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

/// `duration: 1571.545 ms  plan:` in whatever language the server logs.
static DURATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)\b(\d+\.\d+) \p{L}+ +\p{L}+ ?[:：]\s*$").ok());

/// Milliseconds that auto_explain logged with the plan: its form has no execution time.
pub(super) fn logged_duration(text: &str) -> Option<f64> {
    DURATION.as_ref()?.captures(text)?.get(1)?.as_str().parse().ok()
}
