//! The proof: every attack does harm where nothing confines it, and none in the sandbox or through
//! the file tools; all ordinary work goes on.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test fails by panicking")]
#![allow(unreachable_pub, missing_docs, reason = "modules of a test")]

mod cases;
mod naive;
mod world;

use dbwright_contract::{CallCx, TokenBudget, Toolbox};
use dbwright_policy::{Decision, Mode, path, shell};
use dbwright_workspace::{Bash, Edit, Glob, Grep, Read, SandboxOptions, Workspace, Write};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use cases::{Action, Case, cases};
use world::World;

async fn toolbox(world: &World) -> Toolbox {
    let workspace = Workspace::new(&world.work()).unwrap();
    let launcher = Some(env!("CARGO_BIN_EXE_dbwright-launcher").into());
    let options = SandboxOptions { launcher, ..SandboxOptions::default() };
    let bash = Bash::detect_with(options, &workspace).await.expect("this machine has no sandbox");
    Toolbox::new()
        .with(bash)
        .with(Read::new(workspace.clone()))
        .with(Edit::new(workspace.clone()))
        .with(Write::new(workspace.clone()))
        .with(Grep::new(workspace.clone()))
        .with(Glob::new(workspace))
}

/// Runs a case as the agent would, past the policy: the answer, and whether it succeeded.
async fn guarded(world: &World, case: &Case) -> (String, bool) {
    let tools = toolbox(world).await;
    let cx = CallCx::detached(CancellationToken::new());
    let (name, arguments) = match &case.action {
        Action::Script(script) => ("Bash", json!({"command": world.filled(script), "timeout_s": 20})),
        Action::Tool { name, arguments } => (name.as_str(), serde_json::from_str(&world.filled(arguments)).unwrap()),
    };
    match tools.get(name).unwrap().call(&cx, arguments, TokenBudget::default()).await {
        Ok(outcome) => {
            let fine = name != "Bash" || outcome.json["exit_code"] == json!(0);
            (format!("{}\n{}", outcome.text, flat(&outcome.json)), fine)
        }
        Err(error) => (error.to_string(), false),
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(flat).collect(),
        Value::Object(fields) => fields.values().map(flat).collect(),
        _ => String::new(),
    }
}

fn unguarded(world: &World, case: &Case) -> String {
    match &case.action {
        Action::Script(script) => world.unconfined(&world.filled(script)),
        Action::Tool { name, arguments } => naive::call(&world.work(), name, &world.filled(arguments)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_do_harm_outside_and_none_inside() {
    let attacks = cases("attacks.txt");
    let (mut unproven, mut harmful) = (Vec::new(), Vec::new());
    let only = std::env::var("GUARD_ONLY").unwrap_or_default();
    for case in attacks.iter().filter(|case| case.name.starts_with(&only)) {
        let mut outside = World::new(&case.prepare);
        let output = unguarded(&outside, case);
        if outside.harm(&output).is_empty() {
            unproven.push(format!("{}: {output}", case.name));
        }
        let mut inside = World::new(&case.prepare);
        let (output, _) = guarded(&inside, case).await;
        let harm = inside.harm(&output);
        if !harm.is_empty() {
            harmful.push(format!("{}: {harm:?}: {output}", case.name));
        }
    }
    // An ordinary user without a sandbox cannot do everything that root can.
    let root = rustix::process::getuid().is_root();
    assert!(
        harmful.is_empty() && (unproven.is_empty() || !root),
        "{} of {} got through: {harmful:#?}; {} prove nothing: {unproven:#?}",
        harmful.len(),
        attacks.len(),
        unproven.len()
    );
    assert!(!only.is_empty() || attacks.len() - unproven.len() >= 130);
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_work_goes_on() {
    let work = cases("benign.txt");
    let mut refused = Vec::new();
    for case in &work {
        let world = World::new(&case.prepare);
        let (output, fine) = guarded(&world, case).await;
        if !fine {
            refused.push(format!("{}: {output}", case.name));
        }
    }
    assert!(refused.is_empty(), "{} of {} failed: {refused:#?}", refused.len(), work.len());
    assert!(work.len() >= 60);
}

/// The reading alone, as `policy check` uses it.
#[test]
fn reading_refuses_attacks_and_lets_work_pass() {
    let decision = |case: &Case| match &case.action {
        Action::Script(script) => Some(shell::judge(&script.replace("{WORLD}", "/srv/app"), Mode::Readonly).decision),
        Action::Tool { name, arguments } => {
            let path = serde_json::from_str::<Value>(arguments).unwrap()["path"].as_str()?.replace("{WORLD}", "/srv");
            let kind = if matches!(name.as_str(), "Write" | "Edit") { "write" } else { "read" };
            Some(path::judge_below(Some("/srv/work".as_ref()), &format!("{kind}:{path}"), Mode::Readonly).decision)
        }
    };
    let blocked: Vec<String> = cases("benign.txt")
        .iter()
        .filter(|case| decision(case) == Some(Decision::Block))
        .map(|case| case.name.clone())
        .collect();
    assert!(blocked.is_empty(), "{blocked:?}");
    let asked: Vec<String> = cases("benign.txt")
        .iter()
        .filter(|case| matches!(case.action, Action::Script(_)) && decision(case) == Some(Decision::Ask))
        .map(|case| case.name.clone())
        .collect();
    assert!(asked.len() <= 3, "{asked:?}");
    // What lies behind a link, or takes its time, a reading cannot know: the sandbox and the kernel do.
    let attacks = cases("attacks.txt");
    let allowed: Vec<&str> =
        attacks.iter().filter(|case| decision(case) == Some(Decision::Allow)).map(|case| case.name.as_str()).collect();
    assert!(allowed.len() * 4 <= attacks.len(), "{} of {}: {allowed:?}", allowed.len(), attacks.len());
}
