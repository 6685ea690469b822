//! Runs an approved change, and says how to take it back.

use dbwright_policy::redis::{Change, is_secret_setting};
use redis::Value;

use super::Bounded;
use crate::{
    RedisError,
    server::{Redis, argv, value},
};

/// Notes what is there now, makes the change, and returns the undo as a notice.
///
/// # Errors
/// What the server says; nothing has changed then.
pub(crate) async fn run(redis: &Redis, database: u32, change: &Change) -> Result<Bounded, RedisError> {
    let undo = undo(redis, database, change).await?;
    let reply = redis.call(database, &change.argv).await?;
    let nothing = reply == Value::Int(0);
    let notices = match undo {
        _ if nothing => vec!["nothing was changed: there is no such key, or it has no such time".to_owned()],
        Some(undo) => vec![format!("undo: {undo}")],
        None => Vec::new(),
    };
    Ok(Bounded { reply, notices })
}

async fn undo(redis: &Redis, database: u32, change: &Change) -> Result<Option<String>, RedisError> {
    match change.name {
        "CONFIG|SET" => {
            let mut undo = String::from("CONFIG SET");
            for pair in change.argv.get(2..).unwrap_or_default().chunks(2) {
                let Some(name) = pair.first() else { continue };
                let shown = String::from_utf8_lossy(name).to_lowercase();
                if is_secret_setting(&shown) {
                    return Ok(None);
                }
                let reply = redis.call(database, &argv([&b"CONFIG"[..], b"GET", name])).await?;
                let Some(old) = value::items(&reply).get(1).and_then(value::text) else { return Ok(None) };
                undo.push_str(&format!(" {shown} {}", quoted(&old)));
            }
            Ok(Some(undo))
        }
        "EXPIRE" | "PEXPIRE" | "EXPIREAT" | "PEXPIREAT" | "PERSIST" => {
            let Some(key) = change.argv.get(1) else { return Ok(None) };
            let left = redis.call(database, &argv([&b"PTTL"[..], key])).await?;
            let key = quoted(&String::from_utf8_lossy(key));
            Ok(match value::number(&left) {
                Some(-1) => Some(format!("PERSIST {key}")),
                Some(milliseconds) if milliseconds >= 0 => Some(format!("PEXPIRE {key} {milliseconds}")),
                _ => None,
            })
        }
        _ => Ok(None),
    }
}

/// A word as redis-cli reads it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/{}@*".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
    }
}
