//! `check`: health, schema, session and settings rules over each database, once.

use dbwright_checks::Group;
use dbwright_postgres::{CheckHealth, CheckHealthArgs, Health};

use super::bench::Bench;
use crate::{
    cli::CheckArgs,
    exit::Exit,
    review::Target,
    surface::{
        findings::{FORMATS, Found, deliver, fail_on},
        terminal::plain,
    },
};

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &CheckArgs) -> Result<(), Exit> {
    let format = bench.format("check", FORMATS)?;
    let only: Option<Group> = args.only.as_deref().map(str::parse).transpose().map_err(Exit::Usage)?;
    let databases = bench.databases()?;
    let tool = CheckHealth::new(databases.clone()).thresholds(bench.settings.thresholds());
    let mut found = Found::default();
    for name in databases.names() {
        let args = CheckHealthArgs { only, database: Some(name.to_owned()), ..CheckHealthArgs::default() };
        let health = bench.call(&tool, args).await?;
        found.lead.push_str(&lead(&health));
        found.target = Target { database: Some(health.database), ..Target::default() };
        found.findings.extend(health.findings);
        found.gaps.extend(health.gaps);
    }
    deliver(&found, format, bench.global, bench.console)?;
    fail_on(args.fail_on, &found.findings)
}

fn lead(health: &Health) -> String {
    let server = health.server.as_deref().unwrap_or(&health.database);
    let window = health.window_days.map(|days| format!("; usage counters cover {days} days")).unwrap_or_default();
    let (rules, tables, indexes) = (health.rules, health.tables, health.indexes);
    format!("{}: {rules} rules over {tables} tables and {indexes} indexes{window}\n", plain(server))
}
