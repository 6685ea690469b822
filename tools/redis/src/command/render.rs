//! Replies as text, as `redis-cli` prints them, and as JSON. Bytes that are not text are escaped.

use redis::Value;
use serde_json::{Map, Value as Json};

/// Elements shown at each level.
const SHOWN: usize = 1_000;
/// Characters shown of one string.
const LONG: usize = 16 * 1024;

/// Text of a reply.
pub(crate) fn render(reply: &Value) -> String {
    let mut out = String::new();
    write(reply, 0, &mut out);
    out.trim_end().to_owned()
}

fn write(reply: &Value, depth: usize, out: &mut String) {
    match reply {
        Value::Nil => line("(nil)", out),
        Value::Okay => line("OK", out),
        Value::Int(number) => line(&format!("(integer) {number}"), out),
        Value::Double(number) => line(&format!("(double) {number}"), out),
        Value::Boolean(yes) => line(if *yes { "(true)" } else { "(false)" }, out),
        // Multi-line reports (INFO, CLIENT LIST, DOCTOR) read better raw.
        Value::BulkString(bytes) if depth == 0 && is_report(bytes) => {
            line(&String::from_utf8_lossy(bytes).replace('\r', ""), out)
        }
        Value::VerbatimString { text, .. } => line(&text.replace('\r', ""), out),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => line(&quoted(bytes), out),
        Value::SimpleString(text) => line(text, out),
        Value::Array(items) | Value::Set(items) => list(items, depth, out),
        Value::Push { data, .. } => list(data, depth, out),
        Value::Map(pairs) => {
            let flat: Vec<Value> = pairs.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect();
            list(&flat, depth, out);
        }
        Value::Attribute { data, .. } => write(data, depth, out),
        Value::ServerError(error) => {
            line(&format!("(error) {} {}", error.code(), error.details().unwrap_or_default()), out)
        }
        _ => line("(unknown reply)", out),
    }
}

fn line(text: &str, out: &mut String) {
    out.push_str(text);
    out.push('\n');
}

fn list(items: &[Value], depth: usize, out: &mut String) {
    if items.is_empty() {
        return line("(empty array)", out);
    }
    let indent = "   ".repeat(depth);
    for (at, item) in items.iter().take(SHOWN).enumerate() {
        if at > 0 {
            out.push_str(&indent);
        }
        out.push_str(&format!("{}) ", at + 1));
        write(item, depth + 1, out);
    }
    if items.len() > SHOWN {
        line(&format!("{indent}… {} more", items.len() - SHOWN), out);
    }
}

fn is_report(bytes: &[u8]) -> bool {
    bytes.contains(&b'\n')
        && std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !"\r\n\t".contains(c)))
}

/// `"…"` with escapes for what is not text.
fn quoted(bytes: &[u8]) -> String {
    let mut shown = String::from("\"");
    for part in bytes.utf8_chunks() {
        for character in part.valid().chars() {
            match character {
                '"' => shown.push_str("\\\""),
                '\\' => shown.push_str("\\\\"),
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                '\t' => shown.push_str("\\t"),
                other if other.is_control() => shown.push_str(&format!("\\x{:02x}", u32::from(other))),
                other => shown.push(other),
            }
        }
        for byte in part.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
        if shown.len() > LONG {
            shown.push_str(&format!("\" … {} bytes in all", bytes.len()));
            return shown;
        }
    }
    shown.push('"');
    shown
}

/// JSON of a reply: text as strings, bytes that are not text escaped, pairs of a map as an object.
pub(crate) fn json(reply: &Value) -> Json {
    match reply {
        Value::Nil => Json::Null,
        Value::Okay => Json::from("OK"),
        Value::Int(number) => Json::from(*number),
        Value::Double(number) => Json::from(*number),
        Value::Boolean(yes) => Json::from(*yes),
        Value::BulkString(bytes) | Value::BigNumber(bytes) => Json::from(text_of(bytes)),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Json::from(text.as_str()),
        Value::Array(items) | Value::Set(items) => items.iter().take(SHOWN).map(json).collect(),
        Value::Push { data, .. } => data.iter().take(SHOWN).map(json).collect(),
        Value::Map(pairs) => {
            let object: Map<String, Json> =
                pairs.iter().map(|(key, value)| (render(key).trim_matches('"').to_owned(), json(value))).collect();
            Json::Object(object)
        }
        Value::Attribute { data, .. } => json(data),
        Value::ServerError(error) => Json::from(format!("{} {}", error.code(), error.details().unwrap_or_default())),
        _ => Json::Null,
    }
}

fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let shown = quoted(bytes);
            shown.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&shown).to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_redis_cli_does() {
        let bulk = |text: &[u8]| Value::BulkString(text.to_vec());
        let nested = Value::Array(vec![bulk(b"0"), Value::Array(vec![bulk(b"a"), bulk(b"\xff\n\""), Value::Int(3)])]);
        assert_eq!(render(&nested), "1) \"0\"\n2) 1) \"a\"\n   2) \"\\xff\\n\\\"\"\n   3) (integer) 3");
        assert_eq!(render(&Value::Nil), "(nil)");
        assert_eq!(render(&Value::Array(Vec::new())), "(empty array)");
        assert_eq!(render(&bulk(b"# Server\r\nversion:7\r\n")), "# Server\nversion:7");
        assert_eq!(json(&nested), serde_json::json!(["0", ["a", "\\xff\\n\\\"", 3]]));
    }
}
