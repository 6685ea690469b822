//! Words to an [`Intent`].

use std::sync::LazyLock;

use dbwright_sql::parse;
use regex::{Captures, Regex};

use crate::author::{AuthorError, Intent};

/// The accepted forms, as shown to people.
const FORMS: &str = "  add column NAME TYPE [not null] [default EXPRESSION] to TABLE
  set not null on TABLE.COLUMN
  add foreign key on TABLE (COLUMNS) to TABLE [(COLUMNS)]
  create [unique] index on TABLE (COLUMNS) [where CONDITION]
  rename column NAME to NAME in TABLE
  change type of TABLE.COLUMN to TYPE
  drop column NAME from TABLE
  backfill TABLE.COLUMN with EXPRESSION [where CONDITION]
  add check (EXPRESSION) to TABLE
  add unique on TABLE (COLUMNS)
  drop index NAME
  drop table NAME";

/// A name as people type it, schema included.
const NAME: &str = r#"((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)"#;
const PART: &str = r#"("[^"]+"|[\w$]+)"#;

type Build = fn(&Captures<'_>) -> Intent;

static PATTERNS: LazyLock<Vec<(Regex, Build)>> = LazyLock::new(|| {
    let dotted = format!(r#"((?:(?:"[^"]+"|[\w$]+)\.)?(?:"[^"]+"|[\w$]+))\.{PART}"#);
    let forms: [(String, Build); 12] = [
        (
            format!(
                r"add column {PART} (.+?)( not null)?(?: default (.+?))?( not null)? (?:to|on|in) (?:table )?{NAME}"
            ),
            add_column,
        ),
        (format!(r"set not null on (?:column )?{dotted}"), set_not_null),
        (
            format!(r"add foreign key (?:on|from) {NAME} ?\(([^)]+)\) (?:to|references) {NAME}(?: ?\(([^)]+)\))?"),
            add_foreign_key,
        ),
        (format!(r"(?:create|add) (unique )?index on {NAME} ?\((.+?)\)(?: where (.+))?"), create_index),
        (format!(r"rename column {PART} to {PART} (?:in|on|of) {NAME}"), rename_column),
        (format!(r"change (?:the )?type of {dotted} to (.+)"), change_type),
        (format!(r"(?:drop|remove) column {PART} (?:from|of|in) {NAME}"), drop_column),
        (format!(r"backfill {dotted} with (.+?)(?: where (.+))?"), backfill),
        (format!(r"add check ?\((.+)\) (?:to|on) {NAME}"), add_check),
        (format!(r"add unique (?:constraint )?on {NAME} ?\(([^)]+)\)"), add_unique),
        (format!(r"drop index {NAME}"), |found| Intent::DropIndex { index: text(found, 1) }),
        (format!(r"drop table {NAME}"), |found| Intent::DropTable { table: text(found, 1) }),
    ];
    forms.into_iter().map(|(form, build)| (pattern(&form), build)).collect()
});

#[expect(clippy::unwrap_used, reason = "the patterns above are constants, and the tests compile them all")]
fn pattern(form: &str) -> Regex {
    Regex::new(&format!("(?is)^{form}$")).unwrap()
}

/// Reads an intent in words: `add column email text not null to users`.
///
/// # Errors
/// [`AuthorError::Words`] lists the accepted forms; [`AuthorError::Sql`] names the part that is
/// not SQL.
pub fn parse_intent(words: &str) -> Result<Intent, AuthorError> {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches([';', '.']).trim();
    let unknown = || AuthorError::Words { words: line.to_owned(), forms: FORMS.to_owned() };
    let found = PATTERNS.iter().find_map(|(form, build)| form.captures(line).map(|found| build(&found)));
    let intent = found.ok_or_else(unknown)?;
    check(&intent)?;
    Ok(intent)
}

fn text(found: &Captures<'_>, group: usize) -> String {
    found.get(group).map_or("", |group| group.as_str()).trim().to_owned()
}

fn optional(found: &Captures<'_>, group: usize) -> Option<String> {
    found.get(group).map(|group| group.as_str().trim().to_owned())
}

fn list(found: &Captures<'_>, group: usize) -> Vec<String> {
    let columns = text(found, group);
    columns.split(',').map(|column| bare(column.trim())).filter(|column| !column.is_empty()).collect()
}

/// A column name without its quotes; unquoted names fold to lower case as on the server.
fn bare(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.to_owned(),
        None => name.to_ascii_lowercase(),
    }
}

fn add_column(found: &Captures<'_>) -> Intent {
    Intent::AddColumn {
        column: bare(&text(found, 1)),
        sql_type: text(found, 2),
        not_null: found.get(3).is_some() || found.get(5).is_some(),
        default: optional(found, 4),
        table: text(found, 6),
    }
}

fn set_not_null(found: &Captures<'_>) -> Intent {
    Intent::SetNotNull { table: text(found, 1), column: bare(&text(found, 2)) }
}

fn add_foreign_key(found: &Captures<'_>) -> Intent {
    Intent::AddForeignKey {
        table: text(found, 1),
        columns: list(found, 2),
        references: text(found, 3),
        referenced: list(found, 4),
    }
}

fn create_index(found: &Captures<'_>) -> Intent {
    Intent::CreateIndex {
        unique: found.get(1).is_some(),
        table: text(found, 2),
        columns: text(found, 3),
        condition: optional(found, 4),
    }
}

fn rename_column(found: &Captures<'_>) -> Intent {
    Intent::RenameColumn { column: bare(&text(found, 1)), to: bare(&text(found, 2)), table: text(found, 3) }
}

fn change_type(found: &Captures<'_>) -> Intent {
    Intent::ChangeType { table: text(found, 1), column: bare(&text(found, 2)), sql_type: text(found, 3) }
}

fn drop_column(found: &Captures<'_>) -> Intent {
    Intent::DropColumn { column: bare(&text(found, 1)), table: text(found, 2) }
}

fn backfill(found: &Captures<'_>) -> Intent {
    Intent::Backfill {
        table: text(found, 1),
        column: bare(&text(found, 2)),
        value: text(found, 3),
        condition: optional(found, 4),
    }
}

fn add_check(found: &Captures<'_>) -> Intent {
    Intent::AddCheck { expression: text(found, 1), table: text(found, 2) }
}

fn add_unique(found: &Captures<'_>) -> Intent {
    Intent::AddUnique { table: text(found, 1), columns: list(found, 2) }
}

/// Every part that becomes SQL must be exactly one type, expression or name: words from outside
/// may not smuggle in a second statement.
fn check(intent: &Intent) -> Result<(), AuthorError> {
    let expression = |what, text: &str| one(what, text, format!("SELECT ({text})"));
    let condition = |text: &Option<String>| text.as_ref().map_or(Ok(()), |text| expression("condition", text));
    match intent {
        Intent::AddColumn { sql_type, default, .. } => {
            one("type", sql_type, format!("SELECT NULL::{sql_type}"))?;
            default.as_ref().map_or(Ok(()), |default| expression("default", default))
        }
        Intent::ChangeType { sql_type, .. } => one("type", sql_type, format!("SELECT NULL::{sql_type}")),
        Intent::CreateIndex { columns, condition: filter, .. } => {
            one("column list", columns, format!("CREATE INDEX ON t ({columns})"))?;
            condition(filter)
        }
        Intent::Backfill { value, condition: filter, .. } => {
            expression("value", value)?;
            condition(filter)
        }
        Intent::AddCheck { expression: check, .. } => expression("check", check),
        Intent::SetNotNull { .. }
        | Intent::AddForeignKey { .. }
        | Intent::RenameColumn { .. }
        | Intent::DropColumn { .. }
        | Intent::AddUnique { .. }
        | Intent::DropIndex { .. }
        | Intent::DropTable { .. } => Ok(()),
    }
}

fn one(what: &'static str, text: &str, sql: String) -> Result<(), AuthorError> {
    let fault = |reason: String| AuthorError::Sql { what, text: text.to_owned(), reason };
    let comment =
        dbwright_sql::tokens(text).any(|token| token.kind == dbwright_sql::TokenKind::Comment || !token.closed);
    if comment {
        return Err(fault("it has a comment or an open quote".to_owned()));
    }
    let parsed = parse(&sql).map_err(|error| fault(error.to_string().lines().next().unwrap_or_default().to_owned()))?;
    parsed.one().map(|_| ()).map_err(|error| fault(error.to_string()))
}

#[cfg(test)]
#[path = "parse_intent_tests.rs"]
mod tests;
