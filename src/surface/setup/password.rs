//! A new password, and the file of its owner's that it goes to.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};

use crate::{exit::Exit, password::generate};

/// A new password of 128 bits, written to a file that did not exist before, for its owner alone.
///
/// # Errors
/// When the file is there already or cannot be written.
pub(super) fn make(file: &Path) -> Result<SecretString, Exit> {
    let password = generate()?;
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Exit::Usage(format!(
            "{} is there already and is not overwritten: name a new file for the password",
            file.display()
        )),
        _ => Exit::Usage(format!("cannot write the password to {}: {error}", file.display())),
    };
    // The mode counts from the first byte on; `create_new` follows no link.
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(cannot)?;
    writeln!(open, "{}", password.expose_secret()).and_then(|()| open.sync_all()).map_err(cannot)?;
    Ok(password)
}

/// Removes what [`make`] wrote.
pub(super) fn forget(file: &Path) {
    // It holds a password of nobody; left behind it does no harm.
    let _ = fs::remove_file(file);
}
