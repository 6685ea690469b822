//! Opening below a folder without ever leaving it.
//!
//! Linux 5.6 and later do it in the kernel (`openat2` with `RESOLVE_BENEATH`), links inside the
//! folder included. Elsewhere each part of the path is opened by itself and links are refused.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{Mode, OFlags, openat},
    io::Errno,
};

/// Opens `path` below `folder`. Never waits for the other end of a pipe.
pub(super) fn open(folder: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    match in_kernel(folder, path, flags, mode) {
        // Not known, or not allowed by a container's filter.
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => step_by_step(folder, path, flags, mode),
        result => result,
    }
}

#[cfg(target_os = "linux")]
fn in_kernel(folder: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    use rustix::fs::{ResolveFlags, openat2};
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    // EAGAIN: something was renamed while the path was walked.
    (0..8)
        .map(|_| openat2(folder, path, flags, mode, resolve))
        .find(|result| !matches!(result, Err(Errno::AGAIN)))
        .unwrap_or(Err(Errno::AGAIN))
}

#[cfg(not(target_os = "linux"))]
fn in_kernel(_: BorrowedFd<'_>, _: &Path, _: OFlags, _: Mode) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

/// The portable way. `path` has no `..`, and no part may be a link.
pub(super) fn step_by_step(folder: BorrowedFd<'_>, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let walk = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut parts = path.components().peekable();
    let mut at: Option<OwnedFd> = None;
    while let Some(part) = parts.next() {
        let here = at.as_ref().map_or(folder, |fd| fd.as_fd());
        let last = parts.peek().is_none();
        let (flags, mode) = if last { (flags | OFlags::NOFOLLOW, mode) } else { (walk, Mode::empty()) };
        at = Some(openat(here, part.as_os_str(), flags, mode)?);
    }
    at.ok_or(Errno::NOENT)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn the_portable_way_opens_plain_paths_and_refuses_links() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::write(folder.path().join("a/b/c"), "inside").unwrap();
        symlink("a/b/c", folder.path().join("link")).unwrap();
        symlink("/etc", folder.path().join("a/out")).unwrap();
        let root = fs::File::open(folder.path()).unwrap();
        let open = |path: &str| step_by_step(root.as_fd(), Path::new(path), OFlags::RDONLY, Mode::empty());
        let mut text = String::new();
        fs::File::from(open("a/b/c").unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "inside");
        assert!(open("link").is_err() && open("a/out/passwd").is_err() && open("a/nope").is_err());
    }
}
