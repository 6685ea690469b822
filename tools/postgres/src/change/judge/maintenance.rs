//! ANALYZE, VACUUM, REINDEX.

use dbwright_sql::{NodeEnum, ast, quote_ident};

use super::Judged;
use crate::change::{
    name::ObjectName,
    step::{Lock, Step, StepKind},
};

/// `VACUUM` and `ANALYZE` of one table; never FULL, which rewrites under an exclusive lock.
pub(super) fn vacuum(vacuum: &ast::VacuumStmt) -> Judged {
    let [relation] = vacuum.rels.as_slice() else {
        return Err("it does not name exactly one table; vacuumdb does the whole database".to_owned());
    };
    let Some(NodeEnum::VacuumRelation(target)) = &relation.node else { return Err("it names no table".to_owned()) };
    let table = ObjectName::of(target.relation.as_ref().ok_or("it names no table")?);
    let mut options = Vec::new();
    for option in vacuum.options.iter().filter_map(|node| node.node.as_ref()) {
        let NodeEnum::DefElem(option) = option else { return Err("it has an option that is none".to_owned()) };
        let value = word(option.arg.as_deref())?;
        match (option.defname.to_ascii_lowercase().as_str(), vacuum.is_vacuumcmd) {
            // Its lines go nowhere.
            ("verbose", _) => {}
            (
                "analyze"
                | "freeze"
                | "index_cleanup"
                | "truncate"
                | "parallel"
                | "process_toast"
                | "disable_page_skipping",
                true,
            )
            | ("skip_locked", _) => {
                options.push(format!(
                    "{}{}",
                    option.defname.to_uppercase(),
                    value.map(|value| format!(" {value}")).unwrap_or_default()
                ));
            }
            (other, _) => return Err(format!("its option {} is not allowed here", other.to_uppercase())),
        }
    }
    let columns: Vec<String> = target
        .va_cols
        .iter()
        .filter_map(|column| match &column.node {
            Some(NodeEnum::String(name)) => Some(quote_ident(&name.sval)),
            _ => None,
        })
        .collect();
    let verb = if vacuum.is_vacuumcmd { "VACUUM" } else { "ANALYZE" };
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
    let columns = if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) };
    let sql = format!("{verb}{options} {table}{columns}");
    Ok(if vacuum.is_vacuumcmd {
        Step::new(StepKind::Vacuum { table }, sql, Lock::ShareUpdateExclusiveLock, false)
    } else {
        Step::new(StepKind::Analyze { table }, sql, Lock::ShareUpdateExclusiveLock, true)
    })
}

/// `REINDEX INDEX` and `REINDEX TABLE`: always CONCURRENTLY.
pub(super) fn reindex(reindex: &ast::ReindexStmt) -> Judged {
    let target = ObjectName::of(reindex.relation.as_ref().ok_or("it does not name one index or table")?);
    let is_table = match ast::ReindexObjectType::try_from(reindex.kind) {
        Ok(ast::ReindexObjectType::ReindexObjectIndex) => false,
        Ok(ast::ReindexObjectType::ReindexObjectTable) => true,
        _ => return Err("it rebuilds more than one table".to_owned()),
    };
    let word = if is_table { "TABLE" } else { "INDEX" };
    let sql = format!("REINDEX {word} CONCURRENTLY {target}");
    Ok(Step::new(StepKind::Reindex { target, is_table }, sql, Lock::ShareUpdateExclusiveLock, false))
}

/// An option's value where it is a plain word or number.
fn word(value: Option<&ast::Node>) -> Result<Option<String>, String> {
    let plain = |text: &str| {
        let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric());
        if is_plain { Ok(Some(text.to_uppercase())) } else { Err("an option's value is no plain word".to_owned()) }
    };
    match value.and_then(|node| node.node.as_ref()) {
        None => Ok(None),
        Some(NodeEnum::String(text)) => plain(&text.sval),
        Some(NodeEnum::Integer(number)) => plain(&number.ival.to_string()),
        Some(NodeEnum::Boolean(flag)) => Ok(Some(if flag.boolval { "TRUE" } else { "FALSE" }.to_owned())),
        Some(_) => Err("an option's value is no plain word".to_owned()),
    }
}
