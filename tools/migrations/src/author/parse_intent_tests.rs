use super::*;

#[test]
fn every_form_is_understood() {
    let text = |text: &str| text.to_owned();
    let add = |default: Option<&str>, not_null| Intent::AddColumn {
        table: text("users"),
        column: text("email"),
        sql_type: text("varchar(80)"),
        not_null,
        default: default.map(text),
    };
    for (words, intent) in [
        ("add column email varchar(80) to users", add(None, false)),
        ("Add column Email varchar(80) NOT NULL to users", add(None, true)),
        ("add column email varchar(80) not null default 'x to y' to users", add(Some("'x to y'"), true)),
        ("add column email varchar(80) default lower('A') not null to table users;", add(Some("lower('A')"), true)),
        ("set not null on users.email", Intent::SetNotNull { table: text("users"), column: text("email") }),
        ("set not null on auth.users.email", Intent::SetNotNull { table: text("auth.users"), column: text("email") }),
        (
            "add foreign key on orders (user_id) references users (id)",
            Intent::AddForeignKey {
                table: text("orders"),
                columns: vec![text("user_id")],
                references: text("users"),
                referenced: vec![text("id")],
            },
        ),
        (
            "create unique index on orders (lower(code), id) where code is not null",
            Intent::CreateIndex {
                table: text("orders"),
                columns: text("lower(code), id"),
                unique: true,
                condition: Some(text("code is not null")),
            },
        ),
        ("rename column a to b in t", Intent::RenameColumn { table: text("t"), column: text("a"), to: text("b") }),
        (
            "change type of t.a to numeric(10, 2)",
            Intent::ChangeType { table: text("t"), column: text("a"), sql_type: text("numeric(10, 2)") },
        ),
        ("drop column a from t", Intent::DropColumn { table: text("t"), column: text("a") }),
        (
            "backfill t.a with b + 1 where a is null",
            Intent::Backfill {
                table: text("t"),
                column: text("a"),
                value: text("b + 1"),
                condition: Some(text("a is null")),
            },
        ),
        ("add check (a > 0) to t", Intent::AddCheck { table: text("t"), expression: text("a > 0") }),
        ("add unique on t (a, \"B\")", Intent::AddUnique { table: text("t"), columns: vec![text("a"), text("B")] }),
        ("drop index i", Intent::DropIndex { index: text("i") }),
        ("drop table s.t", Intent::DropTable { table: text("s.t") }),
    ] {
        assert_eq!(parse_intent(words), Ok(intent), "{words}");
    }
}

#[test]
fn other_words_list_the_forms() {
    let error = parse_intent("make it fast").unwrap_err().to_string();
    assert!(
        error.starts_with("`make it fast` is not understood") && error.contains("backfill TABLE.COLUMN"),
        "{error}"
    );
}

#[test]
fn parts_that_are_no_sql_are_named_and_nothing_is_smuggled_in() {
    for words in [
        "add column a int; drop table t; -- to t",
        "add column a not a type to t",
        "add check (true); drop table t; select (1) to t",
        "backfill t.a with 1; drop table t",
        "backfill t.a with 1 where true /* */",
        "change type of t.a to int using (select 1)",
        "create index on t (a); drop table t; select (1)",
    ] {
        assert!(matches!(parse_intent(words), Err(AuthorError::Sql { .. })), "{words}: {:?}", parse_intent(words));
    }
}
