//! While folders and files turn into links that lead out, and back, nothing gets out and nothing
//! outside changes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    os::unix::fs::symlink,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use dbwright_contract::{CallCx, TokenBudget, Toolbox};
use dbwright_workspace::{Edit, Glob, Grep, Read, Workspace, Write};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const SWAPS: u32 = 10_000;
/// Each makes every call once.
const ROUNDS: u32 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swapping_folders_and_links_opens_nothing() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("work");
    let outside = folder.path().join("outside");
    fs::create_dir_all(root.join("dir")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    for (path, text) in [
        ("work/dir/a.txt", "inside"),
        ("work/file.txt", "inside"),
        ("outside/a.txt", "SECRET"),
        ("outside/only-outside.txt", "SECRET"),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    symlink(&outside, root.join("dir-link")).unwrap();
    symlink(outside.join("a.txt"), root.join("file-link")).unwrap();
    let workspace = Workspace::new(&root).unwrap();
    let tools = Arc::new(
        Toolbox::new()
            .with(Read::new(workspace.clone()))
            .with(Edit::new(workspace.clone()))
            .with(Write::new(workspace.clone()))
            .with(Grep::new(workspace.clone()))
            .with(Glob::new(workspace)),
    );

    let (done, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let swapper = std::thread::spawn({
        let (done, swaps, root) = (done.clone(), swaps.clone(), root.clone());
        move || {
            while !done.load(Ordering::Acquire) {
                for (one, other) in [("dir", "dir-link"), ("file.txt", "file-link")] {
                    // Writing replaces files by name; then there may be nothing to exchange for a moment.
                    let _ = renameat_with(CWD, root.join(one), CWD, root.join(other), RenameFlags::EXCHANGE);
                }
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        }
    });

    let mut answers = [0u32; 2];
    let calls = [
        ("Read", json!({"path": "dir/a.txt"})),
        ("Read", json!({"path": "file.txt"})),
        ("Read", json!({"path": "dir/only-outside.txt"})),
        ("Grep", json!({"pattern": "SECRET"})),
        ("Grep", json!({"pattern": "SECRET", "path": "dir"})),
        ("Glob", json!({"pattern": "**/*.txt"})),
        ("Write", json!({"path": "dir/a.txt", "content": "written"})),
        ("Write", json!({"path": "dir/new/b.txt", "content": "written"})),
        ("Write", json!({"path": "file.txt", "content": "written"})),
        ("Edit", json!({"path": "dir/a.txt", "old": "written", "new": "inside"})),
        ("Edit", json!({"path": "dir/only-outside.txt", "old": "SECRET", "new": "written"})),
    ];
    let mut rounds = 0;
    while rounds < ROUNDS || swaps.load(Ordering::Relaxed) < SWAPS {
        rounds += 1;
        for (name, arguments) in &calls {
            let cx = CallCx::detached(CancellationToken::new());
            let tool = tools.get(name).unwrap();
            let preview = tool.assess(arguments).unwrap().preview.unwrap_or_default();
            assert!(!preview.contains("-SECRET"), "{name} {arguments}: {preview}");
            let answer = tool.call(&cx, arguments.clone(), TokenBudget::default()).await;
            answers[usize::from(answer.is_ok())] += 1;
            let text = answer.map_or_else(|error| error.to_string(), |outcome| outcome.json.to_string());
            let echoed = *name == "Edit";
            assert!(echoed || !text.contains("SECRET"), "{name} {arguments}: {text}");
            assert!(*name != "Glob" || !text.contains("only-outside"), "{text}");
        }
    }
    done.store(true, Ordering::Release);
    swapper.join().unwrap();
    assert!(answers.iter().all(|count| *count > 0), "both worlds were met: {answers:?}");
    assert_eq!(fs::read_to_string(outside.join("a.txt")).unwrap(), "SECRET");
    assert_eq!(fs::read_to_string(outside.join("only-outside.txt")).unwrap(), "SECRET");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 2, "nothing was created outside");
}
