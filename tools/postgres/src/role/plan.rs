//! What must change so that a role has what dbwright needs and nothing more.

use dbwright_sql::quote_ident;
use serde::Serialize;

use super::{
    facts::{self, Facts},
    grants::reading,
    power::public,
};
use crate::{Database, PgError};

/// Sessions at once: four probes, and a guarded statement beside them for every call that runs in
/// parallel. Ten were too few for the review of a small shop.
const CONNECTIONS: i32 = 30;

/// Read-only views of statistics and settings, without the file lists that pg_monitor adds.
const GROUPS: &[&str] = &["pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables"];

/// Settings of the role: a convenience for whoever connects as it, no fence. `work_mem` is not among
/// them: plans must be those of the application. Nor are timeouts: the checks read the server's own
/// through this very role, and the role's would hide them. Every session of ours sets its own.
const SETTINGS: &[(&str, &str, &str)] = &[("default_transaction_read_only", "on", "a forgotten guard does no harm")];

/// For roles that people use by hand as well.
const TIMEOUTS: &[(&str, &str)] =
    &[("statement_timeout", "15s"), ("lock_timeout", "500ms"), ("idle_in_transaction_session_timeout", "15s")];

/// Only a superuser may set it.
const TEMP_LIMIT: (&str, &str, &str) = ("temp_file_limit", "1GB", "no statement fills the disk");

/// The role that is wanted.
#[derive(Debug, Clone)]
pub struct RoleRequest {
    /// Its name.
    pub name: String,
    /// Schemas that it may read; every schema with tables when empty.
    pub schemas: Vec<String>,
    /// Whether it logs in with a password, and whether an existing role gets a new one.
    pub password: Password,
}

/// How the role proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Password {
    /// None: the server's pg_hba.conf lets it in by other means.
    None,
    /// A new role gets one.
    IfNew,
    /// The role gets one, whether or not it has one.
    Always,
}

/// One statement and what takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The statement, without `;`.
    pub sql: String,
    /// Its undo.
    pub undo: String,
    /// Why it is there.
    pub why: String,
}

impl Step {
    pub(super) fn new(sql: impl Into<String>, undo: impl Into<String>, why: impl Into<String>) -> Self {
        Self { sql: sql.into(), undo: undo.into(), why: why.into() }
    }
}

/// A statement that only the owner can decide on: it touches what everybody may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Optional {
    /// The statement.
    pub sql: String,
    /// What it may break.
    pub risk: String,
}

/// The difference between what is there and what is needed. Empty steps: nothing to do.
#[derive(Debug, Clone, Serialize)]
pub struct RolePlan {
    /// The role.
    pub role: String,
    /// The database that it was read from.
    pub database: String,
    /// Who would run it.
    pub administrator: String,
    /// The server's major version.
    pub major: i32,
    /// In order, all in one transaction.
    pub steps: Vec<Step>,
    /// Whether a password is set as well; the server gets its SCRAM verifier.
    pub sets_password: bool,
    /// Never run from here.
    pub optional: Vec<Optional>,
    /// Tables and columns that look like secrets and are not granted.
    pub left_out: Vec<String>,
    /// What should be known about it, one sentence each.
    pub notes: Vec<String>,
}

