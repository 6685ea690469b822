//! The real binary in a home of its own.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// A home folder, a project folder and no environment but what is set here.
pub struct Home {
    folder: TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("project")).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The program with these arguments; nothing of the machine's environment reaches it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dbwright"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("DBWRIGHT_HOME", self.folder.path().join("state"))
            .current_dir(self.project())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments)).await
    }

    /// Runs against a scripted endpoint.
    pub async fn run_with_model(&self, base_url: &str, arguments: &[&str]) -> Ended {
        ended(self.command_with_model(base_url, arguments)).await
    }

    pub fn command_with_model(&self, base_url: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command
            .env("OPENAI_BASE_URL", base_url)
            .env("OPENAI_API_KEY", "sk-test-0123456789abcdef")
            .env("DBWRIGHT_MODEL", "scripted");
        command
    }
}

async fn ended(mut command: Command) -> Ended {
    let output = command.output().await.unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A run whose JSON lines are read while it goes on.
pub struct Running {
    pub child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    pub seen: Vec<Value>,
}

impl Running {
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, seen: Vec::new() }
    }

    /// Reads events until one of this type comes; `None` when the output ends before.
    pub async fn until(&mut self, kind: &str) -> Option<Value> {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            let event: Value = serde_json::from_str(&line).unwrap();
            self.seen.push(event.clone());
            if event["type"] == kind {
                return Some(event);
            }
        }
        None
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id().unwrap()).unwrap()
    }

    pub async fn code(&mut self) -> i32 {
        while self.until("\u{0}never").await.is_some() {}
        self.child.wait().await.unwrap().code().unwrap_or(-1)
    }
}

pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
