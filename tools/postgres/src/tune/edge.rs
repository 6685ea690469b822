//! A part of the real rows, then small hostile data on the copy: no rows, NULLs wherever they may be, duplicates, values on the
//! edge of the statement's constants. A rewrite that differs on any of it is wrong, however equal
//! it looks on the real rows.

use std::time::Duration;

use dbwright_contract::{CallCx, ToolError};
use dbwright_rewrites::{Column, Facts, Relation};
use dbwright_sql::{TokenKind, quote_ident, quote_literal, quote_qualified, tokens};

use super::{
    bench::Bench,
    equal::{Equality, compare},
};
use crate::{PgError, advise::scratch::LentCopy};

/// Rows of a table in one round.
const ROWS: u32 = 60;
const ROUNDS: u32 = 3;
/// Pages of each table's real rows that are kept for the first comparison; fewer where it does not end.
const REAL_PAGES: [u32; 2] = [20, 3];
const TIMEOUT: Duration = Duration::from_secs(3);

/// Compares each of `others` with `original` on every round; the answers come in the same order.
/// The rows of the copy are gone afterwards.
pub(super) async fn compare_all(
    copy: &mut LentCopy,
    bench: &mut Bench,
    cx: &CallCx,
    facts: &Facts,
    tables: &[&Relation],
    original: &str,
    others: &[String],
) -> Result<Vec<Equality>, ToolError> {
    let mut verdicts = vec![Equality::Same { rows: 0 }; others.len()];
    let names: Vec<String> = tables.iter().map(|table| qualified(table)).collect();
    for pages in REAL_PAGES {
        for name in &names {
            copy.run(&format!("DELETE FROM {name} WHERE ctid >= '({pages},0)'")).await?;
            copy.run(&format!("ANALYZE {name}")).await?;
        }
        let found = round(bench, cx, original, others).await?;
        // A statement that is quadratic may not end on this many rows either.
        if found.iter().all(|verdict| !matches!(verdict, Equality::Unknown(_))) {
            verdicts = found;
            break;
        }
    }
    let constants = Constants::of(original);
    for number in 0..=ROUNDS {
        copy.run(&format!("TRUNCATE {}", names.join(", "))).await?;
        if number > 0 {
            match fill(copy, facts, tables, &constants, number).await {
                Ok(()) => {}
                Err(PgError::Server(error)) => {
                    let why = format!("no hostile rows could be made: {}", error.message);
                    return Ok(vec![Equality::Unknown(why); others.len()]);
                }
                Err(error) => return Err(error.into()),
            }
        }
        for (verdict, found) in verdicts.iter_mut().zip(round(bench, cx, original, others).await?) {
            *verdict = match (verdict.clone(), found) {
                (Equality::Same { rows }, Equality::Same { rows: more }) => Equality::Same { rows: rows + more },
                (Equality::Same { .. }, worse) => worse,
                (worse, _) => worse,
            };
        }
    }
    Ok(verdicts)
}

/// All forms on the rows that are there.
async fn round(bench: &mut Bench, cx: &CallCx, original: &str, others: &[String]) -> Result<Vec<Equality>, ToolError> {
    let mut found = Vec::new();
    for other in others {
        found.push(compare(bench, cx, original, other, TIMEOUT).await?);
    }
    Ok(found)
}

/// Rows of one round. Parents come first, and children without a parent go again, so that what
/// the catalog promises holds.
async fn fill(
    copy: &mut LentCopy,
    facts: &Facts,
    tables: &[&Relation],
    constants: &Constants,
    round: u32,
) -> Result<(), PgError> {
    for (salt, table) in (1_u32..).zip(tables) {
        let (columns, values): (Vec<String>, Vec<String>) = (1_u32..)
            .zip(&table.columns)
            .map(|(at, column)| {
                (quote_ident(&column.name), value(table, column, constants, salt * 131 + at * 17 + round * 7))
            })
            .unzip();
        let insert = format!(
            "INSERT INTO {} ({}) SELECT {} FROM generate_series(1, {ROWS}) AS g ON CONFLICT DO NOTHING",
            qualified(table),
            columns.join(", "),
            values.join(", ")
        );
        copy.run(&insert).await?;
        if round == 2 {
            // Every row that no key forbids once more.
            let again = format!("INSERT INTO {0} SELECT * FROM {0} ON CONFLICT DO NOTHING", qualified(table));
            copy.run(&again).await?;
        }
    }
    for _ in 0..2 {
        for table in tables {
            for key in &table.foreign_keys {
                if facts.relation(&key.schema, &key.table).is_none() {
                    continue;
                }
                let pairs: Vec<String> = key
                    .columns
                    .iter()
                    .zip(&key.referenced)
                    .map(|(own, other)| format!("parent.{} = child.{}", quote_ident(other), quote_ident(own)))
                    .collect();
                let present: Vec<String> =
                    key.columns.iter().map(|column| format!("child.{} IS NOT NULL", quote_ident(column))).collect();
                let orphans = format!(
                    "DELETE FROM {} AS child WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS parent WHERE {})",
                    qualified(table),
                    present.join(" AND "),
                    quote_qualified(Some(&key.schema), &key.table),
                    pairs.join(" AND ")
                );
                copy.run(&orphans).await?;
            }
        }
    }
    Ok(())
}

