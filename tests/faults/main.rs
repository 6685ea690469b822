//! The fault set: real faults on real servers, found and fixed through the command line alone.
//!
//! Each file under `cases/` sets a fault up, runs `dbwright review --format json` with the
//! playbook, and asks: is the root cause named, is the fix of the right kind, does the fix work,
//! is anything advised that would do harm? Controls are healthy and must stay silent.
//!
//! Without more words the quick ones run. `DBWRIGHT_FAULTS=all` runs all, `DBWRIGHT_FAULTS=name`
//! one, `DBWRIGHT_TEST_POSTGRES=13` on another version; `README.md` says how to read the table.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "a test program")]

#[path = "../support/program.rs"]
#[allow(dead_code, unreachable_pub, reason = "the fault set uses its part")]
mod program;

mod case;
mod proof;
mod run;
mod score;

use std::{env, path::Path};

use case::Case;
use futures_util::StreamExt;
use score::Score;

/// Servers at the same time: each has its load, and two cores are what there is.
const AT_ONCE: usize = 2;

#[tokio::main]
async fn main() {
    // `cargo test` asks every target for its tests and passes filters to it.
    if env::args().any(|argument| argument == "--list") {
        return;
    }
    let wanted = env::var("DBWRIGHT_FAULTS").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/cases");
    let major = dbwright_servers::testing::postgres_binaries().version.major;
    let cases: Vec<Case> = Case::all(&folder)
        .into_iter()
        .filter(|case| match wanted.as_str() {
            "" => case.quick,
            "all" => true,
            name => case.name.contains(name),
        })
        .filter(|case| case.since.unwrap_or(0) <= major && case.until.unwrap_or(99) >= major)
        .collect();
    assert!(!cases.is_empty(), "no case is called {wanted:?}");
    println!("{} cases on PostgreSQL {major}", cases.len());
    let scores: Vec<Score> = futures_util::stream::iter(cases)
        .map(|case| async move {
            let score = run::run(&case).await;
            println!("{}", score.line());
            score
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let failed = score::summary(&scores);
    // Every quick case passes; of the whole set the targets are those of the README.
    let tolerated = if wanted == "all" { scores.iter().filter(|score| !score.control).count() / 20 } else { 0 };
    if failed > tolerated || scores.iter().any(|score| score.control && !score.passed()) {
        std::process::exit(1);
    }
}
