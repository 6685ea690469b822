//! What in a workspace must be covered before a shell runs in it.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Component, Path, PathBuf},
};

use dbwright_policy::path::{steering, withheld};

/// Entries that are looked at; a larger workspace gets no shell, since part of it would be unknown.
const ENTRIES: usize = 2_000_000;
/// Things to cover; each costs a mount or two.
const THINGS: usize = 2_000;

/// What was found. Paths are absolute, without links in them.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Read-only: repositories, and what steers tools.
    pub(super) read_only: BTreeSet<PathBuf>,
    /// Closed: files and folders that hold secrets.
    pub(super) sealed: BTreeSet<PathBuf>,
    /// Git settings that hold a password, which git still needs to read.
    pub(super) configs: Vec<PathBuf>,
}

/// Walks the workspace without following links.
pub(super) fn scan(root: &Path) -> io::Result<Scan> {
    let mut found = Scan::default();
    let mut open = vec![root.to_owned()];
    let mut seen = 0usize;
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // Not ours to read, and so not the command's either.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && folder != root => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder != root => continue,
            Err(error) => return Err(error),
        };
        let mut bare = 0;
        for entry in entries {
            let entry = entry?;
            seen += 1;
            if seen > ENTRIES || found.read_only.len() + found.sealed.len() > THINGS {
                return Err(io::Error::other("it has too many files to protect"));
            }
            let kind = entry.file_type()?;
            let path = entry.path();
            let name = entry.file_name();
            bare += usize::from(name == "HEAD" || name == "objects" || name == "config");
            let here = Path::new(&name);
            if name == ".git" {
                found.repository(root, &path, kind.is_symlink(), kind.is_file())?;
            } else if [".hg", ".svn"].iter().any(|other| name == *other) && !kind.is_symlink() {
                found.read_only.insert(path);
            } else if withheld(here).is_some() {
                found.seal(root, path, kind.is_symlink());
            } else if steers(root, &path) {
                if kind.is_symlink() {
                    return Err(io::Error::other(format!("{} is a link and cannot be protected", path.display())));
                }
                found.read_only.insert(path);
            } else if kind.is_dir() {
                open.push(path);
            }
        }
        // A repository without a working tree has no `.git` around it.
        if bare == 3 && folder != root {
            found.read_only.insert(folder);
        }
    }
    Ok(found)
}

fn steers(root: &Path, path: &Path) -> bool {
    path.strip_prefix(root).is_ok_and(|inside| steering(inside).is_some())
}

impl Scan {
    fn repository(&mut self, root: &Path, path: &Path, link: bool, file: bool) -> io::Result<()> {
        if link {
            return Err(io::Error::other(format!("{} is a link and cannot be protected", path.display())));
        }
        self.read_only.insert(path.to_owned());
        let folder = if file {
            // `gitdir: PATH`, as worktrees, submodules and `--separate-git-dir` have it.
            let text = fs::read_to_string(path).unwrap_or_default();
            let Some(target) = text.strip_prefix("gitdir:") else { return Ok(()) };
            let target = path.parent().unwrap_or(root).join(target.trim());
            let Ok(target) = target.canonicalize() else { return Ok(()) };
            if target.starts_with(root) {
                self.read_only.insert(target.clone());
            }
            target
        } else {
            path.to_owned()
        };
        self.settings(root, path, &folder.join("config"));
        self.modules(root, path, &folder.join("modules"));
        Ok(())
    }

    /// Settings of submodules lie in folders of any depth.
    fn modules(&mut self, root: &Path, repository: &Path, folder: &Path) {
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let kind = entry.file_type();
                if kind.as_ref().is_ok_and(fs::FileType::is_dir) && entry.file_name() != "objects" {
                    open.push(entry.path());
                } else if entry.file_name() == "config" {
                    self.settings(root, repository, &entry.path());
                }
            }
        }
    }

    fn settings(&mut self, root: &Path, repository: &Path, config: &Path) {
        let Ok(text) = fs::read_to_string(config) else { return };
        if config.starts_with(root) && clean(&text) != text {
            self.configs.push(config.to_owned());
        }
        let hooks = text.lines().find_map(|line| {
            let (name, value) = line.trim().split_once('=')?;
            name.trim().eq_ignore_ascii_case("hookspath").then(|| value.trim().trim_matches('"').to_owned())
        });
        let worktree = repository.parent().unwrap_or(root);
        if let Some(hooks) = hooks.map(|hooks| worktree.join(hooks)).and_then(|hooks| hooks.canonicalize().ok())
            && hooks.starts_with(root)
            && hooks != root
        {
            self.read_only.insert(hooks);
        }
    }

    fn seal(&mut self, root: &Path, path: PathBuf, link: bool) {
        if !link {
            self.sealed.insert(path);
            return;
        }
        // The secret is where the link ends; outside it cannot be reached anyway.
        if let Ok(target) = path.canonicalize()
            && target.starts_with(root)
            && target != root
            && target.components().all(|part| part != Component::ParentDir)
        {
            self.sealed.insert(target);
        }
    }
}

/// Git settings without passwords: no user in addresses, no headers, no credentials.
pub(super) fn clean(text: &str) -> String {
    let mut section = String::new();
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let lower = line.trim().to_lowercase();
        if lower.starts_with('[') {
            section.clone_from(&lower);
        }
        let secret = ["extraheader", "password", "token", "sslkey", "oauth", "secret"]
            .iter()
            .any(|word| lower.starts_with(word));
        if secret || (section.starts_with("[credential") && !lower.starts_with('[')) {
            continue;
        }
        kept.push_str(&without_user(line));
    }
    kept
}

fn without_user(line: &str) -> String {
    let Some((before, after)) = line.split_once("://") else { return line.to_owned() };
    let end = after.find(['/', '"', ' ', '\n', ']']).unwrap_or(after.len());
    let host = after.get(..end).unwrap_or_default();
    match host.rfind('@') {
        Some(at) => format!("{before}://{}", after.get(at + 1..).unwrap_or_default()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_lose_their_passwords_and_nothing_else() {
        let text = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://me:secret@example.org/a.git\n\
             [http]\n\textraheader = AUTHORIZATION: basic x\n[credential]\n\thelper = store\n[user]\n\tname = A\n";
        let cleaned = clean(text);
        assert!(!cleaned.contains("secret") && !cleaned.contains("basic") && !cleaned.contains("helper"), "{cleaned}");
        assert!(cleaned.contains("url = https://example.org/a.git") && cleaned.contains("name = A"), "{cleaned}");
        assert_eq!(clean("[a \"https://x.org\"]\n\tb = git@host:c\n"), "[a \"https://x.org\"]\n\tb = git@host:c\n");
    }
}
