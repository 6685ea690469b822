//! Reviews by the clock.

use dbwright_servers::testing;

use super::client::Daemon;
use crate::support::program::Home;

fn configure(home: &Home, yaml: &str) {
    std::fs::create_dir_all(home.project().join(".dbwright")).unwrap();
    std::fs::write(home.project().join(".dbwright/config.yaml"), yaml).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_reviews_again_and_again_and_knows_its_last_review() {
    let database = testing::postgres().await.database("scheduled").await;
    let home = Home::new();
    let url = database.url();
    let schedule = "schedules:\n  - {name: often, cron: \"* * * * * *\"}\n";
    configure(&home, &format!("{schedule}databases:\n  app: {{url: \"{url}\", allow_excessive_rights: true}}\n"));
    let mut daemon = Daemon::start(&home, &["--db", "app"]).await;
    let first = daemon.says("findings (").await;
    assert!(first.starts_with("schedule often: "), "{first}");
    let second = daemon.says("findings (").await;
    assert!(second.contains(" 0 new, 0 fixed"), "{second}");
    assert_eq!(daemon.terminate().await, 0);
    let sessions = home.run(&["sessions", "list"]).await;
    assert!(sessions.stdout.matches("review").count() >= 2, "{sessions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_by_the_clock_with_rights_that_could_do_harm() {
    let database = testing::postgres().await.database("unattended").await;
    let home = Home::new();
    configure(&home, "schedules:\n  - {name: often, cron: \"* * * * * *\"}\n");
    let url = database.url();
    let mut daemon = Daemon::start(&home, &["--db", &url]).await;
    let told = daemon.says("no unattended work").await;
    for part in ["schedule often", "is a superuser", "dbwright setup role --db", "allow_excessive_rights"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // At its start, and again when the time has come.
    daemon.says("no unattended work").await;
    assert_eq!(daemon.terminate().await, 0);
    let sessions = home.run(&["sessions", "list"]).await;
    assert!(!sessions.stdout.contains("review"), "{sessions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_makes_no_sense_is_refused_by_name_and_field() {
    let home = Home::new();
    configure(&home, "schedules:\n  - {name: nightly, cron: \"0 25 * * *\"}\n");
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("schedule nightly: cron") && ended.stderr.contains("hour"), "{ended:?}");
}
