use proptest::prelude::*;

use super::*;

#[test]
fn literals_comments_and_list_lengths_do_not_count() {
    let first = fingerprint("SELECT * FROM t WHERE a IN (1, 2) /* x */").unwrap();
    assert_eq!(first, fingerprint("select *  from t where a in (3,4,5)").unwrap());
    assert_eq!(first.len(), 16);
}

#[test]
fn tables_and_schemas_count_and_aliases_do_not() {
    let of = |sql| fingerprint(sql).unwrap();
    assert_ne!(of("SELECT x.a FROM t AS x"), of("SELECT x.a FROM u AS x"));
    assert_ne!(of("SELECT 1 FROM a.t"), of("SELECT 1 FROM b.t"));
    assert_ne!(of("SELECT 1 FROM t2024"), of("SELECT 1 FROM t2025"));
}

#[test]
fn normalized_text_has_placeholders() {
    assert_eq!(
        normalize("SELECT *\n FROM t -- c\n WHERE a = 'x' AND b = 2").unwrap(),
        "SELECT * FROM t WHERE a = $1 AND b = $2"
    );
    assert_eq!(normalize("SELECT a FROM t WHERE a = $1 AND b = 5").unwrap(), "SELECT a FROM t WHERE a = $1 AND b = $2");
    assert_eq!(normalize(" -- x").unwrap_err(), SqlError::Empty);
    assert!(matches!(normalize("selec 1"), Err(SqlError::Syntax { position: 1, .. })));
}

proptest! {
    #[test]
    fn never_panics(sql in r#"(select |from |where |a|t|=|'x|'|"|\(|\)|;|\$1|\$\$|1|é| |,|--|\n){0,40}"#) {
        let _ = normalize(&sql);
        let _ = fingerprint(&sql);
        let _ = crate::parse(&sql);
        let _ = crate::classify(&sql);
    }
}
