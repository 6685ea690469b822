use super::*;
use crate::{PreparedTransaction, Probe, Snapshot, fixture};

#[test]
fn forgotten_ones_of_this_database_are_reported_with_a_safe_statement() {
    let prepared = |gid: &str, database: &str, age_s| PreparedTransaction {
        gid: gid.into(),
        owner: "app".into(),
        database: database.into(),
        age_s,
        xid_age: 10,
    };
    let rows = vec![prepared("o'ne", "shop", 9_000.0), prepared("new", "shop", 1.0), prepared("far", "other", 9_000.0)];
    let snapshot = Snapshot { server: fixture::server(), prepared: Probe::Ok(rows), ..Snapshot::default() };
    let finding = fixture::only(&snapshot, RULE.id);
    assert_eq!(finding.fix.unwrap().statements, ["ROLLBACK PREPARED 'o''ne'"]);
}
