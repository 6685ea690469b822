//! The workspace holds, and the file tools do what they say.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use dbwright_contract::{Assessment, CallCx, Effect, Outcome, TokenBudget, ToolError, Toolbox};
use dbwright_workspace::{Edit, Glob, Grep, Read, Workspace, WorkspaceError, Write};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

struct Fixture {
    folder: TempDir,
    workspace: Workspace,
    tools: Toolbox,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("work");
        fs::create_dir(&root).unwrap();
        let workspace = Workspace::new(&root).unwrap();
        let tools = Toolbox::new()
            .with(Read::new(workspace.clone()))
            .with(Edit::new(workspace.clone()))
            .with(Write::new(workspace.clone()))
            .with(Grep::new(workspace.clone()))
            .with(Glob::new(workspace.clone()));
        Self { folder, workspace, tools }
    }

    fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn root(&self) -> &Path {
        self.workspace.root()
    }

    async fn call(&self, name: &str, args: Value) -> Result<Outcome, ToolError> {
        let cx = CallCx::detached(CancellationToken::new());
        self.tools.get(name).unwrap().call(&cx, args, TokenBudget::default()).await
    }

    fn assess(&self, name: &str, args: Value) -> Assessment {
        self.tools.get(name).unwrap().assess(&args).unwrap()
    }
}

#[tokio::test]
async fn nothing_outside_is_opened() {
    let f = Fixture::new();
    let outside = f.folder.path().join("outside.txt");
    fs::write(&outside, "outside\n").unwrap();
    fs::create_dir(f.folder.path().join("work2")).unwrap();
    fs::write(f.folder.path().join("work2/x"), "x").unwrap();
    f.put("dir/inside.txt", "inside\n");
    symlink(&outside, f.root().join("link_out")).unwrap();
    symlink("../../outside.txt", f.root().join("dir/relative_out")).unwrap();
    symlink(f.folder.path(), f.root().join("folder_out")).unwrap();
    symlink("dir/inside.txt", f.root().join("link_in")).unwrap();
    symlink("/proc/self/root/etc/passwd", f.root().join("magic")).unwrap();
    fs::hard_link(&outside, f.root().join("hard")).unwrap();

    assert_eq!(f.workspace.read_text("link_in").unwrap().text, "inside\n");
    assert_eq!(f.workspace.read_text("dir/../dir/./inside.txt").unwrap().text, "inside\n");
    let absolute = f.root().join("dir/inside.txt").display().to_string();
    assert_eq!(f.workspace.read_text(&absolute).unwrap().text, "inside\n");

    for path in [
        "../outside.txt",
        "dir/../../outside.txt",
        "/etc/passwd",
        "link_out",
        "dir/relative_out",
        "folder_out/outside.txt",
        "magic",
        "/proc/self/environ",
        outside.to_str().unwrap(),
        "\0",
        f.folder.path().join("work2/x").to_str().unwrap(),
    ] {
        let refused = f.workspace.read_text(path);
        assert!(matches!(refused, Err(WorkspaceError::Outside { .. })), "{path:?}: {refused:?}");
        let read = f.call("Read", json!({"path": path})).await;
        assert!(matches!(read, Err(ToolError::Refused(_))), "{path:?}: {read:?}");
        let write = f.call("Write", json!({"path": path, "content": "x"})).await;
        assert!(write.is_err(), "{path:?}");
    }
    assert!(
        matches!(f.workspace.read_text("hard"), Err(WorkspaceError::NotAFile { what, .. }) if what.contains("hard links"))
    );
    assert!(f.call("Write", json!({"path": "hard", "content": "x"})).await.is_err());
    assert!(f.call("Write", json!({"path": "folder_out/new.txt", "content": "x"})).await.is_err());
    assert!(f.call("Write", json!({"path": "link_in", "content": "x"})).await.is_err(), "a link is not replaced");
    assert_eq!(fs::read_to_string(&outside).unwrap(), "outside\n");
    assert!(!f.folder.path().join("new.txt").exists());

    let found = f.call("Grep", json!({"pattern": "outside"})).await.unwrap();
    assert_eq!(found.json["files"], json!([]));
    let listed = f.call("Glob", json!({"pattern": "*"})).await.unwrap();
    assert!(!listed.text.contains("outside"), "{}", listed.text);
    assert!(f.call("Grep", json!({"pattern": "x", "path": "folder_out"})).await.is_err());
}

