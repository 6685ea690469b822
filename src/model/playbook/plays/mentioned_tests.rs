use super::*;

const SEEN: [&str; 3] = [
    "SELECT id FROM orders WHERE status = $1",
    "SELECT id FROM customers WHERE lower(email) = lower($1)",
    "SELECT name FROM customers WHERE id = $1",
];

#[test]
fn the_statement_with_most_of_the_words_is_meant() {
    let words = words("why is the query that looks up customers by email slow?");
    assert_eq!(words, ["customer", "email"]);
    assert_eq!(best(&words, SEEN.into_iter()), Some(SEEN[1]));
    assert_eq!(best(&["customer"], SEEN.into_iter()), Some(SEEN[1]), "the costlier of equal ones");
    assert_eq!(best(&["invoice", "due"], SEEN.into_iter()), None);
}

#[test]
fn a_question_without_telling_words_means_no_statement() {
    assert!(words("make this query faster, please").is_empty());
}
