//! Control groups: one bound for all processes and all memory of a sandbox together.
//!
//! Used where this program may make a group (as root, or where a group was handed to it); elsewhere
//! the shell's own limits bound each process by itself.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Processes and threads of one sandbox.
pub(super) const PROCESSES: u64 = 512;
/// Memory of one sandbox.
pub(super) const MEMORY: u64 = 4 << 30;

/// The groups of one sandbox; removed when it has ended.
#[derive(Debug, Default)]
pub(super) struct Groups {
    folders: Vec<PathBuf>,
    /// Whether the number of processes is bounded.
    pub(super) processes: bool,
    /// Whether memory is bounded as a whole.
    pub(super) memory: bool,
}

impl Groups {
    /// Makes what may be made.
    pub(super) fn new() -> Self {
        let mut groups = Self::default();
        let (Ok(own), Ok(mounts)) =
            (fs::read_to_string("/proc/self/cgroup"), fs::read_to_string("/proc/self/mountinfo"))
        else {
            return groups;
        };
        for place in places(&own, &mounts) {
            // A folder of our own, or beside it: in the second version a group with processes has no children
            // with controllers.
            for parent in [Some(place.as_path()), place.parent()].into_iter().flatten() {
                if groups.add(parent) {
                    break;
                }
            }
            if groups.processes && groups.memory {
                break;
            }
        }
        groups
    }

    fn add(&mut self, parent: &Path) -> bool {
        static GROUPS: AtomicU64 = AtomicU64::new(0);
        let number = GROUPS.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("dbwright-{}-{number}", std::process::id()));
        if fs::create_dir(&folder).is_err() {
            return false;
        }
        let set = |file: &str, value: u64| {
            let file = folder.join(file);
            file.exists() && fs::write(file, value.to_string()).is_ok()
        };
        let processes = !self.processes && set("pids.max", PROCESSES);
        let memory = !self.memory && (set("memory.max", MEMORY) || set("memory.limit_in_bytes", MEMORY));
        if !processes && !memory {
            // Nothing lives in it yet.
            let _ = fs::remove_dir(&folder);
            return false;
        }
        self.processes |= processes;
        self.memory |= memory;
        self.folders.push(folder);
        true
    }

    /// The files that a process writes itself into.
    pub(super) fn doors(&self) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().map(|folder| folder.join("cgroup.procs"))
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for folder in &self.folders {
            // Empty once the sandbox has ended; the kernel refuses otherwise.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Folders of the groups that this process is in, for the controllers that we want.
fn places(own: &str, mounts: &str) -> Vec<PathBuf> {
    own.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (_, controllers, group) = (parts.next()?, parts.next()?, parts.next()?);
            let second = controllers.is_empty();
            let wanted = second || controllers.split(',').any(|name| name == "pids" || name == "memory");
            let mount = mounts.lines().find_map(|mount| {
                let (before, after) = mount.split_once(" - ")?;
                let mut before = before.split(' ').skip(3);
                let (root, at) = (before.next()?, before.next()?);
                let mut after = after.split(' ');
                let kind = after.next()?;
                let options = after.nth(1).unwrap_or_default();
                let fits = if second {
                    kind == "cgroup2"
                } else {
                    kind == "cgroup"
                        && controllers.split(',').all(|name| options.split(',').any(|option| option == name))
                };
                fits.then_some((root, at))
            })?;
            let below = group.strip_prefix(mount.0.trim_end_matches('/')).unwrap_or(group);
            wanted.then(|| Path::new(mount.1).join(below.trim_start_matches('/')))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found() {
        let mounts = "30 25 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n\
             31 25 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";
        assert_eq!(places("0::/user.slice/a\n", mounts), [PathBuf::from("/sys/fs/cgroup/user.slice/a")]);
        assert_eq!(places("8:pids:/\n7:blkio:/\n", mounts), [PathBuf::from("/sys/fs/cgroup/pids")]);
        assert_eq!(places("", ""), Vec::<PathBuf>::new());
    }
}
