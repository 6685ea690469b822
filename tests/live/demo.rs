//! The demo, reviewed by the real binary: everything that was planted is found, nothing else is
//! accused, and the second review knows the first.

use dbwright::demo::{
    Demo, DemoOptions,
    expected::{DECOYS, PLANTED, Seen},
};
use dbwright_servers::{InstallPolicy, Quiet};
use serde_json::Value;

use crate::support::program::Home;

fn text<'a>(finding: &'a Value, pointer: &str) -> &'a str {
    finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a finding is about an object: by its name, its file, or its title.
fn is_about(finding: &Value, object: &str) -> bool {
    [text(finding, "/object/name"), text(finding, "/location/file"), text(finding, "/title")]
        .iter()
        .any(|place| place.contains(object))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_of_the_demo_finds_what_was_planted_and_accuses_nothing_else() {
    let home = Home::new();
    let options = DemoOptions { policy: InstallPolicy::FindOnly, repository: home.path().join("repository") };
    let demo = Demo::start(options, &mut Quiet).await.unwrap();
    let statements = home.path().join("statements.sql");
    let executed: String = PLANTED
        .iter()
        .filter_map(|planted| match planted.seen {
            Seen::Plan(sql) => Some(format!("{sql};\n")),
            _ => None,
        })
        .collect();
    std::fs::write(&statements, executed).unwrap();
    let repository = demo.repository.display().to_string();
    let redis = demo.redis_url.clone().expect("the tests have a Redis");
    let statements = statements.display().to_string();
    let arguments = [
        "review",
        "--format",
        "json",
        "--db",
        &demo.database_url,
        "--redis",
        &redis,
        "--path",
        &repository,
        "--sql",
        &statements,
    ];
    let first = home.run(&arguments).await;
    assert_eq!(first.code, 0, "{}", first.stderr);
    let review: Value = serde_json::from_str(&first.stdout).unwrap();
    let findings = review["findings"].as_array().unwrap();

    let missed: Vec<String> = PLANTED
        .iter()
        .filter(|planted| !matches!(planted.seen, Seen::AfterAWeek | Seen::AfterAMinute))
        .filter(|planted| {
            !findings.iter().any(|finding| finding["rule"] == planted.rule && is_about(finding, planted.object))
        })
        .map(|planted| format!("{} on {}", planted.rule, planted.object))
        .collect();
    assert!(missed.is_empty(), "not found: {missed:#?}\ngaps: {:#}\n{}", review["gaps"], first.stderr);
    let accused: Vec<String> = DECOYS
        .iter()
        .flat_map(|decoy| findings.iter().map(move |finding| (decoy, finding)))
        .filter(|(decoy, finding)| {
            decoy.silent.iter().any(|rule| finding["rule"] == *rule) && is_about(finding, decoy.object)
        })
        .map(|(decoy, finding)| format!("{} ({}): {}", decoy.object, decoy.what, text(finding, "/title")))
        .collect();
    assert!(accused.is_empty(), "fine as they are: {accused:#?}");

    // Promise: what is advised as measured was executed, and got better.
    // An index that can go was executed without: there nothing gets better, and nothing worse.
    let improves = |finding: &&Value| finding["confidence"] == "measured" && finding["rule"] != "superfluous_index";
    for finding in findings.iter().filter(improves) {
        assert!(finding["measured"]["ratio"].as_f64().is_some_and(|ratio| ratio > 1.0), "{finding:#}");
    }
    assert!(findings.iter().any(|finding| finding["rule"] == "missing_index" && finding["confidence"] == "measured"));
    // Nothing of the servers' addresses leaks into findings.
    assert!(!first.stdout.contains(&demo.database_url));

    let second = home.run(&arguments).await;
    assert_eq!(second.code, 0, "{}", second.stderr);
    let again: Value = serde_json::from_str(&second.stdout).unwrap();
    assert!(again["since_last"]["at"].is_string());
    let same = again["since_last"]["same"].as_array().unwrap().len();
    assert!(same * 10 >= findings.len() * 9, "{same} of {} are the same\n{:#}", findings.len(), again["since_last"]);
    assert!(!review["learnings"]["saved"].as_array().unwrap().is_empty(), "{:#}", review["learnings"]);
    assert!(!again["learnings"]["recalled"].as_array().unwrap().is_empty(), "{:#}", again["learnings"]);

    let failing = home.run(&["check", "-q", "--fail-on", "high", "--db", &demo.database_url]).await;
    assert_eq!(failing.code, 10, "{}", failing.stderr);
    demo.stop().await.unwrap();
}
