//! `config show`: every setting, its value, and which layer set it.

use std::collections::HashMap;

use serde_json::json;

use super::{
    console::Console,
    findings::{format_of, json as document},
    terminal::{plain, table},
};
use crate::{
    assemble::layers,
    cli::{ConfigArgs, ConfigCommand, Format, Global},
    exit::Exit,
};

/// Runs the command.
///
/// # Errors
/// When a settings file is broken or holds a value that does not fit its key.
pub(super) fn run(
    args: &ConfigArgs,
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
) -> Result<(), Exit> {
    let ConfigCommand::Show = args.command;
    let format = format_of(global, "config show", &[Format::Text, Format::Json])?;
    let (layers, paths, _) = layers(global, env)?;
    // Shown only if they are in force as they stand.
    layers.settings()?;
    let rows = layers.rows();
    let text = match format {
        Format::Json => {
            let rows: Vec<_> =
                rows.iter().map(|(key, value, origin)| json!({"key": key, "value": value, "origin": origin})).collect();
            document(&rows)?
        }
        _ => {
            let rows: Vec<Vec<String>> =
                rows.iter().map(|(key, value, origin)| vec![plain(key), plain(value), plain(origin)]).collect();
            format!("{}\nstate and token in {}\n", table(&rows), paths.home.display())
        }
    };
    Ok(console.deliver(global.output.as_deref(), &text)?)
}
