use dbwright_postgres::{Database, DatabaseConfig};

use super::*;

fn schedule(name: &str, cron: &str, targets: &[&str]) -> ScheduleSettings {
    ScheduleSettings {
        name: name.into(),
        cron: cron.into(),
        targets: targets.iter().map(|name| (*name).to_owned()).collect(),
        fail_on: None,
        notify: None,
    }
}

fn databases(names: &[&str]) -> Databases {
    let database = |name: &&str| Database::new(DatabaseConfig::new(*name, "postgres://u@127.0.0.1/d")).unwrap();
    Databases::new(names.iter().map(database))
}

fn read(schedules: &[ScheduleSettings]) -> Result<Vec<Plan>, String> {
    plans(schedules, &databases(&["app", "billing"]), None, &Courier::new(&[])).map_err(|exit| exit.to_string())
}

#[tokio::test]
async fn patterns_of_five_and_six_fields_are_read_in_utc() {
    let plans = read(&[schedule("daily", "30 6 * * 1-5", &[]), schedule("often", "*/5 * * * * *", &[])]).unwrap();
    let friday: DateTime<Utc> = "2026-11-20T06:30:00Z".parse().unwrap();
    assert_eq!(plans[0].next_after(friday).unwrap().to_rfc3339(), "2026-11-23T06:30:00+00:00");
    assert_eq!(plans[1].next_after(friday).unwrap().to_rfc3339(), "2026-11-20T06:30:05+00:00");
}

#[tokio::test]
async fn what_is_wrong_is_named_with_schedule_and_field() {
    let error = |cron: &str| read(&[schedule("nightly", cron, &[])]).unwrap_err();
    assert!(error("0 25 * * *").starts_with("schedule nightly: cron: `0 25 * * *` has a wrong hour, `25`"));
    assert!(error("x * * * * *").contains("wrong second, `x`"));
    assert!(error("often").contains("five or six fields"));
    assert!(error("0 0 30 2 *").contains("never comes"));
    let named = |name: &str| read(&[schedule(name, "0 6 * * *", &[])]).unwrap_err();
    assert!(named("").contains("name"));
    assert!(named("a,b").contains("comma"));
    let twice = [schedule("n", "0 6 * * *", &[]), schedule("n", "0 7 * * *", &[])];
    assert!(read(&twice).unwrap_err().contains("two schedules"));
    let unknown = read(&[schedule("n", "0 6 * * *", &["cache"])]).unwrap_err();
    assert_eq!(unknown, "schedule n: targets: there is no target cache; there are: app, billing");
}

#[tokio::test]
async fn every_database_is_a_review_of_its_own() {
    let names = |targets: &[&str]| read(&[schedule("n", "0 6 * * *", targets)]).unwrap()[0].target_names().join(" ");
    assert_eq!(names(&[]), "app billing");
    assert_eq!(names(&["billing"]), "billing");
    let nothing = plans(&[schedule("n", "0 6 * * *", &[])], &Databases::default(), None, &Courier::new(&[])).unwrap();
    assert_eq!(nothing[0].targets, [PlannedTarget { database: None, redis: false }]);
}
