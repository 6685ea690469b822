use super::*;
use crate::parse_intent;

fn rendered(tool: Tool, words: &str) -> String {
    let convention = Convention {
        tool,
        last_version: Some("0041".to_owned()),
        now: Some("20250102030405".to_owned()),
        parent: match tool {
            Tool::Alembic => Some("ab12".to_owned()),
            Tool::Django => Some("0041_before".to_owned()),
            Tool::Rails => Some("7.1".to_owned()),
            _ => None,
        },
        ..Convention::plain("shop/migrations")
    };
    let intent = parse_intent(words).unwrap();
    let files = author(&intent, &convention, &Context::default()).unwrap();
    files.iter().map(|file| format!("==> {}\n{}\n", file.path, file.contents)).collect()
}

#[test]
fn every_tool_gets_its_own_form() {
    for tool in [
        Tool::Sqlx,
        Tool::Flyway,
        Tool::Goose,
        Tool::Dbmate,
        Tool::GolangMigrate,
        Tool::Diesel,
        Tool::Prisma,
        Tool::Knex,
        Tool::Alembic,
        Tool::Django,
        Tool::Rails,
        Tool::Plain,
    ] {
        let text = rendered(tool, "add column token uuid not null default gen_random_uuid() to users");
        let index = rendered(tool, "create index on users (token)");
        insta::assert_snapshot!(format!("{tool:?}"), format!("{text}{index}"));
    }
}

#[test]
fn what_must_be_known_is_asked_for() {
    let convention = Convention::plain("m");
    let intent = parse_intent("rename column a to b in t").unwrap();
    let error = author(&intent, &convention, &Context::default()).unwrap_err();
    assert_eq!(error.to_string(), "the present type of t.a is not known: give a database");
}
