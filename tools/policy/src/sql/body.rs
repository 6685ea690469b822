//! The code of functions that somebody has written.
//!
//! `LANGUAGE sql` is parsed and followed like the statement itself. `plpgsql` is judged by its
//! vocabulary: nothing in it may write, run text or control transactions, and every word in it is
//! looked up as if it were called. That refuses more than a parser would, and cannot be talked
//! around. Other languages are not read.

use dbwright_sql::{Item, TokenKind, Value, parse, tokens};

use super::facts::Function;

/// What stands in a body.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Statements, where the language is SQL.
    pub(super) trees: Vec<Item>,
    /// Identifiers of procedural code.
    pub(super) words: Vec<String>,
    /// Operators of procedural code.
    pub(super) operators: Vec<String>,
    /// The search path, where the function sets its own.
    pub(super) path: Option<Vec<String>>,
}

/// Words of procedural code that write, run text, or leave the transaction.
const WRITING: &[&str] = &[
    "alter",
    "call",
    "commit",
    "copy",
    "create",
    "delete",
    "discard",
    "do",
    "drop",
    "execute",
    "grant",
    "insert",
    "listen",
    "load",
    "lock",
    "merge",
    "notify",
    "prepare",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "set",
    "truncate",
    "unlisten",
    "update",
];

/// Settings that a function may set for itself.
const HARMLESS_SETTINGS: &[&str] = &[
    "search_path",
    "work_mem",
    "statement_timeout",
    "lock_timeout",
    "jit",
    "timezone",
    "datestyle",
    "intervalstyle",
    "extra_float_digits",
    "plan_cache_mode",
    "client_min_messages",
    "random_page_cost",
    "from_collapse_limit",
    "join_collapse_limit",
    "max_parallel_workers_per_gather",
    "default_text_search_config",
    "lc_messages",
    "standard_conforming_strings",
    "xmloption",
    "bytea_output",
];

/// Reads the body, or says why it cannot be trusted.
pub(super) fn read(function: &Function) -> Result<Body, String> {
    let path = own_path(&function.settings)?;
    let Some(definition) = &function.definition else {
        return Err(format!("is written in {}, which this policy does not read", function.language));
    };
    let unreadable = || "has a body that cannot be read".to_owned();
    let parsed = parse(definition).map_err(|_| unreadable())?;
    let items = parsed.items();
    let create = items.first().filter(|item| item.name == "CreateFunctionStmt").ok_or_else(unreadable)?;
    let mut body = match function.language.as_str() {
        "sql" => sql(create).ok_or_else(unreadable)?,
        "plpgsql" => procedural(&text(create).ok_or_else(unreadable)?)?,
        language => return Err(format!("is written in {language}, which this policy does not read")),
    };
    body.path = path;
    for tree in &body.trees {
        if !matches!(tree.name, "SelectStmt" | "ReturnStmt") {
            return Err("does more than read".to_owned());
        }
    }
    Ok(body)
}

fn own_path(settings: &[String]) -> Result<Option<Vec<String>>, String> {
    let mut path = None;
    for setting in settings {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        let name = name.to_ascii_lowercase();
        if !(HARMLESS_SETTINGS.contains(&name.as_str()) || name.starts_with("enable_")) {
            return Err(format!("sets {name}"));
        }
        if name == "search_path" {
            path = Some(value.split(',').map(|entry| entry.trim().trim_matches('"').to_owned()).collect());
        }
    }
    Ok(path)
}

/// The statements of an SQL body: a string, `RETURN …` or `BEGIN ATOMIC … END`.
fn sql(create: &Item) -> Option<Body> {
    let mut trees = Vec::new();
    match create.item("sql_body") {
        Some(standard) => match standard.name {
            "List" => atomic(standard, &mut trees),
            _ => trees.push(standard.clone()),
        },
        None => {
            let text = text(create)?;
            match parse(&text) {
                Ok(parsed) => trees.extend(parsed.items()),
                Err(dbwright_sql::SqlError::Empty) => {}
                Err(_) => return None,
            }
        }
    }
    // Defaults of arguments are evaluated by the caller.
    trees.extend(defaults(create));
    Some(Body { trees, ..Body::default() })
}

/// `BEGIN ATOMIC` holds a list of lists of statements.
fn atomic(list: &Item, trees: &mut Vec<Item>) {
    for item in list.list("items") {
        match item.name {
            "List" => atomic(item, trees),
            _ => trees.push(item.clone()),
        }
    }
}

/// Defaults as statements of their own, so that they are followed too.
fn defaults(create: &Item) -> Vec<Item> {
    let wrap = |expression: &Item| Item {
        name: "SelectStmt",
        fields: vec![("target_list", Value::List(vec![Value::Item(Box::new(expression.clone()))]))],
    };
    create.list("parameters").filter_map(|parameter| parameter.item("defexpr")).map(wrap).collect()
}

/// The text after AS.
fn text(create: &Item) -> Option<String> {
    let source = create.list("options").find(|option| option.text("defname") == "as")?.item("arg")?;
    let mut parts = source.list("items");
    match (parts.next(), parts.next()) {
        (Some(text), None) => Some(text.text("sval").to_owned()),
        _ => None,
    }
}

/// The vocabulary of procedural code.
pub(super) fn procedural(text: &str) -> Result<Body, String> {
    let mut body = Body::default();
    for token in tokens(text).filter(dbwright_sql::Token::is_code) {
        match token.kind {
            TokenKind::Word => {
                let word = token.text.to_lowercase();
                if WRITING.contains(&word.as_str()) {
                    return Err(format!("has {} in its body", word.to_uppercase()));
                }
                body.words.push(word);
            }
            TokenKind::QuotedIdent if token.text.starts_with('"') => {
                body.words.push(token.text.trim_matches('"').replace("\"\"", "\""));
            }
            TokenKind::QuotedIdent => return Err("has names in Unicode escapes".to_owned()),
            _ => {}
        }
    }
    settings_in_sight(text)?;
    body.operators = operators(text);
    body.words.sort();
    body.words.dedup();
    body.operators.sort();
    body.operators.dedup();
    Ok(body)
}

/// Settings are read by a literal name, and not those that hold secrets.
fn settings_in_sight(text: &str) -> Result<(), String> {
    let code: Vec<_> = tokens(text).filter(dbwright_sql::Token::is_code).collect();
    for (at, token) in code.iter().enumerate() {
        if !token.is_word(super::rules::CURRENT_SETTING) {
            continue;
        }
        let literal = code.get(at + 2).filter(|literal| literal.kind == TokenKind::Text);
        match literal.map(|literal| literal.text.trim_matches('\'')) {
            None => return Err("reads a setting whose name is not in sight".to_owned()),
            Some(name) if super::tree::is_secret_setting(name) => {
                return Err(format!("reads {name}, which may hold a password"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Runs of operator characters, as the server may cut them: whole, and without a sign at the end.
fn operators(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut end = None;
    for token in tokens(text) {
        if token.kind != TokenKind::Operator || matches!(token.text, "." | ".." | ":" | ";") {
            end = None;
            continue;
        }
        match runs.last_mut().filter(|_| end == Some(token.start)) {
            Some(run) => run.push_str(token.text),
            None => runs.push(token.text.to_owned()),
        }
        end = Some(token.start + token.text.len());
    }
    let cut: Vec<String> = runs.iter().map(|run| run.trim_end_matches(['+', '-']).to_owned()).collect();
    runs.extend(cut.into_iter().filter(|run| !run.is_empty()));
    runs
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
