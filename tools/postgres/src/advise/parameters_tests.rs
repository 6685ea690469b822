use super::*;

#[test]
fn only_placeholders_are_replaced() {
    let values = BTreeMap::from([(1, "'a''b'".to_owned()), (2, "20".to_owned())]);
    let sql = "SELECT '$1', \"$1\" /* $2 */ FROM t WHERE a = $1 AND b=$1 LIMIT $2 -- $1";
    assert_eq!(
        substitute(sql, &values).unwrap(),
        "SELECT '$1', \"$1\" /* $2 */ FROM t WHERE a = 'a''b' AND b='a''b' LIMIT 20 -- $1"
    );
    assert_eq!(substitute("SELECT $3", &values), None);
}

#[test]
fn patterns_keep_no_wildcards_of_the_sample() {
    assert_eq!(start("a%_b\\cd"), "ab");
    assert_eq!(array_element("a\"b"), "\"a\\\"b\"");
}
