//! Names and strings as SQL text.

use pg_query::protobuf::KeywordKind;

/// An identifier, quoted only where the server would read it differently without: the rule of
/// the server's own `quote_ident`, keywords included.
///
/// ```
/// use dbwright_sql::quote_ident;
/// assert_eq!(quote_ident("orders"), "orders");
/// assert_eq!(quote_ident("user"), "\"user\"");
/// assert_eq!(quote_ident("Order \"x\""), "\"Order \"\"x\"\"\"");
/// ```
pub fn quote_ident(name: &str) -> String {
    if is_plain(name) && !is_keyword(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// `schema.name`, each part quoted where needed; the bare name without a schema.
pub fn quote_qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote_ident(schema), quote_ident(name)),
        None => quote_ident(name),
    }
}

/// A string literal that reads the same under every setting of `standard_conforming_strings`.
///
/// ```
/// use dbwright_sql::quote_literal;
/// assert_eq!(quote_literal("it's"), "'it''s'");
/// assert_eq!(quote_literal(r"a\b"), r"E'a\\b'");
/// ```
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_lowercase() || first == '_')
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether the grammar gives the word a meaning of its own anywhere a name may stand.
fn is_keyword(name: &str) -> bool {
    let Ok(tokens) = pg_query::scan_tokens(name) else {
        return true;
    };
    tokens.iter().any(|token| {
        !matches!(
            KeywordKind::try_from(token.keyword_kind),
            Ok(KeywordKind::NoKeyword | KeywordKind::UnreservedKeyword)
        )
    })
}

#[cfg(test)]
#[path = "quote_tests.rs"]
mod tests;
