use super::*;

#[test]
fn finds_the_highest_placeholder() {
    assert_eq!(max_parameter("SELECT $2 FROM t WHERE a = $1 LIMIT $7").unwrap(), 7);
    assert_eq!(max_parameter("SELECT '$9' FROM t").unwrap(), 0);
}
