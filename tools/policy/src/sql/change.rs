//! Statements that maintain or change: what may be asked for, with which effect, and what no
//! approval permits.

use dbwright_finding::Effect;
use dbwright_sql::{Item, Value, ast::AlterTableType};

use super::{body, extensions, settings, tree::spoken};
use crate::{Decision, Mode, Refusal};

/// A change that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) decision: Decision,
    pub(super) effect: Effect,
    /// The least mode that it needs.
    pub(super) mode: Mode,
    /// What it does, as a sentence without an end.
    pub(super) what: String,
}

fn ask(effect: Effect, what: impl Into<String>) -> Result<Planned, Refusal> {
    let mode = if effect == Effect::Maintain { Mode::Maintain } else { Mode::Change };
    Ok(Planned { decision: Decision::Ask, effect, mode, what: what.into() })
}

fn never(rule: &'static str, reason: impl Into<String>) -> Result<Planned, Refusal> {
    Err(Refusal { rule, reason: reason.into() })
}

/// What a statement that is no reading does.
///
/// # Errors
/// The rule that no approval lifts.
pub(super) fn plan(item: &Item) -> Result<Planned, Refusal> {
    match item.name {
        "VacuumStmt" => vacuum(item),
        "ReindexStmt" => reindex(item),
        "CheckPointStmt" => ask(Effect::Maintain, "CHECKPOINT writes all dirty pages now"),
        "ClusterStmt" => ask(Effect::Change, "CLUSTER rewrites the table under ACCESS EXCLUSIVE"),
        "RefreshMatViewStmt" => ask(Effect::Change, "REFRESH MATERIALIZED VIEW replaces its rows"),
        "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" | "SelectStmt" => data(item),
        "ExplainStmt" => match item.item("query") {
            Some(query) if query.name != "ExecuteStmt" => plan(query)
                .map(|planned| Planned { what: format!("EXPLAIN ANALYZE executes it: {}", planned.what), ..planned }),
            _ => never("hidden_statement", "EXPLAIN EXECUTE says nothing of the statement behind it"),
        },
        "TruncateStmt" => ask(Effect::Destroy, "TRUNCATE removes all rows"),
        "DropStmt" => ask(Effect::Destroy, format!("{} cannot be undone", dropped(item))),
        "DropdbStmt" => ask(Effect::Destroy, "DROP DATABASE removes it with all that it holds"),
        "AlterTableStmt" => alter_table(item),
        "CopyStmt" => copy(item),
        "CreateFunctionStmt" => create_function(item),
        "DoStmt" => anonymous(item),
        "CallStmt" => ask(Effect::Change, "CALL runs a procedure that may change anything"),
        "CreateExtensionStmt" | "AlterExtensionStmt" => extension(item),
        "AlterExtensionContentsStmt" => never("extension_content", "what an extension owns decides what is trusted"),
        "AlterSystemStmt" => setting(item, "ALTER SYSTEM"),
        "AlterDatabaseSetStmt" => setting(item, "ALTER DATABASE … SET"),
        "AlterRoleSetStmt" => setting(item, "ALTER ROLE … SET"),
        "VariableSetStmt" => session_setting(item),
        "GrantStmt" | "AlterDefaultPrivilegesStmt" => grant(item),
        "GrantRoleStmt" => never("role", "membership in a role is granted by people"),
        "CreateRoleStmt" | "AlterRoleStmt" | "DropRoleStmt" | "DropOwnedStmt" | "ReassignOwnedStmt" => {
            never("role", format!("{} concerns roles and what they own: that is for people", spoken(item.name)))
        }
        "CreateForeignServerStmt"
        | "AlterForeignServerStmt"
        | "CreateFdwStmt"
        | "AlterFdwStmt"
        | "CreateUserMappingStmt"
        | "AlterUserMappingStmt"
        | "DropUserMappingStmt"
        | "CreateForeignTableStmt"
        | "ImportForeignSchemaStmt"
        | "CreateSubscriptionStmt"
        | "AlterSubscriptionStmt"
        | "DropSubscriptionStmt" => {
            never("foreign_server", format!("{} connects this server with others", spoken(item.name)))
        }
        "CreateTableSpaceStmt" | "DropTableSpaceStmt" | "AlterTableSpaceOptionsStmt" => {
            never("server_files", format!("{} is about folders of the server", spoken(item.name)))
        }
        "CreatePlangStmt"
        | "LoadStmt"
        | "CreateAmStmt"
        | "CreateTransformStmt"
        | "CreateConversionStmt"
        | "CreateEventTrigStmt"
        | "AlterEventTrigStmt"
        | "SecLabelStmt" => never("server_code", format!("{} puts code into the server", spoken(item.name))),
        "TransactionStmt" => {
            never("transaction", "the transaction is opened and ended around the statement, never in it")
        }
        "PrepareStmt" | "ExecuteStmt" | "DeallocateStmt" | "DeclareCursorStmt" | "FetchStmt" | "ClosePortalStmt"
        | "ListenStmt" | "UnlistenStmt" | "DiscardStmt" | "LockStmt" | "ConstraintsSetStmt" => never(
            "session_state",
            format!("{} leaves something in the session, which ends with the statement", spoken(item.name)),
        ),
        "NotifyStmt" => ask(Effect::Change, "NOTIFY wakes all who listen"),
        name if is_definition(name) => match catalog_target(item) {
            Some(relation) => never("system_catalog", format!("{relation} belongs to the server")),
            None => ask(Effect::Change, format!("{} changes the schema", spoken(name))),
        },
        name => never("statement_kind", format!("{} is not a statement that this policy knows", spoken(name))),
    }
}

