//! The judgement of one command, before anything is sent.

use dbwright_finding::Effect;

use super::{
    allowed::{Allowed, Args, CORE, is_container},
    change::{self, Change},
    modules::MODULES,
    refused, settings,
    words::split_words,
};
use crate::{Decision, Mode, Refusal, Ruling};

/// A command that only reads.
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

    /// The whole number after an option word.
    fn number_after(&self, from: usize, word: &str) -> Option<Option<i64>> {
        self.option(from, word).map(|at| self.arg(at + 1).and_then(number))
    }
}

/// What a line may do here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted {
    /// It reads: it may run.
    Read(Command),
    /// It changes something: it may run after approval of exactly this.
    Change(Change),
}

/// Judges a line for `policy check` and for people: allow, ask or block.
pub fn judge(line: &str, mode: Mode) -> Ruling {
    match permit(line, mode) {
        Ok(Permitted::Read(command)) => {
            let name = command.name.replace('|', " ");
            Ruling::new(Decision::Allow, Effect::Observe, "redis.read", format!("{name} only reads"))
        }
        Ok(Permitted::Change(change)) => {
            Ruling::new(Decision::Ask, change.effect, "redis.change", change.consequence.to_owned())
        }
        Err(refusal) => Ruling::block(effect_of(line, &refusal), refusal),
    }
}

/// Parses and judges a line that must only read: redis-cli's quoting, one command.
///
/// # Errors
/// With the rule that refuses it: `redis.write`, `redis.script`, ….
pub fn parse(line: &str) -> Result<Command, Refusal> {
    let (argv, full, first) = words(line)?;
    read(argv, &full, first, Mode::Readonly)
}

/// Parses and judges a line by what `mode` has.
///
/// # Errors
/// With the rule that refuses it.
pub fn permit(line: &str, mode: Mode) -> Result<Permitted, Refusal> {
    let (argv, full, first) = words(line)?;
    match change::judge(&full, &argv, first, mode) {
        Some(change) => change.map(Permitted::Change),
        None => read(argv, &full, first, mode).map(Permitted::Read),
    }
}

type Words = (Vec<Vec<u8>>, String, usize);

/// The words, the full name, and where the arguments start.
fn words(line: &str) -> Result<Words, Refusal> {
    let argv = split_words(line).map_err(|error| refuse("redis.syntax", error.to_string()))?;
    let word = |at: usize| argv.get(at).map(|word: &Vec<u8>| String::from_utf8_lossy(word).to_ascii_uppercase());
    let parent = word(0).unwrap_or_default();
    let (full, first) = match word(1) {
        Some(sub) if is_container(&parent) => (format!("{parent}|{sub}"), 2),
        _ => (parent, 1),
    };
    Ok((argv, full, first))
}

fn read(argv: Vec<Vec<u8>>, full: &str, first: usize, mode: Mode) -> Result<Command, Refusal> {
    let Some((name, least, most, args)) = known(full) else { return Err(unknown(full, mode)) };
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

fn known(full: &str) -> Option<Allowed> {
    CORE.iter().chain(MODULES).find(|(name, ..)| *name == full).copied()
}

/// The full names of all commands that may run without approval.
pub fn reading_commands() -> impl Iterator<Item = &'static str> {
    CORE.iter().chain(MODULES).map(|(name, ..)| *name)
}

fn refuse(rule: &'static str, reason: impl Into<String>) -> Refusal {
    Refusal { rule, reason: reason.into() }
}

fn unknown(full: &str, mode: Mode) -> Refusal {
    let shown: String = full.replace('|', " ").chars().filter(|character| !character.is_control()).take(40).collect();
    if change::least_mode(full).is_some_and(|needed| mode < needed) {
        return refuse(
            "redis.write",
            format!("{shown} changes the server: propose it; it runs where `access: change` is set, after approval"),
        );
    }
    match refused::reason(full) {
        Some((rule, reason)) => refuse(rule, format!("{shown} is not allowed: {reason}")),
        None => refuse("redis.not_listed", format!("{shown} is not on the list of read-only commands")),
    }
}

