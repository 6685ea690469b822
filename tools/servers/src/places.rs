//! Where caches and running servers live.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::{ServersError, account::Account};

/// Overrides the cache folder.
const CACHE_VARIABLE: &str = "DBWRIGHT_CACHE";

/// A RAM disk is used for data only when this much is free on it.
const SHM_FREE: u64 = 1 << 30;

/// Path of a Unix socket may have 103 bytes on macOS (107 on Linux); `/dbw-123456/s/.s.PGSQL.5432`
/// takes 28 of them.
const LONGEST_ROOT: usize = 70;

/// The folder that keeps downloaded servers and data templates between runs. Everybody may read
/// it, so that root's servers, which run as another account, can.
pub(crate) fn cache(account: &Account) -> Result<PathBuf, ServersError> {
    let candidates = cache_candidates();
    candidates.iter().find(|path| usable_cache(path, account)).cloned().ok_or_else(|| ServersError::NoPlace {
        what: "the cache",
        candidates: list(&candidates),
        variable: CACHE_VARIABLE,
    })
}

fn cache_candidates() -> Vec<PathBuf> {
    let uid = rustix::process::geteuid();
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = if uid.is_root() {
        Some(PathBuf::from("/var/cache/dbwright"))
    } else {
        variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .map(|path| path.join("dbwright"))
    };
    variable(CACHE_VARIABLE).into_iter().chain(own).chain([temporary(uid.as_raw())]).collect()
}

fn temporary(uid: u32) -> PathBuf {
    env::temp_dir().join(format!("dbwright-{uid}"))
}

fn usable_cache(path: &Path, account: &Account) -> bool {
    // Somebody else's folder of this name in a shared place must not feed us programs.
    let own = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.uid() == rustix::process::geteuid().as_raw());
    let created = path.is_dir()
        || fs::create_dir_all(path).is_ok() && fs::set_permissions(path, fs::Permissions::from_mode(0o755)).is_ok();
    created && own(path) && account.reaches(path) && tempfile::tempfile_in(path).is_ok()
}

/// A folder in the cache that everybody may read, whatever our umask is.
pub(crate) fn create_in_cache(cache: &Path, names: &[&str]) -> Result<PathBuf, ServersError> {
    let mut folder = cache.to_owned();
    for name in names {
        folder.push(name);
        fs::create_dir_all(&folder).map_err(ServersError::io("create", &folder))?;
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&folder, open).map_err(ServersError::io("open", &folder))?;
    }
    Ok(folder)
}

/// The folder in which a new server's own folder is made.
pub(crate) fn run_root(account: &Account) -> Result<PathBuf, ServersError> {
    let candidates = run_roots();
    candidates.iter().find(|path| usable_run_root(path, account)).cloned().ok_or_else(|| ServersError::NoPlace {
        what: "a server's data",
        candidates: list(&candidates),
        variable: "TMPDIR",
    })
}

/// Every folder in which a server of ours may have been made.
pub(crate) fn run_roots() -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for root in [PathBuf::from("/dev/shm"), env::temp_dir(), "/tmp".into(), "/var/tmp".into()] {
        if root.is_dir() && !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

fn usable_run_root(path: &Path, account: &Account) -> bool {
    let spacious = path != Path::new("/dev/shm")
        || rustix::fs::statvfs(path).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) > SHM_FREE);
    spacious && path.as_os_str().len() <= LONGEST_ROOT && account.reaches(path) && tempfile::tempfile_in(path).is_ok()
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
