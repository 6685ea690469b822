//! The sandbox confines, or there is none. `DBWRIGHT_TEST_BWRAP` names a bubblewrap that is not
//! in the usual places.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, os::unix::net::UnixListener, time::Duration};

use dbwright_contract::{CallCx, Effect, Outcome, TokenBudget, ToolError, Toolbox};
use dbwright_workspace::{Bash, SandboxOptions, Workspace};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

async fn detect(workspace: &Workspace) -> Result<Bash, String> {
    let bwrap = std::env::var_os("DBWRIGHT_TEST_BWRAP").map(Into::into);
    let launcher = Some(env!("CARGO_BIN_EXE_dbwright-launcher").into());
    Bash::detect_with(SandboxOptions { bwrap, launcher, ..SandboxOptions::default() }, workspace).await
}

async fn call(tools: &Toolbox, cancel: &CancellationToken, args: Value) -> Result<Outcome, ToolError> {
    tools.get("Bash").unwrap().call(&CallCx::detached(cancel.clone()), args, TokenBudget::default()).await
}

async fn run(tools: &Toolbox, command: &str) -> Value {
    call(tools, &CancellationToken::new(), json!({"command": command})).await.unwrap().json
}

#[tokio::test]
async fn what_does_not_confine_is_no_sandbox() {
    let folder = TempDir::new().unwrap();
    let workspace = Workspace::new(folder.path()).unwrap();
    let at = |bwrap: &str| SandboxOptions { bwrap: Some(bwrap.into()), ..SandboxOptions::default() };
    let refused = Bash::detect_with(at("/bin/false"), &workspace).await.unwrap_err();
    assert!(refused.contains("does not let bubblewrap"), "{refused}");
    let missing = Bash::detect_with(at("/no/such/bwrap"), &workspace).await.unwrap_err();
    assert!(missing.contains("does not start"), "{missing}");
}

#[tokio::test]
async fn a_command_is_confined_to_the_workspace() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("work");
    fs::create_dir_all(root.join(".git/hooks")).unwrap();
    fs::write(root.join(".git/config"), "[core]\n").unwrap();
    fs::write(folder.path().join("secret"), "s3cret").unwrap();
    let _socket = UnixListener::bind(folder.path().join("postgres.sock")).unwrap();
    let workspace = Workspace::new(&root).unwrap();
    let tools = match detect(&workspace).await {
        Ok(bash) => Toolbox::new().with(bash),
        // Without a sandbox the tool must be absent, with a reason: that is the whole behaviour.
        Err(reason) => return assert!(reason.starts_with("no sandbox: "), "{reason}"),
    };
    let assessment = tools.get("Bash").unwrap().assess(&json!({"command": "make\ntest"})).unwrap();
    assert_eq!((assessment.effect, assessment.summary.as_str()), (Effect::Shell, "run make test"));

    let done = run(&tools, "echo hello; pwd; echo x > made.txt; echo oops >&2; exit 3").await;
    assert_eq!(done["exit_code"], json!(3));
    assert_eq!(done["stdout"], json!(format!("hello\n{}\n", workspace.root().display())));
    assert_eq!(done["stderr"], json!("oops\n"));
    assert_eq!(fs::read_to_string(root.join("made.txt")).unwrap(), "x\n");

    let outside = folder.path().display().to_string();
    for attack in [
        format!("cat {outside}/secret"),
        format!("test -S {outside}/postgres.sock"),
        "cat /etc/shadow".to_owned(),
        "ls /root/.ssh /home/*".to_owned(),
        "echo x > .git/hooks/pre-commit".to_owned(),
        "echo x >> .git/config".to_owned(),
        "mkdir .dbwright/x".to_owned(),
        "mv .claude gone".to_owned(),
        "echo x > /usr/bin/x".to_owned(),
        "env | grep -v -e ^PWD= -e ^HOME=/tmp/home -e ^PATH= -e ^LANG= -e ^TERM= -e ^SHLVL= -e ^_= -e ^GIT_OPTIONAL_LOCKS=".to_owned(),
        "tr '\\0' '\\n' < /proc/1/environ | grep .".to_owned(),
        "exec 3<>/dev/tcp/127.0.0.1/22".to_owned(),
        "grep -v -e lo: -e '|' /proc/net/dev".to_owned(),
    ] {
        let tried = run(&tools, &attack).await;
        assert_ne!(tried["exit_code"], json!(0), "{attack}: {tried}");
    }
    for absent in [".dbwright", ".claude", ".vscode", "gone"] {
        assert!(!root.join(absent).exists(), "{absent} is left behind");
    }

    let long = run(&tools, "head -c 3000000 /dev/zero | tr '\\0' a").await;
    assert!(long["stdout"].as_str().unwrap().len() < 40_000);

    let mark = "54321.75";
    let never = CancellationToken::new();
    let slow = json!({"command": format!("sleep {mark} & sleep {mark}"), "timeout_s": 1});
    assert_eq!(call(&tools, &never, slow).await.unwrap().json["timed_out"], json!(true));
    no_process_with(mark).await;
    let cancel = CancellationToken::new();
    let trigger = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        trigger.cancel();
    });
    let stopped = call(&tools, &cancel, json!({"command": format!("setsid sleep {mark} & sleep {mark}")})).await;
    assert!(matches!(stopped, Err(ToolError::Cancelled)));
    no_process_with(mark).await;
}

