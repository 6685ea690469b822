//! Text as both text indexes see it: words of letters and digits.

/// Words that say nothing about the subject. English, and what people say to a database expert.
const STOP_WORDS: &[&str] = &[
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "did", "do",
    "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "not",
    "of", "on", "or", "our", "please", "should", "so", "some", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
    "with", "would", "you", "your",
];

/// Terms that a query may have; more cost time and bring nothing.
const TERMS: usize = 24;

/// The words of a query: lower case, without stop words, each once. When only stop words were
/// given, they are the query.
pub(crate) fn query_words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let all: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut words: Vec<String> = Vec::new();
    for word in all.iter().filter(|word| !STOP_WORDS.contains(word)) {
        if words.len() < TERMS && !words.iter().any(|known| known == word) {
            words.push((*word).to_owned());
        }
    }
    if words.is_empty() {
        words = all.into_iter().take(TERMS).map(str::to_owned).collect();
    }
    words
}

/// Pieces of the query that look like identifiers and are long enough for trigrams.
pub(crate) fn identifiers(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.chars().count() >= 3 && !STOP_WORDS.contains(word))
        .take(TERMS)
        .map(str::to_owned)
        .collect()
}

/// Punctuation as spaces: PostgreSQL's parser would read `public.orders` as one host name.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect()
}

/// A table's name without its schema and quotes, in lower case.
pub(crate) fn bare_name(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_go_unless_they_are_all_there_is() {
        assert_eq!(query_words("Why is the ORDERS query on orders slow?"), ["orders", "query", "slow"]);
        assert_eq!(query_words("who are you"), ["who", "are", "you"]);
        assert!(query_words("…!").is_empty());
    }

    #[test]
    fn identifiers_keep_their_underscores() {
        assert_eq!(identifiers("is idx_users_act ok"), ["idx_users_act"]);
        assert_eq!(bare_name("public.\"Orders\""), "orders");
    }
}
