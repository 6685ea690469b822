//! From a statement's text to a step: each is parsed, judged by its kind, and rendered again from
//! the tree, so that what runs is what was understood. Pure.
//!
//! Allowed is what takes no lock that stops the application for long and has a way back. All else
//! (columns, constraints, types, rows, rights) belongs into a migration, where it can be reviewed
//! and rehearsed.

mod index;
mod maintenance;
mod session;
mod setting;
mod table;

use dbwright_sql::{NodeEnum, brief, parse};

pub(super) use session::{named_session, render as render_session};
pub(super) use setting::render as render_setting;

use super::{
    error::ActionError,
    step::{Step, StepKind},
};

/// Characters of a statement in errors.
const BRIEF: usize = 100;

/// Judges one statement.
///
/// # Errors
/// [`ActionError`] with what stands against it.
pub(super) fn step(sql: &str) -> Result<Step, ActionError> {
    let statement = || brief(sql, BRIEF);
    let parsed = parse(sql).map_err(|reason| ActionError::Unreadable { statement: statement(), reason })?;
    let node = parsed.one().map_err(|reason| ActionError::Unreadable { statement: statement(), reason })?;
    let judged = match node {
        NodeEnum::IndexStmt(index) => index::create(index),
        NodeEnum::DropStmt(drop) => index::drop_object(drop),
        NodeEnum::CreateStatsStmt(statistics) => index::statistics(statistics),
        NodeEnum::ReindexStmt(reindex) => maintenance::reindex(reindex),
        NodeEnum::VacuumStmt(vacuum) => maintenance::vacuum(vacuum),
        NodeEnum::AlterTableStmt(alter) => table::alter(alter),
        NodeEnum::AlterRoleSetStmt(set) => setting::role(set),
        NodeEnum::AlterDatabaseSetStmt(set) => setting::database(set),
        NodeEnum::AlterSystemStmt(set) => setting::system(set),
        NodeEnum::SelectStmt(_) => session::select(node),
        _ => Err("its kind is none of those that can be run and taken back safely".to_owned()),
    };
    let step = judged.map_err(|why| ActionError::NotDirect { statement: statement(), why })?;
    match system_object(&step.kind) {
        Some(name) => Err(ActionError::NotDirect {
            statement: statement(),
            why: format!("{name} belongs to the server and not to an application"),
        }),
        None => Ok(step),
    }
}

fn system_object(kind: &StepKind) -> Option<String> {
    let names: Vec<_> = match kind {
        StepKind::CreateIndex { table, index, .. } => vec![table, index],
        StepKind::CreateStatistics { statistics, table } => vec![statistics, table],
        StepKind::DropIndex { index, .. } => vec![index],
        StepKind::AttachIndex { parent, child } => vec![parent, child],
        StepKind::Reindex { target: name, .. }
        | StepKind::DropStatistics { statistics: name }
        | StepKind::Options { relation: name, .. }
        | StepKind::StatisticsTarget { table: name, .. }
        | StepKind::ColumnOptions { table: name, .. }
        | StepKind::Validate { table: name, .. } => vec![name],
        // The server's own tables want care too.
        StepKind::Vacuum { .. }
        | StepKind::Analyze { .. }
        | StepKind::Setting { .. }
        | StepKind::Reload
        | StepKind::EndSession { .. } => Vec::new(),
    };
    names.into_iter().find(|name| name.is_system()).map(ToString::to_string)
}

/// What a judge says: the step, or what stands against it.
type Judged = Result<Step, String>;

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
