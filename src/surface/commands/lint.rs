//! `lint`: hazards of migrations and Redis scripts, and their safe forms.

use std::path::{Path, PathBuf};

use dbwright_finding::Finding;
use dbwright_workspace::Workspace;

use super::bench::Bench;
use crate::{
    cli::LintArgs,
    exit::Exit,
    review::Target,
    surface::{
        findings::{FORMATS, Found, deliver, fail_on},
        terminal::plain,
    },
    tools::{Gathered, LintReport, Surroundings, gather, surroundings},
};

/// The rule for statements that the grammar refuses.
const INVALID: &str = "invalid_sql";

/// Runs the command.
pub(super) async fn run(bench: &Bench<'_>, args: &LintArgs) -> Result<(), Exit> {
    let format = bench.format("lint", FORMATS)?;
    let mut gathered = Gathered::default();
    for path in &args.paths {
        gathered.extend(gather_at(bench, path)?);
    }
    if gathered.is_empty() {
        let gaps = if gathered.gaps.is_empty() { String::new() } else { format!("; {}", gathered.gaps.join("; ")) };
        return Err(Exit::Usage(format!("nothing to lint: no migration and no Lua script was found{gaps}")));
    }
    let surroundings = sharpen(bench, args.pg_version).await?;
    if let Some(database) = bench.database().filter(|_| surroundings.sharpened_by.is_some()) {
        gathered.leave_out_applied(database).await;
    }
    let report = LintReport::of(&gathered, surroundings);
    let found = Found {
        lead: lead(&report),
        findings: report.findings,
        gaps: report.gaps,
        target: Target {
            database: report.sharpened_by,
            path: Some(bench.project.display().to_string()),
            ..Target::default()
        },
    };
    deliver(&found, format, bench.global, bench.console)?;
    let reached = fail_on(args.fail_on, &found.findings);
    match (broken(&found.findings).as_slice(), reached) {
        ([], reached) => reached,
        // The wanted answer comes first; a script that cannot be read is a finding too.
        (broken, Err(Exit::Findings(count))) => Err(Exit::Findings(format!("{}\n{count}", broken.join("\n")))),
        (broken, _) => Err(Exit::Usage(broken.join("\n"))),
    }
}

/// A path inside the project is shown relative to it, another one as it is.
fn gather_at(bench: &Bench<'_>, path: &Path) -> Result<Gathered, Exit> {
    let usage = |error: &dyn std::fmt::Display| Exit::Usage(format!("cannot lint {}: {error}", path.display()));
    let real = path.canonicalize().map_err(|error| usage(&error))?;
    let inside = bench.workspace().ok().filter(|workspace| real.starts_with(workspace.root()));
    let is_inside = inside.is_some();
    let workspace = match inside {
        Some(workspace) => workspace,
        // Named by the person who runs the command: the whole machine is theirs to read.
        None => Workspace::new(Path::new("/")).map_err(|error| usage(&error))?,
    };
    let within = real.strip_prefix(workspace.root()).unwrap_or(&real).display().to_string();
    let mut gathered = gather(&workspace, Some(&within)).map_err(|error| usage(&error))?;
    if !is_inside {
        make_absolute(&mut gathered, &within);
    }
    Ok(gathered)
}

/// Undoes that paths are told from the root of the machine.
fn make_absolute(gathered: &mut Gathered, within: &str) {
    let rooted = |path: &str| PathBuf::from("/").join(path).display().to_string();
    for gap in &mut gathered.gaps {
        *gap = gap.replace(within, &rooted(within));
    }
    for chain in &mut gathered.chains {
        chain.rename(rooted);
    }
    for file in &mut gathered.lua {
        file.path = rooted(&file.path);
    }
}

/// With `--db` the catalog must be had; one that is only configured may be out of reach.
async fn sharpen(bench: &Bench<'_>, pg_version: Option<u32>) -> Result<Surroundings, Exit> {
    let found = tokio::select! {
        () = bench.cancel.cancelled() => return Err(Exit::Interrupted),
        found = surroundings(bench.database(), pg_version) => found,
    };
    if found.sharpened_by.is_none() && !bench.global.db.is_empty() {
        return Err(Exit::DatabaseUnreachable(found.gaps.join("; ")));
    }
    Ok(found)
}

fn lead(report: &LintReport) -> String {
    let count = report.scripts.len();
    let plural = if count == 1 { "" } else { "s" };
    let convention = report.convention.as_deref().map(|known| format!(", {}", plain(known))).unwrap_or_default();
    let database = report.sharpened_by.as_deref().map(|name| format!(", with the catalog of {}", plain(name)));
    format!("{count} script{plural}{convention}{}\n", database.unwrap_or_default())
}

/// Scripts that would stop a migration: an error, not only a finding.
fn broken(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.rule == INVALID)
        .filter_map(|finding| {
            let at = finding.location.as_ref().filter(|at| at.file.ends_with(".sql"))?;
            let words = finding.title.split_once(": ").map_or(finding.title.as_str(), |(_, words)| words);
            Some(plain(&format!("{}:{}:{}: {words}", at.file, at.line, at.column)))
        })
        .collect()
}