#[tokio::test]
async fn odd_files_and_secrets_stay_closed() {
    let f = Fixture::new();
    let pipe = std::process::Command::new("mkfifo").arg(f.root().join("pipe")).status().unwrap();
    assert!(pipe.success());
    let _socket = std::os::unix::net::UnixListener::bind(f.root().join("socket")).unwrap();
    f.put(".env", "PASSWORD=x");
    f.put(".git/config", "[core]");
    f.put("keys/server.pem", "-----");
    f.put("big.txt", vec![b'a'; 9 * 1024 * 1024]);
    f.put("image.png", b"\x89PNG\0\0");
    symlink(".env", f.root().join("innocent.txt")).unwrap();

    // Nobody writes to the pipe: reading it must not wait.
    for path in ["pipe", "socket", "keys", ""] {
        let refused = f.workspace.read_text(path);
        assert!(matches!(refused, Err(WorkspaceError::NotAFile { .. })), "{path}: {refused:?}");
    }
    for path in [".env", ".git/config", "keys/server.pem", "innocent.txt", ".git/hooks/pre-commit"] {
        let refused = f.call("Read", json!({"path": path})).await;
        assert!(matches!(refused, Err(ToolError::Refused(_))), "{path}: {refused:?}");
    }
    for path in [".env", ".git/hooks/pre-commit", ".dbwright/config.yaml", ".claude/agents/a.md"] {
        let args = json!({"path": path, "content": "x"});
        assert!(f.assess("Write", args.clone()).refusal.is_some(), "{path}");
        assert!(matches!(f.call("Write", args).await, Err(ToolError::Refused(_))), "{path}");
    }
    assert!(matches!(f.workspace.read_text("big.txt"), Err(WorkspaceError::TooLarge { .. })));
    assert!(matches!(f.workspace.read_text("image.png"), Err(WorkspaceError::Binary { .. })));
    assert!(matches!(f.call("Read", json!({"path": "nope"})).await, Err(ToolError::NotFound(_))));
    assert!(!f.root().join(".git/hooks").exists());
    let found = f.call("Grep", json!({"pattern": "PASSWORD|core|PNG|---"})).await.unwrap();
    assert_eq!(found.json["files"], json!([]), "secrets and binary files are not searched");
}

#[tokio::test]
async fn read_shows_lines_with_numbers() {
    let f = Fixture::new();
    let text: String = (1..=3000).map(|line| format!("line {line}\n")).collect();
    f.put("a.txt", &text);
    f.put("empty.txt", "");
    let part = f.call("Read", json!({"path": "a.txt", "offset": 10, "limit": 2})).await.unwrap();
    assert_eq!(part.text, "   10  line 10\n   11  line 11\n[lines 10 to 11 of 3000]\n");
    let all = f.call("Read", json!({"path": "./a.txt", "offset": null, "limit": null})).await.unwrap();
    assert!(all.text.ends_with("bytes cut: give offset and limit]"), "{}", all.text.len());
    assert_eq!(all.json["total_lines"], json!(3000));
    assert_eq!(f.call("Read", json!({"path": "empty.txt"})).await.unwrap().text, "empty.txt is empty");
    assert!(matches!(f.call("Read", json!({"path": "a.txt", "offset": 4000})).await, Err(ToolError::Arguments(_))));
    assert_eq!(f.assess("Read", json!({"path": "a.txt"})).effect, Effect::Observe);
}

