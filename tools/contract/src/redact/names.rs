//! Names that say that what they name is secret.

use serde_json::{Map, Value};

use super::{REDACTED, shapes::is_value};

/// Endings, without separators and in lower case.
const ENDINGS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "secretkey",
    "apikey",
    "accesskey",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "sessiontoken",
    "privatekey",
    "clientsecret",
    "requirepass",
    "masterauth",
    "passwordhash",
    "passworddigest",
    "encryptedpassword",
    "hashedpassword",
];
/// Names that say so only when they are the whole name.
const WHOLE: &[&str] = &["token", "pwd", "pass", "apitoken", "rolpassword", "credentials"];

/// Whether a field, column or setting of this name holds a secret: `password`, `api_key`,
/// `users.password_hash`, `requirepass`.
pub fn is_secret_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let plain: String =
        last.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    WHOLE.contains(&plain.as_str()) || ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// In `{"columns": […], "rows": [[…], …]}`: the values of columns with such names.
pub(super) fn mask_columns(object: &mut Map<String, Value>) {
    let Some(Value::Array(columns)) = object.get("columns") else { return };
    let secret: Vec<bool> = columns
        .iter()
        .map(|column| column.as_str().or_else(|| column.get("name")?.as_str()).is_some_and(is_secret_name))
        .collect();
    if !secret.contains(&true) {
        return;
    }
    let Some(Value::Array(rows)) = object.get_mut("rows") else { return };
    for row in rows.iter_mut().filter_map(Value::as_array_mut) {
        for (cell, _) in row.iter_mut().zip(&secret).filter(|(_, secret)| **secret) {
            if let Value::String(text) = cell
                && is_value(text)
            {
                REDACTED.clone_into(text);
            }
        }
    }
}
