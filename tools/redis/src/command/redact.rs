//! Takes credentials out of replies that show other people's commands.

use redis::Value;

/// What stands in place of a secret.
const HIDDEN: &[u8] = b"(hidden)";

/// The slow log keeps arguments. Servers hide those of AUTH themselves; older ones not those of
/// the other commands that carry a password.
pub(crate) fn redact(command: &str, reply: Value) -> Value {
    match (command, reply) {
        ("SLOWLOG|GET", Value::Array(entries)) => Value::Array(entries.into_iter().map(entry).collect()),
        (_, reply) => reply,
    }
}

fn entry(entry: Value) -> Value {
    let Value::Array(mut fields) = entry else { return entry };
    // Id, time, duration, arguments, address, name.
    if let Some(Value::Array(words)) = fields.get_mut(3) {
        hide(words);
    }
    Value::Array(fields)
}

fn hide(words: &mut [Value]) {
    let is = |word: Option<&Value>, name: &[u8]| matches!(word, Some(Value::BulkString(bytes)) if bytes.eq_ignore_ascii_case(name));
    let sets_password = is(words.first(), b"CONFIG")
        && is(words.get(1), b"SET")
        && words.iter().skip(2).any(|word| match word {
            Value::BulkString(bytes) => dbwright_policy::redis::is_secret_setting(&String::from_utf8_lossy(bytes)),
            _ => false,
        });
    let from = if is(words.first(), b"AUTH") {
        Some(1)
    } else if sets_password || (is(words.first(), b"ACL") && is(words.get(1), b"SETUSER")) {
        Some(3)
    } else {
        // HELLO 3 AUTH user password; MIGRATE … AUTH password; MIGRATE … AUTH2 user password.
        let takes = is(words.first(), b"HELLO") || is(words.first(), b"MIGRATE");
        words.iter().position(|word| takes && (is(Some(word), b"AUTH") || is(Some(word), b"AUTH2"))).map(|at| at + 1)
    };
    if let Some(from) = from {
        words.iter_mut().skip(from).for_each(|word| *word = Value::BulkString(HIDDEN.to_vec()));
    }
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
