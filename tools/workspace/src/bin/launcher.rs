//! The launcher by itself, for tests of this crate; the product's own program is its launcher.

use std::process::ExitCode;

fn main() -> ExitCode {
    dbwright_workspace::become_launcher(std::env::args_os()).unwrap_or(ExitCode::FAILURE)
}