/// The most that a refused line could have done: what the rule is about.
fn effect_of(line: &str, refusal: &Refusal) -> Effect {
    match refusal.rule {
        "redis.destroy" => Effect::Destroy,
        "redis.write" if words(line).is_ok_and(|(_, full, _)| refused::removes(&full)) => Effect::Destroy,
        "redis.write" | "redis.script" | "redis.admin" | "redis.setting" | "redis.not_listed" => Effect::Change,
        _ => Effect::Observe,
    }
}

/// What the arguments alone can tell.
fn check(command: &Command) -> Result<(), Refusal> {
    match command.args {
        Args::Setting => check_settings(command),
        Args::StreamRead => check_stream_read(command),
        // Before 7.0 the read-only forms still parse these words.
        Args::Geo | Args::Sort if command.option(1, "STORE").is_some() || command.option(1, "STOREDIST").is_some() => {
            Err(refuse("redis.write", "STORE writes a key: leave it out"))
        }
        Args::Sort => check_sort(command),
        Args::MemoryUsage => check_samples(command),
        Args::Aggregate if command.option(2, "WITHCURSOR").is_some() => {
            Err(refuse("redis.cost", "WITHCURSOR leaves a cursor on the server: use LIMIT"))
        }
        Args::Similar if command.number_after(1, "EF").is_some_and(|ef| !(1..=1000).contains(&ef.unwrap_or(0))) => {
            Err(refuse("redis.cost", "EF decides how much of the graph is walked: use 1 to 1000"))
        }
        Args::SortedRange | Args::SortedByValue => check_offset(command),
        _ => Ok(()),
    }
}

/// Elements before the offset are walked one by one.
fn check_offset(command: &Command) -> Result<(), Refusal> {
    match command.number_after(3, "LIMIT") {
        Some(Some(offset)) if offset > 10_000 => {
            Err(refuse("redis.cost", "LIMIT walks to its offset: start from the last score or member instead"))
        }
        _ => Ok(()),
    }
}

fn check_stream_read(command: &Command) -> Result<(), Refusal> {
    let Some(streams) = command.option(0, "STREAMS") else {
        return Err(refuse("redis.syntax", "XREAD needs STREAMS key id"));
    };
    if command.option(0, "BLOCK").is_some_and(|at| at < streams) {
        return Err(refuse("redis.blocking", "XREAD BLOCK waits for new entries: leave BLOCK out"));
    }
    Ok(())
}

/// BY and GET read a key for each element, unless their pattern has no `*` (BY) or is `#` (GET).
fn check_sort(command: &Command) -> Result<(), Refusal> {
    for (at, word) in command.argv.iter().enumerate().skip(command.first + 1) {
        let pattern = command.argv.get(at + 1).map(Vec::as_slice).unwrap_or_default();
        let reads_keys = (word.eq_ignore_ascii_case(b"BY") && pattern.contains(&b'*'))
            || (word.eq_ignore_ascii_case(b"GET") && pattern != b"#");
        if reads_keys {
            return Err(refuse(
                "redis.cost",
                "SORT_RO with BY or GET reads a key for each element: read them with MGET",
            ));
        }
    }
    Ok(())
}

fn check_samples(command: &Command) -> Result<(), Refusal> {
    if command.arg(1).is_none() {
        return Ok(());
    }
    match command.number_after(1, "SAMPLES") {
        Some(Some(1..=1000)) if command.option(1, "SAMPLES") == Some(1) => Ok(()),
        _ => Err(refuse(
            "redis.cost",
            "MEMORY USAGE walks the whole value with SAMPLES 0 or a large number: use SAMPLES 1 to 1000",
        )),
    }
}

fn check_settings(command: &Command) -> Result<(), Refusal> {
    match command.argv.iter().skip(command.first).find_map(|name| settings::refused_reading(name)) {
        Some(reason) => Err(refuse("redis.secret", reason)),
        None => Ok(()),
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
