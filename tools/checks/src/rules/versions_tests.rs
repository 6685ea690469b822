use super::*;
use crate::{CollationVersion, DatabaseFacts, Extension, Probe, Server, Snapshot, fixture};

fn at(version_num: i32, unix_time: i64) -> Snapshot {
    let server = Server { version_num, unix_time, ..Server::default() };
    Snapshot { server: Probe::Ok(server), ..Snapshot::default() }
}

#[test]
fn support_ends_by_the_servers_own_clock() {
    let day = 86_400;
    let end = 1_762_992_000; // 2025-11-13: 13
    assert_eq!(fixture::only(&at(130_023, end + day), RULE.id).severity, Severity::Medium);
    assert_eq!(fixture::only(&at(130_023, end - 30 * day), RULE.id).severity, Severity::Low);
    assert!(fixture::found(&at(130_023, end - 300 * day), RULE.id).is_empty());
    assert!(fixture::found(&at(180_000, end), RULE.id).is_empty());
}

#[test]
fn extensions_and_collations_are_compared_with_what_is_there() {
    let extension = |installed: &str| Extension {
        name: "postgis".into(),
        installed: installed.into(),
        available: Some("3.4".into()),
        ..Extension::default()
    };
    let snapshot = |installed: &str| Snapshot { extensions: Probe::Ok(vec![extension(installed)]), ..Snapshot::default() };
    assert_eq!(fixture::only(&snapshot("3.3"), EXTENSION.id).fix.unwrap().statements, ["ALTER EXTENSION postgis UPDATE"]);
    assert!(fixture::found(&snapshot("3.4"), EXTENSION.id).is_empty());

    let database = |actual: &str| DatabaseFacts {
        collation_recorded: Some("2.31".into()),
        collation_actual: Some(actual.into()),
        ..fixture::database()
    };
    let snapshot = |actual: &str| Snapshot { databases: Probe::Ok(vec![database(actual)]), ..Snapshot::default() };
    assert_eq!(fixture::only(&snapshot("2.36"), COLLATION.id).severity, Severity::High);
    assert!(fixture::found(&snapshot("2.31"), COLLATION.id).is_empty());
    let collation = CollationVersion { name: "public.german".into(), recorded: "1".into(), actual: "2".into() };
    let snapshot = Snapshot { collations: Probe::Ok(vec![collation]), ..Snapshot::default() };
    assert_eq!(fixture::only(&snapshot, COLLATION.id).fix.unwrap().statements, ["ALTER COLLATION public.german REFRESH VERSION"]);
}
