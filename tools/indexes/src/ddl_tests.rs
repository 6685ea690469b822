use super::*;
use crate::{CandidateClass, IndexKey, TableName};

fn candidate() -> Candidate {
    let keys = vec![
        IndexKey::new(KeyExpression::Column("tenantId".into())),
        IndexKey::new(KeyExpression::Expression {
            sql: "lower(email)".into(),
            columns: vec!["email".into()],
            data_type: None,
        })
        .direction(Direction { descending: true, nulls_first: true }),
    ];
    Candidate {
        include: vec!["id".into()],
        predicate: Some("deleted_at IS NULL".into()),
        ..Candidate::btree(TableName::new("app", "User"), keys, CandidateClass::Btree)
    }
}

#[test]
fn statement_quotes_and_orders_its_parts() {
    assert_eq!(
        create_statement(&candidate(), "i"),
        r#"CREATE INDEX CONCURRENTLY i ON app."User" USING btree ("tenantId", (lower(email)) DESC) INCLUDE (id) WHERE deleted_at IS NULL"#
    );
    assert_eq!(drop_statement("app", "I"), r#"DROP INDEX CONCURRENTLY IF EXISTS app."I""#);
}

#[test]
fn names_are_short_and_free() {
    let name = index_name(&candidate(), &BTreeSet::new());
    assert_eq!(name, "User_tenantId_lower_email_partial_idx");
    let second = index_name(&candidate(), &BTreeSet::from([name]));
    assert_eq!(second, "User_tenantId_lower_email_partial_idx1");
    let mut long = candidate();
    long.table.name = "ü".repeat(60);
    let name = index_name(&long, &BTreeSet::new());
    assert!(name.len() <= 63 && name.ends_with("_partial_idx"), "{name}");
}
