//! Parse, run, map the error to an exit code.

use std::process::ExitCode;

use clap::Parser;
use dbwright::{cli::Cli, surface};

fn main() -> ExitCode {
    // The sandbox starts this program again inside; that start is no command line of ours.
    if let Some(code) = dbwright_workspace::become_launcher(std::env::args_os()) {
        return code;
    }
    let cli = Cli::parse();
    let env: std::collections::HashMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    dbwright_contract::failpoint::arm(env.get("DBWRIGHT_FAILPOINT").map(String::as_str));
    ExitCode::from(surface::run(cli, env))
}
