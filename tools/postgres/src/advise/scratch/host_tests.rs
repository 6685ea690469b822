use super::*;

#[test]
fn a_url_is_turned_to_another_database_and_role() {
    let turned = |url: &str, role| in_database(&url.into(), "x", role).expose_secret().to_owned();
    assert_eq!(turned("postgres://u:p@h:5/db", None), "postgres://u:p@h:5/x");
    assert_eq!(turned("postgres://u:p@h:5", Some("r")), "postgres://u:p@h:5/x?options=-c%20role%3Dr");
    assert_eq!(
        turned("postgres:///db?host=/tmp/s&user=u", Some("r")),
        "postgres:///x?host=/tmp/s&user=u&options=-c%20role%3Dr"
    );
}