/// Definitions that are neither data nor code for the server.
fn is_definition(name: &str) -> bool {
    const PARTS: &[&str] =
        &["Create", "Alter", "Rename", "Comment", "Index", "View", "Rule", "Define", "CompositeType"];
    name.ends_with("Stmt") && PARTS.iter().any(|part| name.starts_with(part))
}

fn vacuum(item: &Item) -> Result<Planned, Refusal> {
    let full = item.list("options").any(|option| option.text("defname") == "full" && is_on(option));
    let is_vacuum = item.field("is_vacuumcmd") == Some(&Value::Bool(true));
    match (is_vacuum, full) {
        (true, true) => ask(Effect::Change, "VACUUM FULL rewrites the table under ACCESS EXCLUSIVE"),
        (true, false) => ask(Effect::Maintain, "VACUUM frees dead rows and takes a worker's share of input and output"),
        (false, _) => ask(Effect::Maintain, "ANALYZE renews the planner's statistics"),
    }
}

fn reindex(item: &Item) -> Result<Planned, Refusal> {
    let concurrently = item.list("params").any(|option| option.text("defname") == "concurrently" && is_on(option));
    if concurrently {
        return ask(Effect::Maintain, "REINDEX CONCURRENTLY builds the index anew beside the old one");
    }
    ask(Effect::Change, "REINDEX without CONCURRENTLY blocks writes for as long as it takes")
}

fn is_on(option: &Item) -> bool {
    option.item("arg").is_none_or(|argument| {
        argument.field("boolval") != Some(&Value::Bool(false))
            && argument.int("ival") != Some(0)
            && !matches!(argument.text("sval"), "false" | "off" | "no")
    })
}

/// INSERT, UPDATE, DELETE, MERGE, and queries that change data inside.
fn data(item: &Item) -> Result<Planned, Refusal> {
    if let Some(relation) = catalog_target(item) {
        return never("system_catalog", format!("{relation} belongs to the server; its rows are changed by commands"));
    }
    let mut everything = None;
    let mut kinds = Vec::new();
    item.walk(&mut |node| match node.name {
        "UpdateStmt" | "DeleteStmt" => {
            kinds.push(spoken(node.name));
            if node.item("where_clause").is_none() {
                everything = Some(spoken(node.name));
            }
        }
        "InsertStmt" | "MergeStmt" => kinds.push(spoken(node.name)),
        "IntoClause" => kinds.push("SELECT INTO".to_owned()),
        _ => {}
    });
    match (everything, kinds.first()) {
        (Some(kind), _) => ask(Effect::Destroy, format!("{kind} without WHERE concerns every row")),
        (None, Some(kind)) => ask(Effect::Change, format!("{kind} changes data")),
        (None, None) => ask(Effect::Change, "the statement locks rows or runs functions that may change data"),
    }
}

