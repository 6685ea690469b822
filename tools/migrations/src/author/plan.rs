//! An intent as ordered steps, each of which becomes one migration.

use dbwright_sql::quote_ident;

use crate::author::change_type::{TypeSwap, swap_type};
use crate::author::intent::{AuthorError, Intent, known_column};
use crate::author::recipes::keep_equal;
use crate::expression::{Volatility, volatility};
use crate::name::{Name, derived};
use crate::rewrite::{backfill, proof_name};
use crate::types::{SqlType, TypeChange};
use crate::{ColumnFacts, Context, TableFacts};

/// One migration: runs in one transaction, or is one statement outside any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Part of the file name.
    pub(crate) slug: String,
    /// What people should know before they run it.
    pub(crate) note: String,
    pub(crate) up: Vec<String>,
    pub(crate) down: Vec<String>,
    pub(crate) transactional: bool,
}

impl Step {
    pub(crate) fn new(slug: String, note: &str, up: Vec<String>, down: Vec<String>) -> Self {
        Self { slug, note: note.to_owned(), up, down, transactional: true }
    }

    pub(crate) fn alone(slug: String, note: &str, up: String, down: Option<String>) -> Self {
        Self { slug, note: note.to_owned(), up: vec![up], down: down.into_iter().collect(), transactional: false }
    }
}

/// The steps of an intent, in order.
pub(crate) fn steps(intent: &Intent, context: &Context) -> Result<Vec<Step>, AuthorError> {
    Ok(match intent {
        Intent::AddColumn { table, column, sql_type, not_null, default } => {
            add_column(&name(table)?, column, sql_type, *not_null, default.as_deref(), context)?
        }
        Intent::SetNotNull { table, column } => {
            let table = name(table)?;
            known_column(context.table(&table), &table.sql(), column)?;
            set_not_null(&table, column)
        }
        Intent::AddForeignKey { table, columns, references, referenced } => {
            add_foreign_key(&name(table)?, columns, &name(references)?, referenced, context)?
        }
        Intent::CreateIndex { table, columns, unique, condition } => {
            vec![create_index(&name(table)?, columns, *unique, condition.as_deref())]
        }
        Intent::RenameColumn { table, column, to } => rename_column(&name(table)?, column, to, context)?,
        Intent::ChangeType { table, column, sql_type } => change_type(&name(table)?, column, sql_type, context)?,
        Intent::DropColumn { table, column } => drop_column(&name(table)?, column, context)?,
        Intent::Backfill { table, column, value, condition } => {
            let table = name(table)?;
            known_column(context.table(&table), &table.sql(), column)?;
            let pending = condition.clone().unwrap_or_else(|| format!("{} IS NULL", quote_ident(column)));
            vec![backfill_step(&table, column, value, &pending)]
        }
        Intent::AddCheck { table, expression } => add_check(&name(table)?, expression),
        Intent::AddUnique { table, columns } => add_unique(&name(table)?, columns),
        Intent::DropIndex { index } => vec![drop_index(&name(index)?, context)],
        Intent::DropTable { table } => drop_table(&name(table)?),
    })
}

fn name(text: &str) -> Result<Name, AuthorError> {
    let fault = |reason: String| AuthorError::Sql { what: "name", text: text.to_owned(), reason };
    let relations = dbwright_sql::relations(&format!("TABLE {text}")).map_err(|error| fault(error.to_string()))?;
    match relations.as_slice() {
        [relation] => Ok(Name::new(relation.schema.as_deref(), &relation.name)),
        _ => Err(fault("it is not one name".to_owned())),
    }
}

