//! The slash commands: one table gives parser and help.

use crate::agent::PermissionMode;

/// What a line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// An empty line.
    Nothing,
    /// For whoever answers.
    Say(String),
    /// For the playbook, whoever answers otherwise: fixed procedures need no model.
    Play(String),
    /// Show or change the permission mode.
    Mode(Option<PermissionMode>),
    /// Tokens, cost, session.
    Status,
    /// Names of the tools.
    Tools,
    /// Hand the session to the playbook, or back to the model.
    Driver,
    /// The table below.
    Help,
    /// Leave.
    Quit,
    /// No such command.
    Unknown(String),
}

type Make = fn(&str, &str) -> Command;

/// Name, argument, meaning, parser.
const TABLE: &[(&str, &str, &str, Make)] = &[
    ("review", "", "health, workload, indexes, migrations, Redis: everything once", play),
    ("slow", "", "the slowest statements and what would help them", play),
    ("explain", "SQL", "plan, insights and fixes of a statement", play),
    ("index", "[SQL]", "index advice for a statement or the workload", play),
    ("health", "", "checks of health, schema and settings", play),
    ("locks", "", "who blocks whom right now", play),
    ("migration", "[PATH|SQL]", "hazards and safe forms", play),
    ("redis", "", "keyspace, memory, TTLs, commands", play),
    ("memory", "[WORDS]", "what earlier sessions learned", play),
    ("mode", "[MODE]", "permission mode: default, acceptEdits, plan, dontAsk, bypassPermissions", mode),
    ("driver", "", "switch between the model and the playbook", |_, _| Command::Driver),
    ("status", "", "session, tokens, cost", |_, _| Command::Status),
    ("tools", "", "the tools at hand", |_, _| Command::Tools),
    ("help", "", "this list", |_, _| Command::Help),
    ("quit", "", "leave (Ctrl-D)", |_, _| Command::Quit),
];

fn play(name: &str, rest: &str) -> Command {
    Command::Play(format!("/{name} {rest}").trim_end().to_owned())
}

fn mode(_name: &str, rest: &str) -> Command {
    if rest.is_empty() {
        return Command::Mode(None);
    }
    rest.parse().map_or_else(|_| Command::Unknown(format!("mode {rest}")), |mode| Command::Mode(Some(mode)))
}

/// Reads one line.
pub(super) fn parse(line: &str) -> Command {
    let line = line.trim();
    if line.is_empty() {
        return Command::Nothing;
    }
    let Some(command) = line.strip_prefix('/') else { return Command::Say(line.to_owned()) };
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    TABLE
        .iter()
        .find(|(known, ..)| *known == name)
        .map_or_else(|| Command::Unknown(name.to_owned()), |(known, _, _, make)| make(known, rest.trim()))
}

/// The table for people.
pub(super) fn help() -> String {
    let mut out = String::from("ask in words, paste SQL or a plan, or use:\n");
    for (name, argument, meaning, _) in TABLE {
        out.push_str(&format!("  {:<24} {meaning}\n", format!("/{name} {argument}")));
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
#[path = "commands_tests.rs"]
mod tests;
