use super::*;
use dbwright_sql::SqlError;

use crate::sql::read_only_refusal;

#[test]
fn every_rule_refuses_its_examples_and_lets_the_neighbours_pass() {
    for rule in refusal_rules() {
        assert!(!rule.refused.is_empty() && !rule.allowed.is_empty(), "{}", rule.id);
        for sql in rule.refused {
            let refusal = read_only_refusal(sql).unwrap();
            assert_eq!(refusal.as_ref().map(|refusal| refusal.rule), Some(rule.id), "{sql}: {refusal:?}");
        }
        for sql in rule.allowed {
            assert_eq!(read_only_refusal(sql).unwrap(), None, "{sql}");
        }
    }
}

#[test]
fn several_statements_and_broken_ones_do_not_pass() {
    assert_eq!(read_only_refusal("SELECT 1; SELECT 2").unwrap().unwrap().rule, "one_statement");
    assert!(matches!(read_only_refusal("SELEC 1"), Err(SqlError::Syntax { .. })));
    assert_eq!(read_only_refusal(";").unwrap_err(), SqlError::Empty);
}

#[test]
fn disguises_do_not_help() {
    for sql in [
        "SELECT \"pg_read_file\"('/etc/passwd')",
        "SELECT U&\"pg\\005fread_file\"('/etc/passwd')",
        "SELECT PG_READ_FILE('/etc/passwd')",
        "SELECT/**/pg_terminate_backend/**/(1)",
        "SELECT 1 WHERE EXISTS (SELECT pg_advisory_lock(1))",
        "SELECT * FROM generate_series(1, (SELECT setval('s', 1)::int))",
        "SELECT * FROM \"pg_authid\"",
    ] {
        assert!(read_only_refusal(sql).unwrap().is_some(), "{sql}");
    }
}