fn add_column(
    table: &Name,
    column: &str,
    sql_type: &str,
    not_null: bool,
    default: Option<&str>,
    context: &Context,
) -> Result<Vec<Step>, AuthorError> {
    let quoted = quote_ident(column);
    let slug = format!("add_{}_to_{}", plain(column), plain(&table.name));
    let drop = vec![format!("ALTER TABLE {table} DROP COLUMN {quoted}")];
    let clause = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
    let judged = default.map_or(Volatility::Stable, |default| expression_volatility(default, context));
    let free = judged == Volatility::Stable && !context.older_than(11);
    let null = if not_null && default.is_some() { " NOT NULL" } else { "" };
    if free && (!not_null || default.is_some()) {
        let add = format!("ALTER TABLE {table} ADD COLUMN {quoted} {sql_type}{clause}{null}");
        return Ok(vec![Step::new(slug, "Catalog only: no row is read or written.", vec![add], drop)]);
    }
    let mut add = vec![format!("ALTER TABLE {table} ADD COLUMN {quoted} {sql_type}")];
    let mut steps = Vec::new();
    if let Some(default) = default {
        add.push(format!("ALTER TABLE {table} ALTER COLUMN {quoted} SET DEFAULT {default}"));
        steps.push(Step::new(
            slug,
            "The default applies to new rows; old ones follow in the next migration.",
            add,
            drop,
        ));
        steps.push(backfill_step(table, column, "DEFAULT", &format!("{quoted} IS NULL")));
    } else {
        let note =
            "Nullable at first: deploy code that writes the column and fill the old rows before the next migration.";
        steps.push(Step::new(slug, note, add, drop));
    }
    if not_null {
        steps.extend(set_not_null(table, column));
    }
    Ok(steps)
}

pub(crate) fn set_not_null(table: &Name, column: &str) -> Vec<Step> {
    let check = proof_name(table, column);
    let quoted = quote_ident(column);
    let add = format!("ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({quoted} IS NOT NULL) NOT VALID");
    let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {check}");
    vec![
        Step::new(
            format!("require_{}_on_{}", plain(column), plain(&table.name)),
            "From here on new rows must have a value; old rows are not looked at.",
            vec![add.clone()],
            vec![drop.clone()],
        ),
        Step::new(
            format!("set_{}_not_null_on_{}", plain(column), plain(&table.name)),
            "Reads every row without blocking anybody; SET NOT NULL then finds the proof and scans nothing.",
            vec![
                format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}"),
                format!("ALTER TABLE {table} ALTER COLUMN {quoted} SET NOT NULL"),
                drop,
            ],
            vec![add, format!("ALTER TABLE {table} ALTER COLUMN {quoted} DROP NOT NULL")],
        ),
    ]
}

fn add_foreign_key(
    table: &Name,
    columns: &[String],
    references: &Name,
    referenced: &[String],
    context: &Context,
) -> Result<Vec<Step>, AuthorError> {
    let facts = context.table(table);
    for column in columns {
        known_column(facts, &table.sql(), column)?;
    }
    let constraint = quote_ident(&derived(&table.name, columns, "fkey"));
    let (listed, target) = (quoted_list(columns), quoted_list(referenced));
    let target = if referenced.is_empty() { String::new() } else { format!(" ({target})") };
    let indexed = facts.is_some_and(|facts| {
        facts.indexes.iter().any(|index| index.valid && crate::state::leads_with(&index.columns, columns))
    });
    let mut steps = Vec::new();
    if !indexed {
        steps.push(create_index(table, &listed, false, None));
    }
    let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {constraint}");
    steps.push(Step::new(
        format!("add_{}_to_{}", plain(constraint.trim_matches('"')), plain(&table.name)),
        "Holds for new rows at once; old rows are checked in the next migration.",
        vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({listed}) REFERENCES {references}{target} NOT VALID"
        )],
        vec![drop],
    ));
    steps.push(validate(table, &constraint));
    Ok(steps)
}

pub(crate) fn validate(table: &Name, constraint: &str) -> Step {
    Step::new(
        format!("validate_{}", plain(constraint.trim_matches('"'))),
        "Reads every row; blocks neither reads nor writes. There is nothing to take back.",
        vec![format!("ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}")],
        Vec::new(),
    )
}

