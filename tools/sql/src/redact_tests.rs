use super::*;

#[test]
fn literals_and_comments_go_and_names_stay() {
    assert_eq!(
        redact_literals("select \"a b\", 'x', E'\\'y', $q$z$q$, 1.5 from t1 where b = $1 -- secret"),
        "select \"a b\", ?, ?, ?, ? from t1 where b = $1  "
    );
}

#[test]
fn broken_text_leaks_nothing() {
    assert_eq!(redact_literals("alter role x password 'hunter2"), "alter role x password ?");
    assert_eq!(redact_literals("select \"open secret"), "select ?");
}
