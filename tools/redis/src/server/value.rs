//! Reading replies of either protocol version.

use redis::Value;

/// Bytes of a bulk or simple string.
pub(crate) fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.as_bytes()),
        Value::Okay => Some(b"OK"),
        _ => None,
    }
}

/// Text of a reply; bytes that are not text are replaced.
pub(crate) fn text(value: &Value) -> Option<String> {
    bytes(value).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

/// A count.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        other => text(other)?.parse().ok(),
    }
}

/// A count that cannot be negative.
pub(crate) fn count(value: &Value) -> Option<u64> {
    number(value).and_then(|number| u64::try_from(number).ok())
}

/// The elements of an array or set.
pub(crate) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        _ => &[],
    }
}

/// Cursor and elements of a SCAN reply.
pub(crate) fn scan(value: Value) -> Option<(Vec<u8>, Vec<Value>)> {
    let Value::Array(parts) = value else { return None };
    let mut parts = parts.into_iter();
    let cursor = bytes(&parts.next()?)?.to_vec();
    match parts.next()? {
        Value::Array(items) | Value::Set(items) => Some((cursor, items)),
        _ => None,
    }
}
