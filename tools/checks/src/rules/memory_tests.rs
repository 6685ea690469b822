use super::*;
use crate::{FileError, Probe, Snapshot, fixture};

const GIB: i64 = 1 << 30;

fn with(values: &[(&str, &str, &str)]) -> Snapshot {
    let mut settings = fixture::settings(values);
    if let Probe::Ok(settings) = &mut settings {
        settings.0.values_mut().for_each(|setting| setting.source = "configuration file".into());
    }
    Snapshot { server: fixture::server(), settings, ..Snapshot::default() }
}

#[test]
fn huge_pages_are_worth_it_for_large_caches() {
    assert_eq!(
        fixture::found(&with(&[("shared_buffers", "16", "GB"), ("huge_pages", "off", "")]), HUGE_PAGES.id).len(),
        1
    );
    assert!(
        fixture::found(&with(&[("shared_buffers", "16", "GB"), ("huge_pages", "try", "")]), HUGE_PAGES.id).is_empty()
    );
    assert!(
        fixture::found(&with(&[("shared_buffers", "1", "GB"), ("huge_pages", "off", "")]), HUGE_PAGES.id).is_empty()
    );
}

#[test]
fn the_budget_needs_settings_that_somebody_made() {
    let values = [
        ("work_mem", "256", "MB"),
        ("max_connections", "200", ""),
        ("hash_mem_multiplier", "2", ""),
        ("effective_cache_size", "12", "GB"),
    ];
    assert!(fixture::only(&with(&values), BUDGET.id).title.contains("100 GB"));
    let untouched = Snapshot { settings: fixture::settings(&values), ..with(&[]) };
    assert!(fixture::found(&untouched, BUDGET.id).is_empty());
}

#[test]
fn the_cache_is_at_least_the_buffers() {
    let small = with(&[("shared_buffers", "8", "GB"), ("effective_cache_size", "4", "GB")]);
    let fix = fixture::only(&small, CACHE_SIZE.id).fix.unwrap();
    assert_eq!(fix.statements[0], "ALTER SYSTEM SET effective_cache_size = '25165824kB'");
    let fine = with(&[("shared_buffers", "128", "MB"), ("effective_cache_size", "4", "GB")]);
    assert!(fixture::found(&fine, CACHE_SIZE.id).is_empty());
}

#[test]
fn maintenance_memory_follows_the_size() {
    let mut snapshot = with(&[("maintenance_work_mem", "64", "MB")]);
    assert!(fixture::found(&snapshot, MAINTENANCE.id).is_empty());
    if let Probe::Ok(server) = &mut snapshot.server {
        server.size_bytes = Some(100 * GIB);
    }
    assert_eq!(fixture::only(&snapshot, MAINTENANCE.id).severity, Severity::Info);
}

#[test]
fn a_line_that_cannot_be_used_is_named_without_its_folder() {
    let snapshot = Snapshot {
        file_errors: Probe::Ok(vec![FileError {
            file: "/etc/postgresql/postgresql.conf".into(),
            line: 12,
            name: Some("work_mem".into()),
            error: "setting could not be applied".into(),
        }]),
        ..with(&[])
    };
    let finding = fixture::only(&snapshot, FILES.id);
    assert_eq!(finding.title, "line 12 of postgresql.conf (work_mem) cannot be used: setting could not be applied");
}

#[test]
fn overrides_that_switch_off_safety() {
    let entry = |name: &str, value: &str| Override {
        role: Some("app".into()),
        name: name.into(),
        value: value.into(),
        ..Override::default()
    };
    let snapshot = |name: &str, value: &str| Snapshot { overrides: Probe::Ok(vec![entry(name, value)]), ..with(&[]) };
    let finding = fixture::only(&snapshot("enable_nestloop", "off"), OVERRIDES.id);
    let fix = finding.fix.unwrap();
    assert_eq!(
        (fix.statements[0].as_str(), fix.undo[0].as_str()),
        ("ALTER ROLE app RESET enable_nestloop", "ALTER ROLE app SET enable_nestloop = 'off'")
    );
    assert_eq!(fixture::only(&snapshot("session_replication_role", "replica"), OVERRIDES.id).severity, Severity::High);
    assert!(fixture::found(&snapshot("statement_timeout", "5s"), OVERRIDES.id).is_empty());
    assert!(fixture::found(&snapshot("enable_nestloop", "on"), OVERRIDES.id).is_empty());
}
