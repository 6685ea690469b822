//! The checks in order.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::{
    database,
    line::{Line, Standing},
    machine, model, redis, state,
};
use crate::{
    assemble::{layers, servers},
    cli::{Format, Global},
    exit::Exit,
    persona::Persona,
    surface::{
        console::Console,
        findings::{format_of, json},
    },
};

/// Runs the command.
pub(in super::super) async fn run(
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Result<(), Exit> {
    let format = format_of(global, "doctor", &[Format::Text, Format::Json])?;
    let lines = tokio::select! {
        () = cancel.cancelled() => return Err(Exit::Interrupted),
        lines = examine(global, env, console, cancel) => lines,
    };
    let document = match format {
        Format::Json => json(&lines)?,
        _ => lines.iter().map(|line| line.shown(console.data_style())).collect::<Vec<_>>().join("\n"),
    };
    console.deliver(global.output.as_deref(), &document)?;
    match lines.iter().filter(|line| line.standing == Standing::Fail).count() {
        0 => Ok(()),
        1 => Err(Exit::Failed("1 check failed".to_owned())),
        count => Err(Exit::Failed(format!("{count} checks failed"))),
    }
}

async fn examine(
    global: &Global,
    env: &HashMap<String, String>,
    console: &Console,
    cancel: &CancellationToken,
) -> Vec<Line> {
    let say = |what: &str| console.say(console.talk_style().dim(&format!("· {what}")));
    say("programs of this machine");
    let mut lines = machine::programs().await;
    let (settings, paths, project) = match settings(global, env, &mut lines) {
        Some(known) => known,
        // Nothing else can be tried without knowing where to look.
        None => return lines,
    };
    lines.extend(machine::project(&project).await);
    match servers(global, env, &settings) {
        Ok((_, databases, server)) => {
            say("databases");
            lines.extend(database::all(&databases, cancel).await);
            lines.extend(redis::server(server.as_ref(), cancel).await);
        }
        Err(error) => lines.push(Line::fail("servers", error.to_string())),
    }
    lines.push(state::place(&settings, &paths).await);
    say("the model, if one is configured");
    let persona = match &global.persona {
        Some(path) => Persona::load(path),
        None => Persona::embedded(),
    };
    match persona {
        Ok(persona) => lines.extend(model::choice(global, env, &settings, &persona).await),
        Err(error) => lines.push(Line::fail("persona", error.to_string())),
    }
    lines
}

type Known = (crate::config::Settings, crate::config::Paths, std::path::PathBuf);

fn settings(global: &Global, env: &HashMap<String, String>, lines: &mut Vec<Line>) -> Option<Known> {
    let read = layers(global, env).and_then(|(layers, paths, project)| Ok((layers.settings()?, paths, project)));
    match read {
        Ok(known) => {
            lines.push(Line::ok("settings", "readable; `dbwright config show` prints them"));
            Some(known)
        }
        Err(error) => {
            lines.push(Line::fail("settings", error.to_string()));
            None
        }
    }
}