fn create_index(table: &Name, columns: &str, unique: bool, condition: Option<&str>) -> Step {
    let parts: Vec<String> = columns.split(',').map(|part| plain(part.trim())).collect();
    let index = derived(&table.name, &parts, "idx");
    let word = if unique { "UNIQUE INDEX" } else { "INDEX" };
    let filter = condition.map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
    Step::alone(
        format!("create_{}", plain(&index)),
        "Outside a transaction, alone. If it fails, drop the invalid index that it leaves and run it again.",
        format!("CREATE {word} CONCURRENTLY {} ON {table} ({columns}){filter}", quote_ident(&index)),
        Some(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", table.sibling(&index).sql())),
    )
}

fn rename_column(table: &Name, column: &str, to: &str, context: &Context) -> Result<Vec<Step>, AuthorError> {
    let sql_type = present_type(table, column, context)?;
    let (old, new) = (quote_ident(column), quote_ident(to));
    let sync = keep_equal(table, column, to);
    let mut up = vec![format!("ALTER TABLE {table} ADD COLUMN {new} {sql_type}")];
    up.extend(sync.up.clone());
    let mut down = sync.down.clone();
    down.push(format!("ALTER TABLE {table} DROP COLUMN {new}"));
    let mut back = vec![format!("ALTER TABLE {table} ADD COLUMN {old} {sql_type}")];
    back.extend(sync.up);
    let mut contract = sync.down;
    contract.push(format!("ALTER TABLE {table} DROP COLUMN {old}"));
    Ok(vec![
        Step::new(format!("expand_{}_to_{}", plain(column), plain(to)), "Both names work from here on.", up, down),
        backfill_step(table, to, &old, &format!("{new} IS DISTINCT FROM {old}")),
        Step::new(
            format!("contract_{}_to_{}", plain(column), plain(to)),
            "Only when no running code names the old column any more. Indexes and constraints of the old column go with it: recreate them on the new one first.",
            contract,
            back,
        ),
    ])
}

fn change_type(table: &Name, column: &str, sql_type: &str, context: &Context) -> Result<Vec<Step>, AuthorError> {
    let present = present_type(table, column, context)?;
    let (from, into) = (SqlType::parse(&present), SqlType::parse(sql_type));
    let quoted = quote_ident(column);
    let free = from.zip(into).is_some_and(|(from, into)| from.change_to(&into) == TypeChange::Free);
    let slug = format!("change_{}_of_{}", plain(column), plain(&table.name));
    if free {
        return Ok(vec![Step::new(
            slug,
            "Catalog only: the stored values fit the new type.",
            vec![format!("ALTER TABLE {table} ALTER COLUMN {quoted} TYPE {sql_type}")],
            vec![format!("ALTER TABLE {table} ALTER COLUMN {quoted} TYPE {present}")],
        )]);
    }
    let value = format!("{quoted}::{sql_type}");
    let swap = TypeSwap { table, column, sql_type, value: &value, present: &present };
    let (mut steps, contract) = swap_type(&swap, context);
    steps.push(contract);
    Ok(steps)
}

fn drop_column(table: &Name, column: &str, context: &Context) -> Result<Vec<Step>, AuthorError> {
    let facts = known_column(context.table(table), &table.sql(), column)?;
    let quoted = quote_ident(column);
    let mut steps = Vec::new();
    if facts.is_some_and(|facts| !facts.nullable && facts.default.is_none()) {
        steps.push(Step::new(
            format!("loosen_{}_on_{}", plain(column), plain(&table.name)),
            "So that new code may stop writing the column before it goes.",
            vec![format!("ALTER TABLE {table} ALTER COLUMN {quoted} DROP NOT NULL")],
            vec![format!("ALTER TABLE {table} ALTER COLUMN {quoted} SET NOT NULL")],
        ));
    }
    let sql_type = facts.map_or("text", |facts| facts.type_name.as_str());
    steps.push(Step::new(
        format!("drop_{}_from_{}", plain(column), plain(&table.name)),
        "Only when no running code names the column any more. The way back brings the column, not its data.",
        vec![format!("ALTER TABLE {table} DROP COLUMN {quoted}")],
        vec![format!("ALTER TABLE {table} ADD COLUMN {quoted} {sql_type}")],
    ));
    Ok(steps)
}

pub(crate) fn backfill_step(table: &Name, column: &str, value: &str, pending: &str) -> Step {
    Step::alone(
        format!("backfill_{}_on_{}", plain(column), plain(&table.name)),
        "Outside a transaction: commits batch by batch, can be stopped and started again. There is nothing to take back.",
        backfill(table, &format!("{} = {value}", quote_ident(column)), pending),
        None,
    )
}

fn add_check(table: &Name, expression: &str) -> Vec<Step> {
    let columns = dbwright_sql::parse(&format!("SELECT ({expression})"))
        .map(|parsed| {
            let mut found = Vec::new();
            for item in parsed.items() {
                item.walk(&mut |item| {
                    if item.name == "ColumnRef" {
                        found.extend(item.last_name("fields").map(str::to_owned));
                    }
                });
            }
            found.dedup();
            found
        })
        .unwrap_or_default();
    let constraint = quote_ident(&derived(&table.name, &columns, "check"));
    vec![
        Step::new(
            format!("add_{}", plain(constraint.trim_matches('"'))),
            "Holds for new rows at once; old rows are checked in the next migration.",
            vec![format!("ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({expression}) NOT VALID")],
            vec![format!("ALTER TABLE {table} DROP CONSTRAINT {constraint}")],
        ),
        validate(table, &constraint),
    ]
}

fn add_unique(table: &Name, columns: &[String]) -> Vec<Step> {
    let constraint = derived(&table.name, columns, "key");
    let (quoted, listed) = (quote_ident(&constraint), quoted_list(columns));
    vec![
        Step::alone(
            format!("create_{}", plain(&constraint)),
            "Outside a transaction, alone. It fails on duplicates: look for them first, and drop the invalid index after a failure.",
            format!("CREATE UNIQUE INDEX CONCURRENTLY {quoted} ON {table} ({listed})"),
            Some(format!("DROP INDEX CONCURRENTLY IF EXISTS {}", table.sibling(&constraint).sql())),
        ),
        Step::new(
            format!("add_{}", plain(&constraint)),
            "Takes over the index: instant. The way back drops constraint and index.",
            vec![format!("ALTER TABLE {table} ADD CONSTRAINT {quoted} UNIQUE USING INDEX {quoted}")],
            vec![format!("ALTER TABLE {table} DROP CONSTRAINT {quoted}")],
        ),
    ]
}

fn drop_index(index: &Name, context: &Context) -> Step {
    let definition = context.index(index).and_then(|(_, facts)| facts.definition.as_ref());
    let back = definition.map(|definition| definition.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1));
    Step::alone(
        format!("drop_{}", plain(&index.name)),
        "Outside a transaction, alone.",
        format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"),
        back,
    )
}