/// Waits until no process has this word in its command line; fails by the test's own time limit.
async fn no_process_with(mark: &str) {
    let running = || {
        fs::read_dir("/proc").unwrap().filter_map(Result::ok).any(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|word| word == mark.as_bytes())
        })
    };
    while running() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_is_named_is_covered_and_nothing_stays_behind() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().canonicalize().unwrap().join("work");
    for (path, text) in [("state/state.db", "memory"), ("personas/dba.md", "persona"), ("src/a.rs", "code")] {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // What a program that was killed leaves behind.
    fs::create_dir(root.join(".claude")).unwrap();
    fs::set_permissions(root.join(".claude"), std::os::unix::fs::PermissionsExt::from_mode(0o1755)).unwrap();
    // What somebody wants to have.
    fs::create_dir(root.join(".vscode")).unwrap();
    let workspace = Workspace::new(&root).unwrap();
    let options = SandboxOptions {
        launcher: Some(env!("CARGO_BIN_EXE_dbwright-launcher").into()),
        read_only: vec![root.join("personas/dba.md"), root.join("later.md")],
        sealed: vec![root.join("state")],
        ..SandboxOptions::default()
    };
    let bash = match Bash::detect_with(options, &workspace).await {
        Ok(bash) => bash,
        Err(reason) => return assert!(reason.starts_with("no sandbox: "), "{reason}"),
    };
    assert!(bash.layers().contains("system calls filtered"), "{}", bash.layers());
    let tools = Toolbox::new().with(bash);
    for attack in [
        "cat state/state.db",
        "echo x > state/new",
        "mv state gone",
        "echo x >> personas/dba.md",
        "mv personas gone",
        "echo x > later.md",
    ] {
        let tried = run(&tools, attack).await;
        assert_ne!(tried["exit_code"], json!(0), "{attack}: {tried}");
    }
    assert_eq!(run(&tools, "ls -A state .claude; cat personas/dba.md").await["exit_code"], json!(0));
    assert!(!root.join(".claude").exists() && !root.join("later.md").exists() && !root.join(".git").exists());
    assert!(root.join(".vscode").exists(), "a folder that was there stays");
    assert_eq!(fs::read_to_string(root.join("state/state.db")).unwrap(), "memory");

    // A dropped call takes everything with it too.
    let never = CancellationToken::new();
    let mark = "54322.5";
    let args = json!({"command": format!("touch started; setsid sleep {mark} & sleep {mark}")});
    let dropped = async {
        tokio::select! {
            _ = call(&tools, &never, args) => panic!("it sleeps"),
            () = async { while !root.join("started").exists() { tokio::time::sleep(Duration::from_millis(10)).await } } => {}
        }
    };
    dropped.await;
    no_process_with(mark).await;
    assert!(!root.join(".git").exists());

    // One at a time: both do their work, neither loses its covers.
    let (one, two) = tokio::join!(run(&tools, "sleep 0.2; ls -d .git"), run(&tools, "ls -d .git"));
    assert_eq!((&one["exit_code"], &two["exit_code"]), (&json!(0), &json!(0)));
    assert!(!root.join(".git").exists());
}

#[tokio::test]
async fn what_is_refused_by_reading_is_not_run() {
    let folder = TempDir::new().unwrap();
    let workspace = Workspace::new(folder.path()).unwrap();
    let bash = match detect(&workspace).await {
        Ok(bash) => bash,
        Err(reason) => return assert!(reason.starts_with("no sandbox: "), "{reason}"),
    };
    let tools = Toolbox::new().with(bash);
    let assess = |command: &str| tools.get("Bash").unwrap().assess(&json!({"command": command})).unwrap();
    assert!(assess("psql -c 'select 1'").refusal.is_some_and(|reason| reason.starts_with("shell.database: psql")));
    assert_eq!(assess("make test").refusal, None);
    assert_eq!(assess("some-tool").refusal, None);
}
