//! ALTER TABLE and ALTER INDEX: storage options, statistics targets, validation, attachment.

use dbwright_sql::{NodeEnum, ast, deparse_node};

use super::Judged;
use crate::change::{
    name::ObjectName,
    settings::{is_column_option, is_relation_option},
    step::{Lock, Step, StepKind},
};

/// `ALTER TABLE`, `ALTER INDEX`, `ALTER MATERIALIZED VIEW` with one harmless action.
pub(super) fn alter(alter: &ast::AlterTableStmt) -> Judged {
    use ast::AlterTableType as Action;
    let relation = ObjectName::of(alter.relation.as_ref().ok_or("it names no table")?);
    let [command] = alter.cmds.as_slice() else { return Err("it does more than one thing".to_owned()) };
    let Some(NodeEnum::AlterTableCmd(command)) = &command.node else { return Err("it does nothing".to_owned()) };
    let column = || command.name.clone();
    let kind = match Action::try_from(command.subtype) {
        Ok(Action::AtSetRelOptions) => {
            StepKind::Options { relation, set: options(command, is_relation_option)?, reset: Vec::new() }
        }
        Ok(Action::AtResetRelOptions) => {
            StepKind::Options { relation, set: Vec::new(), reset: names(options(command, is_relation_option)?) }
        }
        Ok(Action::AtSetOptions) => {
            let set = options(command, is_column_option)?;
            StepKind::ColumnOptions { table: relation, column: column(), set, reset: Vec::new() }
        }
        Ok(Action::AtResetOptions) => {
            let reset = names(options(command, is_column_option)?);
            StepKind::ColumnOptions { table: relation, column: column(), set: Vec::new(), reset }
        }
        Ok(Action::AtSetStatistics) if !command.name.is_empty() => {
            StepKind::StatisticsTarget { table: relation, column: column(), target: target(command)? }
        }
        Ok(Action::AtValidateConstraint) => StepKind::Validate { table: relation, constraint: column() },
        Ok(Action::AtAttachPartition) if alter.objtype == ast::ObjectType::ObjectIndex as i32 => {
            let child = match command.def.as_deref().and_then(|node| node.node.as_ref()) {
                Some(NodeEnum::PartitionCmd(part)) => part.name.as_ref().map(ObjectName::of),
                _ => None,
            };
            StepKind::AttachIndex { parent: relation, child: child.ok_or("it names no index to attach")? }
        }
        _ => return Err("it changes the table's definition".to_owned()),
    };
    // The index that is attached is locked exclusively, but briefly: nothing is built.
    let lock = match kind {
        StepKind::AttachIndex { .. } => Lock::AccessExclusiveLock,
        _ => Lock::ShareUpdateExclusiveLock,
    };
    let exact = ast::AlterTableStmt { missing_ok: false, ..alter.clone() };
    let sql = deparse_node(&NodeEnum::AlterTableStmt(exact)).map_err(|error| error.to_string())?;
    Ok(Step::new(kind, sql, lock, true))
}

/// The options of a SET or RESET list, all of them among the allowed.
fn options(command: &ast::AlterTableCmd, allowed: fn(&str) -> bool) -> Result<Vec<(String, String)>, String> {
    let Some(NodeEnum::List(list)) = command.def.as_deref().and_then(|node| node.node.as_ref()) else {
        return Err("it sets no options".to_owned());
    };
    list.items
        .iter()
        .map(|item| {
            let Some(NodeEnum::DefElem(option)) = &item.node else {
                return Err("it has an option that is none".to_owned());
            };
            let name = match option.defnamespace.as_str() {
                "" => option.defname.clone(),
                namespace => format!("{namespace}.{}", option.defname),
            };
            if !allowed(&name) {
                return Err(format!("the option {name} is not among those that can be changed directly"));
            }
            Ok((name, literal(option.arg.as_deref())?))
        })
        .collect()
}

fn names(options: Vec<(String, String)>) -> Vec<String> {
    options.into_iter().map(|(name, _)| name).collect()
}

fn literal(value: Option<&ast::Node>) -> Result<String, String> {
    match value.and_then(|node| node.node.as_ref()) {
        None => Ok(String::new()),
        Some(NodeEnum::Integer(number)) => Ok(number.ival.to_string()),
        Some(NodeEnum::Float(number)) => Ok(number.fval.clone()),
        Some(NodeEnum::String(text)) => Ok(text.sval.clone()),
        Some(NodeEnum::Boolean(flag)) => Ok(flag.boolval.to_string()),
        // `on` and `off` come as type names: reserved words of options.
        Some(NodeEnum::TypeName(name)) => match name.names.as_slice() {
            [ast::Node { node: Some(NodeEnum::String(text)) }] => Ok(text.sval.clone()),
            _ => Err("an option's value is no literal".to_owned()),
        },
        Some(_) => Err("an option's value is no literal".to_owned()),
    }
}

/// -1 and DEFAULT both mean the server's default.
fn target(command: &ast::AlterTableCmd) -> Result<Option<i32>, String> {
    match command.def.as_deref().and_then(|node| node.node.as_ref()) {
        None => Ok(None),
        Some(NodeEnum::Integer(number)) => Ok(Some(number.ival).filter(|target| *target >= 0)),
        Some(_) => Err("the target is no number".to_owned()),
    }
}