fn drop_table(table: &Name) -> Vec<Step> {
    let retired = table.sibling(&format!("{}_retired", table.name));
    vec![
        Step::new(
            format!("retire_{}", plain(&table.name)),
            "Shows who still uses the table, and can be taken back.",
            vec![format!("ALTER TABLE {table} RENAME TO {}", quote_ident(&retired.name))],
            vec![format!("ALTER TABLE {retired} RENAME TO {}", quote_ident(&table.name))],
        ),
        Step::new(
            format!("drop_{}", plain(&retired.name)),
            "A release later. There is no way back: keep a dump.",
            vec![format!("DROP TABLE {retired}")],
            Vec::new(),
        ),
    ]
}

fn present_type(table: &Name, column: &str, context: &Context) -> Result<String, AuthorError> {
    let facts: Option<&TableFacts> = context.table(table);
    let found: Option<&ColumnFacts> = known_column(facts, &table.sql(), column)?;
    let unknown = || AuthorError::UnknownType { table: table.sql(), column: column.to_owned() };
    found.map(|facts| facts.type_name.clone()).filter(|name| !name.is_empty()).ok_or_else(unknown)
}

fn expression_volatility(expression: &str, context: &Context) -> Volatility {
    use dbwright_sql::NodeEnum;
    let Ok(parsed) = dbwright_sql::parse(&format!("SELECT {expression}")) else { return Volatility::Unknown };
    let value = match parsed.one() {
        Ok(NodeEnum::SelectStmt(select)) => select.target_list.first().and_then(|target| match &target.node {
            Some(NodeEnum::ResTarget(target)) => target.val.as_deref().cloned(),
            _ => None,
        }),
        _ => None,
    };
    value.map_or(Volatility::Unknown, |value| volatility(&value, context))
}

fn quoted_list(columns: &[String]) -> String {
    columns.iter().map(|column| quote_ident(column)).collect::<Vec<_>>().join(", ")
}

/// A part of a file name: lower case letters, digits and underscores.
pub(crate) fn plain(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        let kept = if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' };
        if kept != '_' || !(slug.is_empty() || slug.ends_with('_')) {
            slug.push(kept);
        }
    }
    slug.trim_matches('_').to_owned()
}
