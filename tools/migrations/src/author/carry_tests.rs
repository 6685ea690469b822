use super::*;

#[test]
fn a_column_is_renamed_where_it_is_a_column() {
    for (text, expected) in [
        ("btree (date)", "btree (date_new)"),
        (
            "btree (a, date DESC) WHERE (date > '2020-01-01'::date)",
            "btree (a, date_new DESC) WHERE (date_new > '2020-01-01'::date)",
        ),
        ("btree (date(a))", "btree (date(a))"),
        ("btree (lower(\"date\"))", "btree (lower(date_new))"),
    ] {
        assert_eq!(renamed(text, "date", "date_new"), expected);
    }
}

#[test]
fn the_other_side_of_a_foreign_key_is_read() {
    let (table, columns) = target("FOREIGN KEY (a) REFERENCES shop.orders(id) ON DELETE CASCADE").unwrap();
    assert_eq!((table.sql(), columns), ("shop.orders".to_owned(), vec!["id".to_owned()]));
}
