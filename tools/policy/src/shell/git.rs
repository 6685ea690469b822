//! `git`: what reads, what writes into the repository, what leaves the machine.

use super::places::refusal;
use crate::Refusal;

/// What git does.
pub(super) enum GitUse {
    /// Reads the repository, or writes files of the working tree.
    Fine,
    /// A person should look.
    Ask(&'static str),
    /// A rule refuses it.
    Block(Refusal),
}

const READS: &[&str] = &[
    "status",
    "diff",
    "log",
    "show",
    "blame",
    "annotate",
    "grep",
    "ls-files",
    "ls-tree",
    "rev-parse",
    "rev-list",
    "describe",
    "shortlog",
    "cat-file",
    "name-rev",
    "merge-base",
    "for-each-ref",
    "show-ref",
    "diff-tree",
    "diff-index",
    "diff-files",
    "whatchanged",
    "reflog",
    "version",
    "help",
    "check-ignore",
    "check-attr",
    "count-objects",
    "var",
    "cherry",
    "range-diff",
    "show-branch",
    "symbolic-ref",
    "fsck",
    "archive",
];
const REMOTE: &[&str] = &[
    "clone",
    "fetch",
    "pull",
    "push",
    "ls-remote",
    "remote-http",
    "remote-https",
    "send-email",
    "daemon",
    "svn",
    "p4",
    "request-pull",
    "http-push",
    "upload-pack",
    "receive-pack",
    "lfs",
    "instaweb",
];

/// Judges the arguments after `git`.
pub(super) fn judge(args: &[&str]) -> GitUse {
    let mut rest = args.iter().copied();
    let mut injected = false;
    let subcommand = loop {
        match rest.next() {
            Some("-c" | "--config-env" | "--exec-path") => {
                injected = true;
                rest.next();
            }
            Some("-C" | "--git-dir" | "--work-tree" | "--namespace") => {
                rest.next();
            }
            Some(option) if option.starts_with("--exec-path=") || option.starts_with("-c") && option.len() > 2 => {
                injected = true;
            }
            Some(option) if option.starts_with('-') => {}
            other => break other,
        }
    };
    let rest: Vec<&str> = rest.collect();
    let has = |options: &[&str]| rest.iter().any(|arg| options.contains(arg));
    let block = |rule, reason: &str| GitUse::Block(refusal(rule, reason));
    let Some(subcommand) = subcommand else { return GitUse::Fine };
    if rest
        .iter()
        .any(|arg| arg.starts_with("--upload-pack") || arg.starts_with("--receive-pack") || *arg == "--ext-diff")
    {
        return GitUse::Ask("it names a program that git runs");
    }
    if injected {
        return GitUse::Ask("a setting given with -c can name a program that git runs");
    }
    match subcommand {
        "credential" | "credential-store" | "credential-cache" => {
            block("shell.credentials", "git's stored passwords are not for scripts")
        }
        subcommand if REMOTE.contains(&subcommand) => {
            block("shell.network", "there is no network in the sandbox: a person fetches and pushes")
        }
        "submodule" if has(&["update", "add", "sync", "init"]) => {
            block("shell.network", "submodules are fetched: there is no network in the sandbox")
        }
        "remote" if has(&["add", "set-url", "update", "rename", "remove"]) => {
            block("shell.persistence", "it changes where this repository goes from now on")
        }
        "remote" | "submodule" => GitUse::Fine,
        "config" => {
            let reads = has(&["--get", "--get-all", "--get-regexp", "-l", "--list", "get", "list"]);
            let one = rest.iter().filter(|arg| !arg.starts_with('-')).count() == 1
                && !has(&["--unset", "--unset-all", "-e", "--edit", "edit", "--add", "--replace-all"]);
            if reads || one {
                GitUse::Fine
            } else {
                block("shell.persistence", "git's settings can name programs that run later, outside the sandbox")
            }
        }
        "clean" if !has(&["-n", "--dry-run"]) => {
            block("shell.destroy", "git clean removes files that no commit has: name the files and remove them")
        }
        "reset" if has(&["--hard"]) => block("shell.destroy", "it throws away work that no commit has"),
        "checkout" | "restore" if has(&[".", "-f", "--force", ":/"]) => {
            block("shell.destroy", "it throws away work that no commit has: name the files")
        }
        "filter-branch" | "filter-repo" | "gc" | "prune" | "update-ref" | "replace" => {
            block("shell.destroy", "it rewrites or removes history")
        }
        "branch" if has(&["-D", "-M", "--force", "-f"]) => block("shell.destroy", "it can lose commits"),
        "stash" if has(&["drop", "clear"]) => block("shell.destroy", "it throws stashed work away"),
        "stash" | "branch" | "tag" | "worktree" | "bisect" | "notes"
            if rest.is_empty() || has(&["list", "-l", "--list", "-a", "-v", "show", "-r", "--contains", "-vv"]) =>
        {
            GitUse::Fine
        }
        subcommand if READS.contains(&subcommand) => GitUse::Fine,
        "apply" => GitUse::Fine,
        _ => GitUse::Ask("the inside of git is read-only in the sandbox: a person commits"),
    }
}
