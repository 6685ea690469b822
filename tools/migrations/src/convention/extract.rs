//! SQL inside Python, Ruby and JavaScript migrations.
//!
//! Only plain string literals handed to the tool's raw-SQL call are taken; strings with
//! interpolation or escapes, and the tool's own schema calls, are counted and reported as a gap.

use std::sync::LazyLock;

use regex::Regex;

use crate::convention::sections::blank;

/// The forward SQL of a program and what was not understood.
pub(crate) struct Extracted {
    /// As long as the program: everything but the SQL is blanked, each string ends in `;`.
    pub(crate) sql: String,
    /// Statements found.
    pub(crate) taken: usize,
    /// Raw-SQL calls whose text is not a plain literal.
    pub(crate) skipped: usize,
    /// Calls of the tool's schema builder, which are not read.
    pub(crate) builder_calls: usize,
    pub(crate) transactional: bool,
}

/// The call, its opening bracket, and a `text(` around the string. Ruby needs no bracket.
static RAW_CALL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:\bexecute\s*\(|\bexecute[ \t]+|\bRunSQL\s*\(|\.raw\s*\(|\.query\s*\()\s*(?:(?:sa\.)?text\(\s*|\[\s*)?")
});
static HEREDOC: LazyLock<Regex> = LazyLock::new(|| pattern(r"^<<[~-]?(['\x22]?)([A-Z_]+)['\x22]?"));
static BUILDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bop\.(?:add_column|drop_column|alter_column|create_\w+|drop_\w+|rename_table|batch_alter_table)|\bmigrations\.(?:AddField|RemoveField|AlterField|RenameField|CreateModel|DeleteModel|RenameModel|AddIndex|RemoveIndex|AddConstraint|RemoveConstraint)|^\s*(?:add_column|remove_column|rename_column|change_column\w*|add_index|remove_index|add_foreign_key|add_reference|drop_table|rename_table|create_table|change_table|add_check_constraint)\b|schema\.(?:\w+Table|dropTable\w*)\b",
    )
});
static DOWN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^\s*(?:def downgrade\b|def down\b|exports\.down\b|export (?:async )?(?:const|function) down\b|(?:public )?async down\b)",
    )
});
static OUTSIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"disable_ddl_transaction!|autocommit_block|atomic\s*=\s*False|transaction:\s*false"));

#[expect(clippy::unwrap_used, reason = "the patterns above are constants, and the tests compile them all")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

/// Takes the SQL of the forward direction out of a program.
pub(crate) fn extract(program: &str) -> Extracted {
    let end = DOWN.find(program).map_or(program.len(), |found| found.start());
    let forward = program.get(..end).unwrap_or(program);
    let mut found = Extracted {
        sql: String::with_capacity(program.len()),
        taken: 0,
        skipped: 0,
        builder_calls: forward.lines().map(|line| BUILDER.find_iter(line).count()).sum(),
        transactional: !OUTSIDE.is_match(program),
    };
    let mut at = 0;
    while let Some(call) = RAW_CALL.find_at(forward, at) {
        found.sql.push_str(&blank(forward.get(at..call.end()).unwrap_or_default()));
        at = call.end();
        let listed = call.as_str().trim_end().ends_with('[');
        at = take_literals(forward, at, listed, &mut found);
    }
    found.sql.push_str(&blank(program.get(at..).unwrap_or_default()));
    found
}

/// Takes the string at `at`, and in a list those that follow it. Returns where reading goes on.
fn take_literals(program: &str, mut at: usize, listed: bool, found: &mut Extracted) -> usize {
    loop {
        let rest = program.get(at..).unwrap_or_default();
        match literal(rest) {
            Literal::Plain { open, body, close } => {
                found.taken += 1;
                found.sql.push_str(&blank(rest.get(..open).unwrap_or_default()));
                found.sql.push_str(rest.get(open..open + body).unwrap_or_default());
                // The closing quote is at least one character: room for the separator.
                found.sql.push(';');
                let tail = rest.get(open + body + 1..open + body + close).unwrap_or_default();
                found.sql.push_str(&blank(tail));
                at += open + body + close;
            }
            Literal::Dynamic => {
                found.skipped += 1;
                return at;
            }
            Literal::None => return at,
        }
        let rest = program.get(at..).unwrap_or_default();
        let gap = rest.find(|c: char| !(c.is_whitespace() || c == ',')).unwrap_or(rest.len());
        if !listed || !rest.get(..gap).is_some_and(|gap| gap.contains(',')) {
            return at;
        }
        found.sql.push_str(&blank(rest.get(..gap).unwrap_or_default()));
        at += gap;
    }
}

enum Literal {
    /// Lengths in bytes: what opens it, its text, what closes it.
    Plain { open: usize, body: usize, close: usize },
    /// Something that makes SQL at run time.
    Dynamic,
    /// No SQL text at all.
    None,
}

fn literal(rest: &str) -> Literal {
    if let Some(found) = HEREDOC.captures(rest) {
        let tag = found.get(2).map_or("", |tag| tag.as_str());
        let Some(open) = rest.find('\n').map(|at| at + 1) else { return Literal::Dynamic };
        let mut body = 0;
        for line in rest.get(open..).unwrap_or_default().split_inclusive('\n') {
            if line.trim() == tag {
                return checked(rest, open, body, line.len(), "#{");
            }
            body += line.len();
        }
        return Literal::Dynamic;
    }
    let prefixed = rest.starts_with("f\"") || rest.starts_with("f'");
    if prefixed {
        return Literal::Dynamic;
    }
    let raw = usize::from(rest.starts_with("r\"") || rest.starts_with("r'"));
    let quoted = rest.get(raw..).unwrap_or_default();
    for quote in ["\"\"\"", "'''", "\"", "'", "`"] {
        let Some(text) = quoted.strip_prefix(quote) else { continue };
        let Some(body) = text.find(quote) else { return Literal::Dynamic };
        let after = text.get(body + quote.len()..).unwrap_or_default().trim_start();
        if after.starts_with(['%', '+', '\'', '"']) || after.starts_with(".format") {
            return Literal::Dynamic;
        }
        let interpolation = if quote == "`" { "${" } else { "#{" };
        return checked(rest, raw + quote.len(), body, quote.len(), interpolation);
    }
    if rest.starts_with(|c: char| c.is_alphabetic()) { Literal::Dynamic } else { Literal::None }
}

fn checked(rest: &str, open: usize, body: usize, close: usize, interpolation: &str) -> Literal {
    let text = rest.get(open..open + body).unwrap_or_default();
    if text.contains('\\') || text.contains(interpolation) {
        return Literal::Dynamic;
    }
    Literal::Plain { open, body, close }
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
