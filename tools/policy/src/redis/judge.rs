//! The judgement of one command, before anything is sent.

use super::{
    allowed::{ALLOWED, Args, is_container, is_secret_setting},
    refused,
    words::split_words,
};
use crate::Refusal;

/// A command that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Full name: `CONFIG|GET`.
    pub name: &'static str,
    /// How its reply is bounded.
    pub args: Args,
    /// The words as the server gets them.
    pub argv: Vec<Vec<u8>>,
    /// Where the arguments start in `argv`.
    pub first: usize,
}

impl Command {
    /// The argument at `at`, counted after the name.
    pub fn arg(&self, at: usize) -> Option<&[u8]> {
        self.argv.get(self.first + at).map(Vec::as_slice)
    }

    /// The position after the name of an option word, compared without case.
    pub fn option(&self, from: usize, word: &str) -> Option<usize> {
        let arguments = self.argv.iter().skip(self.first).enumerate().skip(from);
        arguments.into_iter().find(|(_, arg)| arg.eq_ignore_ascii_case(word.as_bytes())).map(|(at, _)| at)
    }
}

/// Parses and judges a line as `redis_cli` would get it: redis-cli's quoting, one command.
///
/// # Errors
/// With the rule that refuses it: `redis.write`, `redis.script`, ….
pub fn parse(line: &str) -> Result<Command, Refusal> {
    let argv = split_words(line).map_err(|error| refuse("redis.syntax", error.to_string()))?;
    let word = |at: usize| argv.get(at).map(|word: &Vec<u8>| String::from_utf8_lossy(word).to_uppercase());
    let parent = word(0).unwrap_or_default();
    let (full, first) = match word(1) {
        Some(sub) if is_container(&parent) => (format!("{parent}|{sub}"), 2),
        _ => (parent, 1),
    };
    let Some((name, least, most, args)) = ALLOWED.iter().find(|(name, ..)| *name == full).copied() else {
        return Err(unknown(&full));
    };
    let given = argv.len() - first;
    if given < least || given > most {
        let expected = if least == most { least.to_string() } else { format!("{least} to {most}") };
        return Err(refuse(
            "redis.syntax",
            format!("{} takes {expected} arguments here, {given} were given", full.replace('|', " ")),
        ));
    }
    let command = Command { name, args, argv, first };
    check(&command)?;
    Ok(command)
}

fn refuse(rule: &'static str, reason: impl Into<String>) -> Refusal {
    Refusal { rule, reason: reason.into() }
}

fn unknown(full: &str) -> Refusal {
    let shown: String = full.replace('|', " ").chars().filter(|character| !character.is_control()).take(40).collect();
    match refused::reason(full) {
        Some((rule, reason)) => refuse(rule, format!("{shown} is not allowed: {reason}")),
        None => refuse(
            "redis.not_listed",
            format!(
                "{shown} is not on the list of read-only commands: writes go through a finding's fix after approval"
            ),
        ),
    }
}

/// What the arguments alone can tell.
fn check(command: &Command) -> Result<(), Refusal> {
    match command.args {
        Args::Setting => check_settings(command),
        Args::StreamRead if before_streams(command, "BLOCK") => {
            Err(refuse("redis.blocking", "XREAD BLOCK waits for new entries: leave BLOCK out"))
        }
        Args::StreamRead if command.option(0, "STREAMS").is_none() => {
            Err(refuse("redis.syntax", "XREAD needs STREAMS key id"))
        }
        // Before 6.2.? the read-only forms still parse these words.
        Args::Geo | Args::Linear
            if command.option(1, "STORE").is_some() || command.option(1, "STOREDIST").is_some() =>
        {
            Err(refuse("redis.write", "STORE writes a key: leave it out"))
        }
        Args::Linear
            if command.name == "SORT_RO"
                && (command.option(1, "BY").is_some() || command.option(1, "GET").is_some()) =>
        {
            Err(refuse("redis.cost", "SORT_RO with BY or GET reads a key for each element: read them with MGET"))
        }
        Args::MemoryUsage if command.arg(1).is_some() => {
            let samples = command
                .arg(2)
                .and_then(|text| std::str::from_utf8(text).ok())
                .and_then(|text| text.parse::<u32>().ok());
            match samples {
                Some(1..=1000) if command.option(1, "SAMPLES") == Some(1) => Ok(()),
                _ => Err(refuse(
                    "redis.cost",
                    "MEMORY USAGE walks the whole value with SAMPLES 0 or a large number: use SAMPLES 1 to 1000",
                )),
            }
        }
        _ => Ok(()),
    }
}

fn before_streams(command: &Command, word: &str) -> bool {
    let end = command.option(0, "STREAMS").unwrap_or(usize::MAX);
    command.option(0, word).is_some_and(|at| at < end)
}

fn check_settings(command: &Command) -> Result<(), Refusal> {
    for name in command.argv.iter().skip(command.first) {
        let name = String::from_utf8_lossy(name).to_lowercase();
        let exact = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !exact {
            return Err(refuse("redis.secret", "CONFIG GET takes exact names here: a pattern could match a password"));
        }
        if is_secret_setting(&name) {
            return Err(refuse(
                "redis.secret",
                format!("the setting {name} holds a secret; ACL WHOAMI and INFO server tell who we are"),
            ));
        }
    }
    Ok(())
}
