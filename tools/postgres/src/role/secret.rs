//! Names that look as if a secret lay behind them: such tables and columns are not granted.

/// Words that make a table's content secret as a whole.
const TABLES: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "token",
    "tokens",
    "apikey",
    "apikeys",
    "otp",
    "otps",
    "keyring",
    "vault",
];

/// Last words of columns that hold a secret.
const COLUMNS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "apikey",
    "passphrase",
    "ssn",
    "cvv",
    "cvc",
    "otp",
    "pin",
    "salt",
    "iban",
];

/// Pairs that do, wherever they stand.
const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("private", "key"),
    ("secret", "key"),
    ("encryption", "key"),
    ("access", "key"),
    ("password", "hash"),
    ("password", "digest"),
    ("password", "encrypted"),
    ("token", "hash"),
    ("token", "digest"),
    ("card", "number"),
];

/// Whether a table's name says that its rows are secrets.
pub(super) fn is_secret_table(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| TABLES.contains(&word.as_str())) || has_pair(&words)
}

/// Whether a column's name says that its values are secrets. Only for types that can hold one:
/// `password_changed_at` is a time.
pub(super) fn is_secret_column(name: &str) -> bool {
    let words = words(name);
    let encrypted =
        words.first().is_some_and(|word| word == "encrypted") && words.iter().any(|word| word == "password");
    words.last().is_some_and(|word| COLUMNS.contains(&word.as_str())) || has_pair(&words) || encrypted
}

fn has_pair(words: &[String]) -> bool {
    words.windows(2).any(|pair| match pair {
        [first, second] => PAIRS.iter().any(|(one, other)| first == one && second.trim_end_matches('s') == *other),
        _ => false,
    })
}

/// `userApiKey` and `user_api_key` alike: user, api, key.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        let begins = !letter.is_alphanumeric() || (letter.is_uppercase() && was_lower);
        was_lower = letter.is_lowercase() || letter.is_ascii_digit();
        if begins {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