#[tokio::test]
async fn edit_keeps_everything_but_the_text() {
    let f = Fixture::new();
    f.put("a.sql", b"\xef\xbb\xbfSELECT 1;\r\nSELECT 2;\r\n");
    fs::set_permissions(f.root().join("a.sql"), fs::Permissions::from_mode(0o750)).unwrap();
    let args = json!({"path": "a.sql", "old": "SELECT 1;\nSELECT 2;", "new": "SELECT 1;\nSELECT 3;\nSELECT 4;"});
    let assessment = f.assess("Edit", args.clone());
    assert_eq!((assessment.effect, assessment.summary.as_str()), (Effect::WriteFiles, "edit a.sql (+2 -1)"));
    let preview = assessment.preview.unwrap();
    assert!(preview.contains("--- a/a.sql") && preview.contains("-SELECT 2;\n+SELECT 3;\n+SELECT 4;"), "{preview}");

    let edited = f.call("Edit", args).await.unwrap();
    assert_eq!(edited.json["change"], json!({"added": 2, "removed": 1}));
    assert_eq!(fs::read(f.root().join("a.sql")).unwrap(), b"\xef\xbb\xbfSELECT 1;\r\nSELECT 3;\r\nSELECT 4;\r\n");
    assert_eq!(fs::metadata(f.root().join("a.sql")).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(fs::read_dir(f.root()).unwrap().count(), 1, "no temporary file is left");

    let wrong = f.call("Edit", json!({"path": "a.sql", "old": "SELECT 9;", "new": "x"})).await.unwrap_err();
    assert!(wrong.to_string().contains("nearest"), "{wrong}");
    let many = f.call("Edit", json!({"path": "a.sql", "old": "SELECT", "new": "x", "replace_all": null})).await;
    assert!(many.unwrap_err().to_string().contains("3 times"));
    f.call("Edit", json!({"path": "a.sql", "old": "SELECT", "new": "TABLE", "replace_all": true})).await.unwrap();
    f.put("latin.txt", b"caf\xe9\n");
    let odd = f.call("Edit", json!({"path": "latin.txt", "old": "caf", "new": "\u{1f600}"})).await.unwrap_err();
    assert!(odd.to_string().contains("Latin-1"), "{odd}");
    assert_eq!(fs::read(f.root().join("latin.txt")).unwrap(), b"caf\xe9\n");
}

#[tokio::test]
async fn write_creates_folders_and_shows_a_diff() {
    let f = Fixture::new();
    let args = json!({"path": "db/migrations/1.sql", "content": "SELECT 1;\n"});
    assert!(f.assess("Write", args.clone()).preview.unwrap().contains("+SELECT 1;"));
    assert!(!f.root().join("db").exists(), "assessing changes nothing");
    assert!(f.call("Write", args).await.unwrap().text.starts_with("created db/migrations/1.sql: 1 lines added"));
    let again = f.call("Write", json!({"path": "db/migrations/1.sql", "content": "SELECT 2;\n"})).await.unwrap();
    assert_eq!(again.json["change"], json!({"added": 1, "removed": 1}));
    assert!(f.call("Write", json!({"path": "db", "content": "x"})).await.is_err(), "a folder is no file");
    assert!(f.call("Write", json!({"path": "db/migrations/1.sql/x", "content": "x"})).await.is_err());
}

#[tokio::test]
async fn grep_finds_lines_by_ripgreps_rules() {
    let f = Fixture::new();
    f.put("src/a.py", "one\ntwo\nthree NEEDLE\nfour\n");
    f.put("src/b.sql", "needle\n");
    f.put("ignored/c.py", "needle\n");
    f.put(".gitignore", "ignored/\n");
    f.put(".github/w.yml", "needle: 1\n");
    let found =
        f.call("Grep", json!({"pattern": "needle", "ignore_case": true, "context": 1, "glob": "*.py"})).await.unwrap();
    assert_eq!(found.text, "src/a.py-2-two\nsrc/a.py:3:three NEEDLE\nsrc/a.py-4-four\n");
    let found = f.call("Grep", json!({"pattern": "^needle"})).await.unwrap();
    assert_eq!(found.text, ".github/w.yml:1:needle: 1\nsrc/b.sql:1:needle\n");
    let one = f.call("Grep", json!({"pattern": "e", "limit": 1, "path": "src"})).await.unwrap();
    assert!(one.text.ends_with("raise limit]\n"), "{}", one.text);
    assert_eq!(
        f.call("Grep", json!({"pattern": "needle", "path": "src/b.sql"})).await.unwrap().text,
        "src/b.sql:1:needle\n"
    );
    assert!(f.call("Grep", json!({"pattern": "nowhere"})).await.unwrap().text.contains("no line matches in 4 files"));
    assert!(matches!(f.call("Grep", json!({"pattern": "("})).await, Err(ToolError::Arguments(_))));
    assert!(matches!(f.call("Grep", json!({"pattern": "x", "path": "nope"})).await, Err(ToolError::NotFound(_))));

    let cx = CallCx::detached(CancellationToken::new());
    cx.cancel.cancel();
    let cancelled = f.tools.get("Grep").unwrap().call(&cx, json!({"pattern": "x"}), TokenBudget::default()).await;
    assert!(matches!(cancelled, Err(ToolError::Cancelled)));
}

#[tokio::test]
async fn glob_lists_sorted_and_bounded() {
    let f = Fixture::new();
    for path in ["b/2_up.sql", "b/1_up.sql", "a/x.sql", "top.sql", "b/c/deep.rb"] {
        f.put(path, "");
    }
    let paths = |outcome: Outcome| outcome.json["paths"].clone();
    assert_eq!(
        paths(f.call("Glob", json!({"pattern": "*.sql"})).await.unwrap()),
        json!(["a/x.sql", "b/1_up.sql", "b/2_up.sql", "top.sql"])
    );
    assert_eq!(
        paths(f.call("Glob", json!({"pattern": "b/*.{sql,rb}"})).await.unwrap()),
        json!(["b/1_up.sql", "b/2_up.sql"])
    );
    assert_eq!(paths(f.call("Glob", json!({"pattern": "c/**", "path": "b"})).await.unwrap()), json!(["b/c/deep.rb"]));
    assert!(matches!(f.call("Glob", json!({"pattern": "{"})).await, Err(ToolError::Arguments(_))));
    assert!(matches!(f.call("Glob", json!({"pattern": "*", "path": "../"})).await, Err(ToolError::Refused(_))));
    for number in 0..600 {
        f.put(&format!("many/{number}.txt"), "");
    }
    let many = f.call("Glob", json!({"pattern": "*.txt"})).await.unwrap();
    assert_eq!((many.json["paths"].as_array().unwrap().len(), &many.json["omitted"]), (500, &json!(100)));
}

#[tokio::test]
async fn what_is_written_is_what_was_shown() {
    let f = Fixture::new();
    f.put("a.sql", "SELECT 1;\n-- note\n");
    let args = json!({"path": "a.sql", "old": "SELECT 1;", "new": "SELECT 2;"});
    assert!(f.assess("Edit", args.clone()).preview.is_some());
    f.put("a.sql", "SELECT 1;\n-- somebody else's line\n");
    let late = f.call("Edit", args.clone()).await.unwrap_err();
    assert!(late.to_string().contains("has changed since its change was shown"), "{late}");
    assert!(f.assess("Edit", args.clone()).preview.is_some());
    f.call("Edit", args).await.unwrap();

    let new = json!({"path": "b.sql", "content": "SELECT 1;"});
    f.assess("Write", new.clone());
    f.put("b.sql", "somebody else's");
    assert!(f.call("Write", new).await.is_err());
    assert_eq!(fs::read_to_string(f.root().join("b.sql")).unwrap(), "somebody else's");
}

#[tokio::test]
async fn a_link_inside_does_not_open_closed_folders() {
    let f = Fixture::new();
    f.put(".claude/a.md", "a\n");
    f.put("docs/a.md", "a\n");
    symlink(".claude", f.root().join("c")).unwrap();
    symlink("docs", f.root().join("d")).unwrap();
    let refused = f.call("Write", json!({"path": "c/a.md", "content": "x"})).await;
    assert!(matches!(refused, Err(ToolError::Refused(_))), "{refused:?}");
    assert!(f.call("Write", json!({"path": "c/new/b.md", "content": "x"})).await.is_err());
    assert!(!f.root().join(".claude/new").exists(), "not even a folder is made there");
    f.call("Write", json!({"path": "d/a.md", "content": "x"})).await.unwrap();
    assert_eq!(fs::read_to_string(f.root().join("docs/a.md")).unwrap(), "x");
}
