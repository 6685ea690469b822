//! What a command may not change or read although it lies in the workspace.
//!
//! Files that make other programs run something later are read-only, and so are their folders
//! against being moved away; files that hold secrets are closed. What is absent at the top of the
//! workspace could be created: an empty folder stands in for it while the command runs. It carries
//! the sticky bit, so that one that a killed program left behind is known and removed next time.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::scan::{clean, scan};

/// What must not come into being at the top of the workspace.
const ABSENT: &[&str] = &[
    ".git",
    ".dbwright",
    ".claude",
    ".cursor",
    ".vscode",
    ".idea",
    ".husky",
    ".githooks",
    ".mcp.json",
    ".envrc",
    "agent.md",
];
/// An empty folder with this mode is ours.
const STANDING_IN: u32 = 0o1755;

/// The covers of one run. Dropping it takes the stand-ins away: nothing may run any more by then.
#[derive(Debug)]
pub(super) struct Cover {
    root: PathBuf,
    pinned: BTreeSet<PathBuf>,
    read_only: BTreeSet<PathBuf>,
    sealed: BTreeSet<PathBuf>,
    replaced: Vec<(PathBuf, PathBuf)>,
    made: Vec<PathBuf>,
    /// Holds the file and the empty folder that seal.
    store: TempDir,
    abandoned: bool,
}

impl Cover {
    /// Looks at what is there and makes what stands in. The workspace's lock must be held.
    pub(super) fn new(root: &Path, read_only: &[PathBuf], sealed: &[PathBuf]) -> io::Result<Self> {
        let store = TempDir::with_prefix("dbwright-")?;
        let (file, folder) = (store.path().join("file"), store.path().join("folder"));
        // Readable, so that searching everything does not end in an error; it says what it is.
        fs::write(&file, "# withheld: this file holds secrets and is closed to commands\n")?;
        fs::set_permissions(&file, Permissions::from_mode(0o444))?;
        DirBuilder::new().mode(0o555).create(&folder)?;
        let mut cover = Self {
            root: root.to_owned(),
            pinned: BTreeSet::new(),
            read_only: BTreeSet::new(),
            sealed: BTreeSet::new(),
            replaced: Vec::new(),
            made: Vec::new(),
            store,
            abandoned: false,
        };
        for name in ABSENT {
            cover.stand_in(root.join(name))?;
        }
        for path in
            read_only.iter().chain(sealed).filter(|path| path.parent().is_some_and(|parent| inside(root, parent)))
        {
            if path.parent().is_some_and(Path::is_dir) {
                cover.stand_in(path.clone())?;
            }
        }
        let found = scan(root)?;
        cover.read_only = found.read_only;
        cover.read_only.extend(read_only.iter().filter(|path| inside(root, path) && path.exists()).cloned());
        cover.sealed = found.sealed;
        cover.sealed.extend(sealed.iter().filter(|path| !root.starts_with(path) && path.exists()).cloned());
        // What stands under a read-only folder may still hold a secret; what stands under a sealed one is gone.
        let sealed_folders: Vec<PathBuf> = cover.sealed.iter().filter(|path| path.is_dir()).cloned().collect();
        let hidden = |path: &Path| sealed_folders.iter().any(|folder| path != folder && path.starts_with(folder));
        cover.read_only.retain(|path| !hidden(path) && !sealed_folders.contains(path));
        cover.sealed.retain(|path| !hidden(path) && !cover.made.contains(path));
        for path in cover.read_only.iter().chain(&cover.sealed) {
            let parents = path.ancestors().skip(1).take_while(|parent| *parent != root && parent.starts_with(root));
            cover.pinned.extend(parents.map(Path::to_owned));
        }
        cover
            .pinned
            .retain(|path| !cover.read_only.contains(path) && !cover.read_only.iter().any(|top| path.starts_with(top)));
        for (number, config) in found.configs.iter().enumerate() {
            let copy = cover.store.path().join(format!("config-{number}"));
            fs::write(&copy, clean(&fs::read_to_string(config)?))?;
            cover.replaced.push((copy, config.clone()));
        }
        Ok(cover)
    }

    fn stand_in(&mut self, path: PathBuf) -> io::Result<()> {
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().mode(STANDING_IN).create(&path)?;
                fs::set_permissions(&path, Permissions::from_mode(STANDING_IN))?;
            }
            Ok(metadata) if is_stand_in(&path, &metadata) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error),
        }
        self.made.push(path);
        Ok(())
    }

    /// Leaves the stand-ins where they are: somebody may still be behind them.
    pub(super) fn abandon(&mut self) {
        self.abandoned = true;
    }

    /// bubblewrap's arguments, outer folders before inner ones.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut mounts: Vec<(&Path, &str, PathBuf)> = Vec::new();
        mounts.extend(self.pinned.iter().map(|path| (path.as_path(), "--bind", path.clone())));
        mounts.extend(self.read_only.iter().map(|path| (path.as_path(), "--ro-bind", path.clone())));
        mounts.extend(self.made.iter().map(|path| (path.as_path(), "--ro-bind", path.clone())));
        mounts.extend(self.sealed.iter().map(|path| {
            let seal = if path.is_dir() { "folder" } else { "file" };
            (path.as_path(), "--ro-bind", self.store.path().join(seal))
        }));
        mounts.extend(self.replaced.iter().map(|(copy, path)| (path.as_path(), "--ro-bind", copy.clone())));
        // A stable sort: of two mounts on one path the later one, which is the stricter, lies on top.
        mounts.sort_by_key(|(path, ..)| path.components().count());
        mounts.into_iter().flat_map(|(path, how, from)| [how.into(), from.into_os_string(), path.into()]).collect()
    }
}

fn inside(root: &Path, path: &Path) -> bool {
    path.starts_with(root)
}

/// A leftover of a program that was killed: empty, sticky, writable by its owner alone.
fn is_stand_in(path: &Path, metadata: &fs::Metadata) -> bool {
    metadata.is_dir()
        && metadata.mode() & 0o7777 == STANDING_IN
        && fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

impl Drop for Cover {
    fn drop(&mut self) {
        if self.abandoned {
            return;
        }
        for path in self.made.iter().filter(|path| path.starts_with(&self.root)) {
            // Only removes an empty folder; anything else is not ours.
            let _ = fs::remove_dir(path);
        }
    }
}
