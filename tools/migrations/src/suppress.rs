//! `-- dbwright:ignore RULE[,RULE] REASON` in a script.
//!
//! At the end of a line it speaks of the statement on that line, on a line of its own of the
//! statement that follows. A suppression needs a reason; without one it is not honoured.

use dbwright_sql::{TokenKind, tokens};

use crate::rules;

const MARK: &str = "dbwright:ignore";

/// One honoured comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suppression {
    rules: Vec<String>,
    /// First line of the statement that it speaks of, or a line within it.
    line: u32,
    /// Whether it stands alone on its line.
    alone: bool,
}

/// All honoured suppressions of a script.
pub(crate) fn find(sql: &str) -> Vec<Suppression> {
    if !sql.contains(MARK) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut line = 1;
    let mut code_on_line = false;
    for token in tokens(sql) {
        if token.kind == TokenKind::Comment {
            found.extend(read(token.text, line, !code_on_line));
        }
        let breaks = token.text.bytes().filter(|byte| *byte == b'\n').count();
        if breaks > 0 {
            line += u32::try_from(breaks).unwrap_or(u32::MAX);
            code_on_line = false;
        }
        code_on_line |= token.is_code();
    }
    found
}

fn read(comment: &str, line: u32, alone: bool) -> Option<Suppression> {
    let (_, text) = comment.split_once(MARK)?;
    let text = text.trim_end_matches("*/").trim();
    let (names, reason) = text.split_once(char::is_whitespace)?;
    let rules: Vec<String> = names.split(',').map(str::to_owned).collect();
    let known = rules.iter().all(|name| rules::TABLE.iter().any(|rule| rule.rule.id == name));
    (known && !reason.trim().is_empty()).then_some(Suppression { rules, line, alone })
}

/// Whether a finding of `rule` on the statement between two lines is suppressed; `previous_end`
/// is the last line of the statement before.
pub(crate) fn covers(found: &[Suppression], rule: &str, previous_end: u32, first: u32, last: u32) -> bool {
    found.iter().any(|suppression| {
        let names = suppression.rules.iter().any(|name| name == rule);
        let within = (first..=last).contains(&suppression.line);
        let before = suppression.alone && suppression.line < first && suppression.line >= previous_end;
        names && (within || before)
    })
}