impl RolePlan {
    /// Asks the server what is there.
    ///
    /// # Errors
    /// When the server does not answer, a schema is not there, or the name cannot be a role's.
    pub async fn read(database: &Database, request: &RoleRequest) -> Result<Self, PgError> {
        if request.name.is_empty() || request.name.len() > 63 || request.name.starts_with("pg_") {
            return Err(PgError::Answer(format!("{:?} cannot be the name of a role", request.name)));
        }
        let facts = facts::read(database, &request.name, &request.schemas).await?;
        let missing: Vec<&str> = request
            .schemas
            .iter()
            .filter(|wanted| !facts.schemas.iter().any(|schema| schema.name == **wanted))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            return Err(PgError::Answer(format!("there is no schema {} in {}", missing.join(", "), facts.database)));
        }
        let everybody = public(database).await?;
        let mut plan = Self::of(request, &facts);
        plan.optional = everybody
            .into_iter()
            .flat_map(|excess| {
                let what = excess.what;
                let optional = move |sql: String| Optional {
                    sql: sql.replace(", \"PUBLIC\"", ""),
                    risk: format!("everybody {what}; roles that rely on it need a grant of their own first"),
                };
                excess.revoke.into_iter().map(optional)
            })
            .collect();
        let known = |name: &str| facts.role.as_ref().is_some_and(|role| role.settings.contains_key(name));
        let timeouts = TIMEOUTS.iter().filter(|(name, _)| !known(name)).map(|(name, value)| Optional {
            sql: format!("ALTER ROLE {} SET {name} = '{value}'", quote_ident(&plan.role)),
            risk: "for sessions by hand; ours set their own. Hides the server's own value from the checks of settings"
                .to_owned(),
        });
        plan.optional.extend(timeouts.collect::<Vec<_>>());
        Ok(plan)
    }

    fn of(request: &RoleRequest, facts: &Facts) -> Self {
        let mut plan = Self {
            role: request.name.clone(),
            database: facts.database.clone(),
            administrator: facts.administrator.clone(),
            major: facts.version_num / 10_000,
            steps: Vec::new(),
            sets_password: match request.password {
                Password::None => false,
                Password::IfNew => facts.role.is_none(),
                Password::Always => true,
            },
            optional: Vec::new(),
            left_out: Vec::new(),
            notes: Vec::new(),
        };
        plan.attributes(facts);
        plan.groups(facts);
        let (me, database) = (quote_ident(&plan.role), quote_ident(&plan.database));
        if !facts.may_connect {
            plan.steps.push(Step::new(
                format!("GRANT CONNECT ON DATABASE {database} TO {me}"),
                format!("REVOKE CONNECT ON DATABASE {database} FROM {me}"),
                "not everybody may connect here",
            ));
        }
        let reading = reading(facts, &plan.role);
        plan.steps.extend(reading.steps);
        plan.left_out = reading.left_out;
        plan.notes.extend(reading.notes);
        plan.settings(facts);
        if facts.relations.iter().any(|relation| relation.owner == plan.role) {
            plan.notes.push(format!("{} owns tables here: an owner can drop them, whatever is granted", plan.role));
        }
        plan
    }

    fn attributes(&mut self, facts: &Facts) {
        let me = quote_ident(&self.role);
        let Some(role) = &facts.role else {
            self.steps.push(Step::new(
                format!(
                    "CREATE ROLE {me} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT {CONNECTIONS}"
                ),
                format!("DROP ROLE {me}"),
                "logs in and nothing else",
            ));
            return;
        };
        if !role.can_login {
            self.steps.push(Step::new(
                format!("ALTER ROLE {me} LOGIN"),
                format!("ALTER ROLE {me} NOLOGIN"),
                "it must log in",
            ));
        }
        for attribute in &role.attributes {
            self.steps.push(Step::new(
                format!("ALTER ROLE {me} NO{attribute}"),
                format!("ALTER ROLE {me} {attribute}"),
                "more than reading needs",
            ));
        }
        if role.connection_limit < 0 || role.connection_limit > CONNECTIONS {
            self.steps.push(Step::new(
                format!("ALTER ROLE {me} CONNECTION LIMIT {CONNECTIONS}"),
                format!("ALTER ROLE {me} CONNECTION LIMIT {}", role.connection_limit),
                "it can never take all connections",
            ));
        }
    }

    fn groups(&mut self, facts: &Facts) {
        let me = quote_ident(&self.role);
        let has =
            |group: &str| facts.role.as_ref().is_some_and(|role| role.member_of.iter().any(|known| known == group));
        let missing: Vec<&str> = GROUPS.iter().copied().filter(|group| !has(group) && !has("pg_monitor")).collect();
        if !missing.is_empty() {
            let groups = missing.join(", ");
            // The rights, and not the role itself: 16 can tell them apart.
            let how = if self.major >= 16 { " WITH INHERIT TRUE, SET FALSE" } else { "" };
            self.steps.push(Step::new(
                format!("GRANT {groups} TO {me}{how}"),
                format!("REVOKE {groups} FROM {me}"),
                "sessions, statements, settings and statistics of everybody, to read",
            ));
        }
    }

    fn settings(&mut self, facts: &Facts) {
        let me = quote_ident(&self.role);
        let limit = facts.is_superuser.then_some(&TEMP_LIMIT);
        if limit.is_none() {
            self.notes.push(format!("a superuser can add: ALTER ROLE {me} SET temp_file_limit = '1GB'"));
        }
        for (name, value, why) in SETTINGS.iter().chain(limit) {
            let old = facts.role.as_ref().and_then(|role| role.settings.get(*name));
            if old.is_some_and(|old| old == value) {
                continue;
            }
            let undo = match old {
                Some(old) => format!("ALTER ROLE {me} SET {name} = {}", quoted(old)),
                None => format!("ALTER ROLE {me} RESET {name}"),
            };
            self.steps.push(Step::new(format!("ALTER ROLE {me} SET {name} = {}", quoted(value)), undo, *why));
        }
    }

    /// Whether everything is as it should be.
    pub fn is_done(&self) -> bool {
        self.steps.is_empty() && !self.sets_password
    }

    /// The statements as a script for psql. `\password` sends a verifier, as we do.
    pub fn script(&self) -> String {
        let mut script = String::from("BEGIN;\n");
        for step in &self.steps {
            script.push_str(&format!("{}; -- {}\n", step.sql, step.why));
        }
        script.push_str("COMMIT;\n");
        if self.sets_password {
            script.push_str(&format!("\\password {}\n", quote_ident(&self.role)));
        }
        script
    }

    /// What takes it back, as a script.
    pub fn undo(&self) -> String {
        self.steps.iter().rev().map(|step| format!("{};\n", step.undo)).collect()
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
