//! The forms in which a foreign text may be run.

use std::borrow::Cow;

/// One foreign statement and what to do with it. Options and counts are ours; only `sql` is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement<'a> {
    /// A query, or an EXPLAIN or SHOW as its author wrote it.
    Verbatim(&'a str),
    /// `EXPLAIN (options) sql`; `options` is a constant of ours: `ANALYZE, BUFFERS, FORMAT JSON`.
    Explain {
        /// Between the parentheses.
        options: &'static str,
        /// The foreign statement.
        sql: &'a str,
    },
    /// The generic plan of a statement with `$n` placeholders, also before PostgreSQL 16, which
    /// brought `EXPLAIN (GENERIC_PLAN)`: PREPARE, then EXPLAIN EXECUTE with NULLs under
    /// `plan_cache_mode = force_generic_plan`.
    ExplainGeneric {
        /// Between the parentheses; without ANALYZE.
        options: &'static str,
        /// The foreign statement.
        sql: &'a str,
        /// How many placeholders it has.
        parameters: usize,
    },
}

/// How a text is sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// `text` declares the cursor that rows are fetched from.
    Cursor { text: String, prefix: usize },
    /// `text` itself returns lines.
    Lines { text: String, prefix: usize },
    /// `text` prepares, `then` (all ours) returns lines.
    Prepared { text: String, prefix: usize, then: String },
}

impl Plan {
    /// Characters of ours before the foreign text.
    pub(super) fn prefix(&self) -> usize {
        match self {
            Self::Cursor { prefix, .. } | Self::Lines { prefix, .. } | Self::Prepared { prefix, .. } => *prefix,
        }
    }

    /// What is sent first.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Cursor { text, .. } | Self::Lines { text, .. } | Self::Prepared { text, .. } => text,
        }
    }
}

pub(super) const CURSOR: &str = "DECLARE /* dbwright */ dbwright_cursor NO SCROLL CURSOR WITHOUT HOLD FOR\n";
const PREPARE: &str = "PREPARE /* dbwright */ dbwright_statement AS\n";

impl<'a> Statement<'a> {
    /// The foreign text.
    pub fn sql(&self) -> &'a str {
        match self {
            Self::Verbatim(sql) | Self::Explain { sql, .. } | Self::ExplainGeneric { sql, .. } => sql,
        }
    }

    /// The text that the policy judges: what the statement does, not how it is sent.
    pub(super) fn judged(&self) -> Cow<'a, str> {
        match self {
            Self::Verbatim(sql) => Cow::Borrowed(sql),
            Self::Explain { options, sql } => Cow::Owned(format!("EXPLAIN ({options}) {sql}")),
            Self::ExplainGeneric { sql, .. } => Cow::Owned(format!("EXPLAIN {sql}")),
        }
    }

    pub(super) fn plan(&self) -> Plan {
        let prefixed = |prefix: &str, sql: &str| (format!("{prefix}{sql}"), prefix.chars().count());
        match self {
            Self::Verbatim(sql) if returns_lines(sql) => Plan::Lines { text: (*sql).to_owned(), prefix: 0 },
            Self::Verbatim(sql) => {
                let (text, prefix) = prefixed(CURSOR, sql);
                Plan::Cursor { text, prefix }
            }
            Self::Explain { options, sql } => {
                let (text, prefix) = prefixed(&format!("EXPLAIN /* dbwright */ ({options})\n"), sql);
                Plan::Lines { text, prefix }
            }
            Self::ExplainGeneric { options, sql, parameters } => {
                let (text, prefix) = prefixed(PREPARE, sql);
                let nulls = vec!["NULL"; *parameters].join(", ");
                let arguments = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
                let then = format!("EXPLAIN /* dbwright */ ({options}) EXECUTE dbwright_statement{arguments}");
                Plan::Prepared { text, prefix, then }
            }
        }
    }
}

/// Whether the first keyword is EXPLAIN or SHOW, which a cursor cannot run. A wrong answer is
/// harmless: every other statement is then refused by `DECLARE`, or is one EXPLAIN or SHOW.
fn returns_lines(sql: &str) -> bool {
    let word: String = after_comments(sql).chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    word.eq_ignore_ascii_case("explain") || word.eq_ignore_ascii_case("show")
}

/// `sql` from its first character that is neither space nor comment. Comments nest.
fn after_comments(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    loop {
        if let Some(line) = rest.strip_prefix("--") {
            rest = line.find(['\n', '\r']).and_then(|end| line.get(end..)).unwrap_or_default().trim_start();
        } else if rest.starts_with("/*") {
            rest = after_block(rest).trim_start();
        } else {
            return rest;
        }
    }
}

fn after_block(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = text.get(at..) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return text.get(at..).unwrap_or_default();
            }
        } else {
            match tail.chars().next() {
                Some(c) => at += c.len_utf8(),
                None => return "",
            }
        }
    }
    ""
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
