//! The plans as text, as SQL and as JSON, and the hash that an approval names.

use dbwright_postgres::role::RolePlan;
use dbwright_redis::AclPlan;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{cli::Format, exit::Exit, surface::findings::json};

/// What is to be done on all servers of the run.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Plans {
    pub(super) postgres: Vec<RolePlan>,
    pub(super) redis: Option<AclPlan>,
}

#[derive(Serialize)]
struct Document<'a> {
    hash: String,
    #[serde(flatten)]
    plans: &'a Plans,
}

impl Plans {
    /// Whether nothing is to be done anywhere.
    pub(super) fn is_done(&self) -> bool {
        self.postgres.iter().all(RolePlan::is_done) && self.redis.as_ref().is_none_or(|plan| plan.statement.is_none())
    }

    pub(super) fn sets_password(&self) -> bool {
        self.postgres.iter().any(|plan| plan.sets_password)
            || self.redis.as_ref().is_some_and(|plan| plan.sets_password)
    }

    /// Of every statement that would run, with the server that it would run on.
    pub(super) fn hash(&self) -> String {
        let mut digest = Sha256::new();
        for plan in &self.postgres {
            digest.update(format!("{}\n{}\n{}\n", plan.database, plan.administrator, plan.script()));
        }
        if let Some(statement) = self.redis.as_ref().and_then(|plan| plan.statement.as_deref()) {
            digest.update(statement);
        }
        digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn shown(&self, format: Format) -> Result<String, Exit> {
        if format == Format::Json {
            return json(&Document { hash: self.hash(), plans: self });
        }
        let mut text = String::new();
        for plan in &self.postgres {
            text.push_str(&postgres(plan));
        }
        if let Some(plan) = &self.redis {
            text.push_str(&redis(plan));
        }
        Ok(text)
    }
}

/// A script for psql; everything but the statements is a comment.
fn postgres(plan: &RolePlan) -> String {
    let mut text = format!(
        "-- PostgreSQL {}, database {}, role {}, to be run as {}\n",
        plan.major, plan.database, plan.role, plan.administrator
    );
    text.push_str(&if plan.is_done() { "-- nothing to do\n".to_owned() } else { plan.script() });
    comments(&mut text, "not granted, because it looks like a secret", &plan.left_out);
    comments(&mut text, "note", &plan.notes);
    if !plan.optional.is_empty() {
        text.push_str("\n-- For the owner to decide; never run from here:\n");
        for optional in &plan.optional {
            text.push_str(&format!("-- {}; -- {}\n", plain(&optional.sql), plain(&optional.risk)));
        }
    }
    if !plan.steps.is_empty() {
        text.push_str("\n-- Undo:\n");
        for line in plan.undo().lines() {
            text.push_str(&format!("-- {}\n", plain(line)));
        }
    }
    text.push('\n');
    text
}

/// The line for redis-cli; `#` begins what is not for it.
fn redis(plan: &AclPlan) -> String {
    let mut text = format!("-- Redis {}, user {}\n", plan.version, plan.user);
    match &plan.statement {
        Some(statement) => text.push_str(&format!("{statement}\n")),
        None => text.push_str("-- nothing to do\n"),
    }
    comments(&mut text, "note", &plan.notes);
    if let Some(undo) = &plan.undo_statement {
        text.push_str(&format!("-- Undo: {undo}\n"));
    }
    text
}

fn comments(text: &mut String, what: &str, lines: &[String]) {
    for line in lines {
        text.push_str(&format!("-- {what}: {}\n", plain(line)));
    }
}

/// A name from the catalog cannot end a comment.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