/// An expression over `g` that takes one of a few values.
fn value(table: &Relation, column: &Column, constants: &Constants, salt: u32) -> String {
    let type_name = &column.data_type;
    let alone = table.unique.iter().any(|set| set.as_slice() == [column.name.clone()]);
    let mut pool = constants.pool(type_name);
    if alone {
        // A key must differ from row to row to be there at all.
        return match type_name.as_str() {
            "smallint" | "integer" | "bigint" | "numeric" => format!("g::{type_name}"),
            "uuid" => "('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid".to_owned(),
            _ => match pool.len() {
                0 => "NULL".to_owned(),
                _ => choice(&pool, type_name, salt, false),
            },
        };
    }
    if pool.is_empty() {
        if column.nullable {
            return "NULL".to_owned();
        }
        pool.push("''".to_owned());
    }
    choice(&pool, type_name, salt, column.nullable)
}

fn choice(pool: &[String], type_name: &str, salt: u32, nullable: bool) -> String {
    let mut values: Vec<String> = pool.iter().map(|value| format!("{value}::{type_name}")).collect();
    if nullable {
        values.push(format!("NULL::{type_name}"));
    }
    // A hash of the row and the column: values of different columns do not march in step.
    format!(
        "(ARRAY[{}])[1 + (hashint4((g * 7919 + {salt} * 104729)) & 2147483647) % {}]",
        values.join(", "),
        values.len()
    )
}

fn qualified(table: &Relation) -> String {
    quote_qualified(Some(&table.schema), &table.name)
}

/// The constants of a statement: where its conditions change their answer.
#[derive(Default)]
struct Constants {
    texts: Vec<String>,
    numbers: Vec<i64>,
}

impl Constants {
    fn of(sql: &str) -> Self {
        let mut found = Self::default();
        for token in tokens(sql) {
            match token.kind {
                TokenKind::Text => {
                    let text = token.text.trim_matches('\'').replace("''", "'");
                    if !found.texts.contains(&text) {
                        found.texts.push(text);
                    }
                }
                TokenKind::Number => found.numbers.extend(token.text.parse::<i64>().ok()),
                _ => {}
            }
        }
        found.texts.truncate(8);
        found.numbers.truncate(8);
        found
    }

    /// Literals of a type: the statement's own, their neighbours, and some that match nothing.
    fn pool(&self, type_name: &str) -> Vec<String> {
        let base = type_name.split('(').next().unwrap_or(type_name).trim();
        let days = || self.texts.iter().filter(|text| is_day(text));
        let mut pool: Vec<String> = match base {
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
                let limit = if base == "smallint" { 30_000 } else { 2_000_000_000 };
                let from_texts = self.texts.iter().filter_map(|text| text.parse::<i64>().ok());
                let own = self.numbers.iter().copied().chain(from_texts);
                let near = own.flat_map(|n| [n, n.saturating_add(1), n.saturating_sub(1)]);
                [1, 2, 3].into_iter().chain(near).filter(|n| n.abs() < limit).map(|n| n.to_string()).collect()
            }
            "text" | "character varying" | "character" => {
                let own = self.texts.iter().flat_map(|text| [text.clone(), format!("{text}x")]);
                own.chain(["a".to_owned(), "b".to_owned(), String::new()]).map(|text| quote_literal(&text)).collect()
            }
            "boolean" => vec!["true".to_owned(), "false".to_owned()],
            "date" => days()
                .flat_map(|day| [0, 1, -1, 31].map(|by| format!("('{day}'::date + {by})")))
                .chain(["'2024-01-01'".to_owned(), "'2024-03-31'".to_owned()])
                .collect(),
            "uuid" => self
                .texts
                .iter()
                .filter(|text| text.len() == 36)
                .map(|text| quote_literal(text))
                .chain(["'00000000-0000-0000-0000-000000000001'".to_owned()])
                .collect(),
            _ if base.starts_with("timestamp") => days()
                .flat_map(|day| {
                    ["0 s", "1 day", "-1 microsecond", "12 hours", "1 day -1 microsecond", "-31 days", "31 days"]
                        .map(|by| format!("('{day}'::timestamp + interval '{by}')"))
                })
                .chain([
                    "now()".to_owned(),
                    "(now() - interval '1 day')".to_owned(),
                    "'2024-12-31 23:59:59'".to_owned(),
                ])
                .collect(),
            "json" | "jsonb" => vec!["'{}'".to_owned()],
            _ => Vec::new(),
        };
        // Numbers such as a year matter to dates too.
        if base == "date" || base.starts_with("timestamp") {
            let years = self.numbers.iter().filter(|n| (1900..2200).contains(*n));
            pool.extend(years.flat_map(|year| {
                [format!("'{year}-01-01'"), format!("'{year}-12-31'"), format!("'{}-01-01'", year + 1)]
            }));
        }
        pool.sort();
        pool.dedup();
        pool
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}
