use super::*;

#[test]
fn names_are_quoted() {
    assert_eq!(drop_statement(r#"a"b"#), r#"DROP DATABASE IF EXISTS "a""b" WITH (FORCE)"#);
}

#[test]
fn urls_carry_the_socket_folder() {
    assert_eq!(
        url(Path::new("/dev/shm/dbw-a1B2c3/s"), "postgres", "shop"),
        "postgres://postgres@localhost:5432/shop?host=/dev/shm/dbw-a1B2c3/s"
    );
}
