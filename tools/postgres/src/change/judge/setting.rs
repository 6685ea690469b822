//! ALTER ROLE, ALTER DATABASE and ALTER SYSTEM: one setting at a time, from the list.

use dbwright_sql::{NodeEnum, ast, quote_ident, quote_literal};

use super::Judged;
use crate::change::{
    settings::{is_server_setting, is_session_setting},
    step::{Lock, SettingScope, Step, StepKind},
};

/// `ALTER ROLE name [IN DATABASE name] SET …`.
pub(super) fn role(set: &ast::AlterRoleSetStmt) -> Judged {
    let role = set
        .role
        .as_ref()
        .filter(|role| role.roletype == ast::RoleSpecType::RolespecCstring as i32)
        .ok_or("it does not name one role")?;
    let database = (!set.database.is_empty()).then(|| set.database.clone());
    setting(SettingScope::Role { role: role.rolename.clone(), database }, set.setstmt.as_ref(), is_session_setting)
}

/// `ALTER DATABASE name SET …`.
pub(super) fn database(set: &ast::AlterDatabaseSetStmt) -> Judged {
    setting(SettingScope::Database(set.dbname.clone()), set.setstmt.as_ref(), is_session_setting)
}

/// `ALTER SYSTEM SET …`.
pub(super) fn system(set: &ast::AlterSystemStmt) -> Judged {
    setting(SettingScope::System, set.setstmt.as_ref(), is_server_setting)
}

fn setting(scope: SettingScope, set: Option<&ast::VariableSetStmt>, allowed: fn(&str) -> bool) -> Judged {
    use ast::VariableSetKind as Kind;
    let set = set.ok_or("it sets nothing")?;
    let name = set.name.to_ascii_lowercase();
    if !allowed(&name) {
        return Err(format!("the setting {name} is not among those that can be changed directly"));
    }
    let value = match Kind::try_from(set.kind) {
        Ok(Kind::VarSetValue) => Some(literal(&set.args)?),
        Ok(Kind::VarReset | Kind::VarSetDefault) => None,
        _ => return Err("it sets no single value".to_owned()),
    };
    let sql = render(&scope, &name, value.as_deref());
    let transactional = scope != SettingScope::System;
    Ok(Step::new(StepKind::Setting { scope, name, value }, sql, Lock::None, transactional))
}

/// The statement that sets or resets.
pub(in crate::change) fn render(scope: &SettingScope, name: &str, value: Option<&str>) -> String {
    let target = match scope {
        SettingScope::Role { role, database: None } => format!("ROLE {}", quote_ident(role)),
        SettingScope::Role { role, database: Some(database) } => {
            format!("ROLE {} IN DATABASE {}", quote_ident(role), quote_ident(database))
        }
        SettingScope::Database(database) => format!("DATABASE {}", quote_ident(database)),
        SettingScope::System => "SYSTEM".to_owned(),
    };
    match value {
        Some(value) => format!("ALTER {target} SET {name} = {}", quote_literal(value)),
        None => format!("ALTER {target} RESET {name}"),
    }
}

fn literal(arguments: &[ast::Node]) -> Result<String, String> {
    use ast::a_const::Val;
    let [ast::Node { node: Some(NodeEnum::AConst(constant)) }] = arguments else {
        return Err("its value is no single literal".to_owned());
    };
    match &constant.val {
        Some(Val::Ival(number)) => Ok(number.ival.to_string()),
        Some(Val::Fval(number)) => Ok(number.fval.clone()),
        Some(Val::Sval(text)) => Ok(text.sval.clone()),
        Some(Val::Boolval(flag)) => Ok(flag.boolval.to_string()),
        Some(Val::Bsval(_)) | None => Err("its value is no single literal".to_owned()),
    }
}
