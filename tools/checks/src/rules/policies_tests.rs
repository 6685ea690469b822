use super::*;
use crate::{Probe, Snapshot, Table, fixture};

fn table() -> Table {
    Table { row_security: true, owner: "app".into(), ..fixture::table(1, "notes", 50_000) }
}

fn policy(name: &str, command: &str, using: &str) -> Policy {
    Policy {
        name: name.into(),
        table: 1,
        relation: table().name,
        permissive: true,
        command: command.into(),
        roles: vec!["public".into()],
        using: Some(using.into()),
        ..Policy::default()
    }
}

fn with(policies: Vec<Policy>) -> Snapshot {
    Snapshot {
        server: fixture::server(),
        tables: Probe::Ok(vec![table()]),
        policies: Probe::Ok(policies),
        ..Snapshot::default()
    }
}

#[test]
fn permissive_policies_for_one_command_add_up() {
    let two = with(vec![policy("own", "ALL", "(a = 1)"), policy("shared", "SELECT", "(b = 1)")]);
    assert!(fixture::only(&two, PERMISSIVE.id).title.starts_with("SELECT on public.notes (50,000 rows) evaluates 2"));
    let apart = with(vec![policy("read", "SELECT", "(a = 1)"), policy("write", "UPDATE", "(a = 1)")]);
    assert!(fixture::found(&apart, PERMISSIVE.id).is_empty());
}

#[test]
fn what_users_write_themselves_decides_nothing() {
    let trusting =
        with(vec![policy("p", "ALL", "((jwt() -> 'user_metadata'::text) ->> 'role'::text) = 'admin'::text")]);
    assert_eq!(fixture::only(&trusting, METADATA.id).severity, Severity::High);
    let sound = with(vec![policy("p", "ALL", "((jwt() -> 'app_metadata'::text) ->> 'role'::text) = 'admin'::text")]);
    assert!(fixture::found(&sound, METADATA.id).is_empty());
}

#[test]
fn an_application_that_owns_the_tables_is_exempt() {
    let mut snapshot = with(vec![policy("p", "ALL", "(a = 1)")]);
    snapshot.sessions = Probe::Ok(vec![fixture::session(7, "idle")]);
    let fix = fixture::only(&snapshot, OWNER.id).fix.unwrap();
    assert_eq!(fix.statements, ["ALTER TABLE public.notes FORCE ROW LEVEL SECURITY"]);
    assert_eq!(fix.undo, ["ALTER TABLE public.notes NO FORCE ROW LEVEL SECURITY"]);
    snapshot.tables = Probe::Ok(vec![Table { owner_superuser: true, ..table() }]);
    assert!(fixture::found(&snapshot, OWNER.id).is_empty());
    snapshot.tables = Probe::Ok(vec![Table { force_row_security: true, ..table() }]);
    assert!(fixture::found(&snapshot, OWNER.id).is_empty());
}
