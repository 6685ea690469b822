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
        create_statements(&candidate(), "i", &Catalog::default()),
        [
            r#"CREATE INDEX CONCURRENTLY i ON app."User" USING btree ("tenantId", (lower(email)) DESC) INCLUDE (id) WHERE deleted_at IS NULL"#
        ]
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

#[test]
fn partitions_get_theirs_one_by_one() {
    let named = |name: &str, kind| crate::Table { kind, ..crate::Table::new("public", name) };
    let of = |name: &str, parent: &str, kind| crate::Table {
        parent: Some(TableName::new("public", parent)),
        bound: Some("DEFAULT".into()),
        ..named(name, kind)
    };
    let catalog = Catalog {
        tables: vec![
            named("m", TableKind::Partitioned),
            of("m_1", "m", TableKind::Table),
            of("m_2", "m", TableKind::Partitioned),
            of("m_2a", "m_2", TableKind::Table),
        ],
        ..Catalog::default()
    };
    let keys = vec![IndexKey::new(KeyExpression::Column("a".into()))];
    let candidate = Candidate::btree(TableName::new("public", "m"), keys, CandidateClass::Btree);
    assert_eq!(
        create_statements(&candidate, "m_a_idx", &catalog),
        [
            "CREATE INDEX m_a_idx ON ONLY public.m USING btree (a)",
            "CREATE INDEX CONCURRENTLY m_1_a_idx ON public.m_1 USING btree (a)",
            "ALTER INDEX public.m_a_idx ATTACH PARTITION public.m_1_a_idx",
            "CREATE INDEX m_2_a_idx ON ONLY public.m_2 USING btree (a)",
            "CREATE INDEX CONCURRENTLY m_2a_a_idx ON public.m_2a USING btree (a)",
            "ALTER INDEX public.m_2_a_idx ATTACH PARTITION public.m_2a_a_idx",
            "ALTER INDEX public.m_a_idx ATTACH PARTITION public.m_2_a_idx",
        ]
    );
    assert_eq!(undo_statement(&candidate, "m_a_idx", &catalog), "DROP INDEX IF EXISTS public.m_a_idx");
}
