//! Finds calls of Redis clients in source lines.

use std::sync::LazyLock;

use regex::Regex;

/// A call of a command on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// The command as written, without case or underscores decided: `keys`, `flushAll`.
    pub(crate) method: &'a str,
    /// The byte column where it starts.
    pub(crate) at: usize,
    /// What stands after the opening parenthesis.
    pub(crate) arguments: &'a str,
    /// The receiver's last name; empty for a raw command.
    pub(crate) receiver: &'a str,
}

/// `receiver.method(`, `receiver->method(`, with one call or index allowed on the receiver.
static METHOD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)([A-Za-z_$][\w$]*)(?:\([^()]*\)|\[[^\]]*\]|!|\?)*\s*(?:\.|->|::|\?\.|&\.)\s*(keys|flush_?all|flush_?db|s_?members|setnx|set_nx|setIfAbsent)\s*(?:::<[^>]*>)?\s*\(").ok()
});

/// `cmd("KEYS")`, `execute_command("KEYS", …)`, `sendCommand(["KEYS", …])`, `call("KEYS")`, `Do(ctx, "KEYS")`,
/// and `redis.call('KEYS'` in a script inside the source.
static RAW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:cmd|execute_command|send_?command|call|pcall|do|execute|rawcommand|dispatch)\s*\(\s*(?:ctx\s*,\s*)?\[?\s*["'`](keys|flushall|flushdb|smembers|setnx)(?:["'`]|\s)"#).ok()
});

/// Every call on `line`.
pub(crate) fn calls(line: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    if let Some(pattern) = METHOD.as_ref() {
        for captures in pattern.captures_iter(line) {
            if let (Some(whole), Some(receiver), Some(method)) = (captures.get(0), captures.get(1), captures.get(2)) {
                let arguments = line.get(whole.end()..).unwrap_or_default();
                found.push(Found {
                    method: method.as_str(),
                    at: whole.start(),
                    arguments,
                    receiver: receiver.as_str(),
                });
            }
        }
    }
    if let Some(pattern) = RAW.as_ref() {
        for captures in pattern.captures_iter(line) {
            if let (Some(whole), Some(method)) = (captures.get(0), captures.get(1)) {
                let arguments = line.get(method.end()..).unwrap_or_default();
                found.push(Found { method: method.as_str(), at: whole.start(), arguments, receiver: "" });
            }
        }
    }
    found
}

impl Found<'_> {
    /// The command in upper case.
    pub(crate) fn command(&self) -> &'static str {
        match self.method.to_lowercase().replace('_', "").as_str() {
            "keys" => "KEYS",
            "flushall" => "FLUSHALL",
            "flushdb" => "FLUSHDB",
            "smembers" => "SMEMBERS",
            _ => "SETNX",
        }
    }

    /// Whether this is a Redis client and not a dictionary: `dict.keys()` has no argument,
    /// `Object.keys(value)` no pattern.
    pub(crate) fn is_redis(&self) -> bool {
        let receiver = self.receiver.to_lowercase();
        let client = ["redis", "rdb", "jedis", "valkey", "cache", "kv"].iter().any(|word| receiver.contains(word));
        let vague = [
            "client",
            "conn",
            "con",
            "connection",
            "r",
            "pipe",
            "pipeline",
            "c",
            "template",
            "store",
            "cluster",
            "ops",
        ]
        .contains(&receiver.as_str());
        let first = self.arguments.trim_start();
        let first = first.strip_prefix("ctx").map_or(first, |rest| rest.trim_start_matches([',', ' ']));
        let empty = first.starts_with(')');
        let first = first.trim_start_matches(['f', 'b', 'r', '@', '&']);
        let is_literal = first.starts_with(['"', '\'', '`']);
        let body = first.get(1..).unwrap_or_default();
        let literal = body.split(['"', '\'', '`']).next().unwrap_or_default();
        let is_pattern = is_literal && (literal.contains('*') || literal.contains(':'));
        match self.command() {
            _ if self.receiver.is_empty() => true,
            "KEYS" => !empty && (is_pattern || client || (vague && is_literal)),
            "FLUSHALL" | "FLUSHDB" => client || vague || self.method.len() >= 7,
            _ => client || vague || is_pattern,
        }
    }
}
