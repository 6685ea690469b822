//! `completions`: a script for the shell, from the same definition as the command line.

use clap::CommandFactory;

use super::console::Console;
use crate::{
    cli::{Cli, CompletionsArgs},
    exit::Exit,
};

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run(args: CompletionsArgs, console: &Console) -> Result<(), Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dbwright", &mut script);
    Ok(console.write(&String::from_utf8_lossy(&script))?)
}
