//! Programs, the repository, and the sandbox.

use std::path::Path;

use dbwright_servers::{PostgresBinaries, RedisBinaries};
use dbwright_workspace::{Bash, Workspace};

use super::line::Line;
use crate::tools::{blocking, convention};

/// The oldest PostgreSQL that scratch servers are started from.
const OLDEST: u32 = 13;
const SETUP: &str = "dbwright setup installs it";

/// Server programs for scratch copies and the demo.
pub(super) async fn programs() -> Vec<Line> {
    let found = blocking(|| Ok((PostgresBinaries::find(OLDEST), RedisBinaries::find()))).await;
    let (postgres, redis) = match found {
        Ok(found) => found,
        Err(error) => return vec![Line::fail("programs", error.to_string())],
    };
    let mut lines = Vec::new();
    match postgres {
        Some(postgres) => {
            let place = postgres.bin_dir.display();
            lines.push(Line::ok("PostgreSQL programs", format!("{} in {place}", postgres.version)));
            if !postgres.has_extension("hypopg") {
                let major = postgres.version.major;
                lines.push(
                    Line::warn(
                        "hypopg program",
                        "not installed for scratch servers: advice is tried with real indexes only",
                    )
                    .hint(format!("apt-get install postgresql-{major}-hypopg")),
                );
            }
        }
        None => lines.push(
            Line::warn("PostgreSQL programs", "none of version 13 or newer: no scratch copies, no demo").hint(SETUP),
        ),
    }
    lines.push(match redis {
        Some(redis) => Line::ok("Redis program", format!("{} in {}", redis.version, redis.server.display())),
        None => Line::warn("Redis program", "not found: the demo has no Redis").hint(SETUP),
    });
    lines
}

/// The repository and the shell that may work in it.
pub(super) async fn project(path: &Path) -> Vec<Line> {
    let workspace = match Workspace::new(path) {
        Ok(workspace) => workspace,
        Err(error) => return vec![Line::fail("repository", error.to_string()).hint("pass --path DIR")],
    };
    let root = workspace.root().display().to_string();
    let read = workspace.clone();
    let mut lines = Vec::new();
    lines.push(match blocking(move || convention(&read)).await {
        Ok(Some(known)) => {
            Line::ok("repository", format!("{root}, migrations by {} in {}", known.tool.name(), known.directory))
        }
        Ok(None) => Line::ok("repository", format!("{root}, no migrations")),
        Err(error) => Line::fail("repository", format!("{root}: {error}")),
    });
    lines.push(match Bash::detect(&workspace).await {
        Ok(bash) if bash.gaps().is_empty() => {
            Line::ok("sandbox", format!("the shell tool can be confined: {}", bash.layers()))
        }
        Ok(bash) => Line::warn("sandbox", format!("the shell tool can be confined: {}", bash.layers()))
            .hint(format!("missing: {}", bash.gaps().join("; "))),
        Err(reason) => Line::warn("sandbox", format!("no shell tool: {reason}")),
    });
    lines
}