/// A target relation in a schema of the server.
fn catalog_target(item: &Item) -> Option<String> {
    let mut found = None;
    item.walk(&mut |node| {
        if found.is_some() || !node.name.ends_with("Stmt") || node.name == "SelectStmt" {
            return;
        }
        let Some(relation) = node.item("relation").filter(|relation| relation.name == "RangeVar") else { return };
        let (schema, name) = (relation.text("schemaname"), relation.text("relname"));
        let system = matches!(schema, "pg_catalog" | "information_schema" | "pg_toast");
        if system || (schema.is_empty() && name.starts_with("pg_")) {
            found = Some(name.to_owned());
        }
    });
    found
}

/// A statement's kind in words, lower case: `select`, `drop table`, `create function`.
pub(crate) fn spoken_statement(item: &Item, kind: &str) -> String {
    match item.name {
        "DropStmt" => dropped(item).to_lowercase(),
        "CreateStmt" => "create table".to_owned(),
        "IndexStmt" => "create index".to_owned(),
        "ViewStmt" => "create view".to_owned(),
        "VariableShowStmt" => "show".to_owned(),
        "VariableSetStmt" => "set".to_owned(),
        "DropdbStmt" => "drop database".to_owned(),
        _ => spoken(kind).to_lowercase(),
    }
}

fn dropped(item: &Item) -> String {
    let kind = item.int("remove_type").and_then(|kind| i32::try_from(kind).ok());
    let kind = kind.and_then(|kind| dbwright_sql::ast::ObjectType::try_from(kind).ok());
    let kind = kind.map_or_else(String::new, |kind| {
        kind.as_str_name().strip_prefix("OBJECT_").unwrap_or_default().replace('_', " ")
    });
    format!("DROP {kind}")
}

fn alter_table(item: &Item) -> Result<Planned, Refusal> {
    if let Some(relation) = catalog_target(item) {
        return never("system_catalog", format!("{relation} belongs to the server"));
    }
    let has = |kind: AlterTableType| item.list("cmds").any(|command| command.int("subtype") == Some(kind as i64));
    if has(AlterTableType::AtDropColumn) {
        return ask(Effect::Destroy, "ALTER TABLE … DROP COLUMN removes data");
    }
    if has(AlterTableType::AtAlterColumnType) {
        return ask(
            Effect::Destroy,
            "ALTER COLUMN … TYPE may rewrite the table and lose what the new type cannot hold",
        );
    }
    ask(Effect::Change, "ALTER TABLE changes the schema")
}

fn copy(item: &Item) -> Result<Planned, Refusal> {
    let program = item.field("is_program") == Some(&Value::Bool(true));
    if program || !item.text("filename").is_empty() {
        let what = if program { "a program on the server" } else { "a file of the server" };
        return never("server_files", format!("COPY would use {what}"));
    }
    never("copy_stream", "COPY with STDIN or STDOUT needs a stream; use INSERT or SELECT")
}

fn create_function(item: &Item) -> Result<Planned, Refusal> {
    let language = option_text(item, "language").unwrap_or_else(|| "sql".to_owned()).to_lowercase();
    if !matches!(language.as_str(), "sql" | "plpgsql" | "plperl" | "pltcl" | "plv8" | "pltrusted") {
        return never("server_code", format!("a function in {language} can do everything that the server can"));
    }
    if let Some(code) = dangerous_code(item) {
        return never("server_files", code);
    }
    let definer = item.list("options").any(|option| option.text("defname") == "security" && is_on(option));
    let owner = if definer { ", which runs with its owner's rights" } else { "" };
    ask(Effect::Change, format!("CREATE FUNCTION puts code into the schema{owner}"))
}

fn anonymous(item: &Item) -> Result<Planned, Refusal> {
    let language = arguments_text(item, "language").unwrap_or_else(|| "plpgsql".to_owned()).to_lowercase();
    if language != "plpgsql" {
        return never("server_code", format!("DO in {language} can do everything that the server can"));
    }
    if let Some(code) = dangerous_code(item) {
        return never("server_files", code);
    }
    let text = arguments_text(item, "as").unwrap_or_default();
    if dbwright_sql::tokens(&text).any(|token| token.is_word("execute")) {
        return never("hidden_statement", "DO builds statements at run time; write them out, one at a time");
    }
    match body::procedural(&text) {
        Ok(_) => ask(Effect::Change, "DO runs code"),
        Err(why) => ask(Effect::Destroy, format!("DO runs code that {why}")),
    }
}

/// Code that names what no approval permits. A hint, not a proof: code can hide its words.
fn dangerous_code(item: &Item) -> Option<String> {
    let mut found = None;
    item.walk(&mut |node| {
        if node.name == "String" && found.is_none() {
            let text = node.text("sval");
            let words: Vec<String> = dbwright_sql::tokens(text)
                .filter(|token| token.kind == dbwright_sql::TokenKind::Word)
                .map(|token| token.text.to_lowercase())
                .collect();
            let has = |word: &str| words.iter().any(|found| found == word);
            if has("copy") && has("program") {
                found = Some("its code runs a program on the server (COPY … PROGRAM)".to_owned());
            }
            let reaching = ["pg_read_file", "pg_read_binary_file", "lo_import", "lo_export", "dblink_exec", "dblink"];
            if let Some(name) = reaching.into_iter().find(|name| has(name)) {
                found = Some(format!("its code calls {name}()"));
            }
        }
    });
    found
}

fn option_text(item: &Item, name: &str) -> Option<String> {
    let option = item.list("options").find(|option| option.text("defname") == name)?;
    Some(option.item("arg")?.text("sval").to_owned())
}

fn arguments_text(item: &Item, name: &str) -> Option<String> {
    let option = item.list("args").find(|option| option.text("defname") == name)?;
    Some(option.item("arg")?.text("sval").to_owned())
}

fn extension(item: &Item) -> Result<Planned, Refusal> {
    let name = item.text("extname");
    if extensions::is_reaching(name) {
        return never("reaching_extension", format!("the extension {name} reaches files, programs or other servers"));
    }
    let known = if extensions::is_trusted(name) { "" } else { ", an extension that this policy does not know" };
    ask(Effect::Change, format!("installs code of {name}{known}"))
}

/// ALTER SYSTEM, ALTER DATABASE … SET and ALTER ROLE … SET.
fn setting(item: &Item, what: &str) -> Result<Planned, Refusal> {
    let name = item.item("setstmt").map_or("", |set| set.text("name")).to_lowercase();
    if name.is_empty() {
        return never("dangerous_setting", format!("{what} for all settings at once takes back what others have set"));
    }
    if let Some(why) = settings::danger(&name) {
        return never("dangerous_setting", format!("{what} of {name} {why}"));
    }
    ask(Effect::Change, format!("{what} changes {name} for later sessions"))
}

fn session_setting(item: &Item) -> Result<Planned, Refusal> {
    let name = item.text("name").to_lowercase();
    if let Some(why) = settings::danger(&name) {
        return never("dangerous_setting", format!("SET of {name} {why}"));
    }
    if !settings::is_harmless_in_session(&name) {
        return never(
            "session_state",
            format!("SET of {name} would end with the statement; use SET LOCAL in a migration"),
        );
    }
    Ok(Planned {
        decision: Decision::Allow,
        effect: Effect::Observe,
        mode: Mode::Maintain,
        what: format!("SET of {name} lasts as long as the session"),
    })
}

fn grant(item: &Item) -> Result<Planned, Refusal> {
    let mut dangerous = None;
    item.walk(&mut |node| {
        if node.name == "AccessPriv" && matches!(node.text("priv_name"), "alter system" | "set") {
            dangerous = Some(node.text("priv_name").to_owned());
        }
    });
    match dangerous {
        Some(privilege) => never("role", format!("the right to {privilege} settings is granted by people")),
        None => ask(Effect::Change, "changes who may do what"),
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
