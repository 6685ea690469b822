//! Data folders by copy. `initdb` costs ten times what a copy of its result costs, so it runs
//! once per version and set of flags, and the result is kept.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use crate::{PostgresBinaries, ServersError, account::Account, places, run_dir::tail, wire::SUPERUSER};

/// Fills `data` with a fresh cluster of the version of `binaries`.
pub(crate) fn fill(binaries: &PostgresBinaries, account: &Account, data: &Path) -> Result<(), ServersError> {
    let template = template(binaries, account)?;
    let attempts: &[&[&str]] =
        if cfg!(target_os = "macos") { &[&["-Rpc"], &["-Rp"]] } else { &[&["-a", "--reflink=auto"], &["-a"]] };
    let mut output = String::new();
    for flags in attempts {
        let run = account.command("cp").args(*flags).arg(&template).arg(data).output();
        match run {
            Ok(run) if run.status.success() => return Ok(()),
            Ok(run) => output = tail(&String::from_utf8_lossy(&run.stderr)),
            Err(error) => output = error.to_string(),
        }
        let _ = fs::remove_dir_all(data);
    }
    Err(ServersError::Io {
        action: "copy a data folder to",
        path: data.to_owned(),
        source: std::io::Error::other(output),
    })
}

/// The kept data folder for this version and these flags, made when it is not there.
fn template(binaries: &PostgresBinaries, account: &Account) -> Result<PathBuf, ServersError> {
    let cache = places::cache(account)?;
    let folder = cache.join("templates");
    fs::create_dir_all(&folder).map_err(ServersError::io("create", &folder))?;
    account.own(&folder)?;
    let key = key(binaries, account);
    let template = folder.join(&key);
    let lock_path = cache.join(format!("template-{key}.lock"));
    let lock = File::create(&lock_path).map_err(ServersError::io("create", &lock_path))?;
    lock.lock().map_err(ServersError::io("lock", &lock_path))?;
    if template.join("PG_VERSION").is_file() {
        return Ok(template);
    }
    let fresh = folder.join(format!("{key}.new"));
    for leftover in [&fresh, &template] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).map_err(ServersError::io("remove", leftover))?;
        }
    }
    initdb(binaries, account, &fresh)?;
    fs::rename(&fresh, &template).map_err(ServersError::io("rename", &fresh))?;
    Ok(template)
}

fn initdb(binaries: &PostgresBinaries, account: &Account, data: &Path) -> Result<(), ServersError> {
    let mut reason = String::new();
    for locale in locales(binaries.version.major) {
        let mut command: Command = account.command(binaries.program("initdb"));
        command.args(flags()).args(*locale).arg("-D").arg(data);
        let run = command.output().map_err(ServersError::io("run", binaries.program("initdb")))?;
        if run.status.success() {
            return Ok(());
        }
        reason = tail(&String::from_utf8_lossy(&run.stderr));
        let _ = fs::remove_dir_all(data);
    }
    Err(ServersError::Initdb { version: binaries.version.to_string(), output: reason })
}

/// Trust is safe here: the only way in is a socket in a folder that is closed to everybody else.
fn flags() -> [&'static str; 6] {
    ["--no-sync", "-U", SUPERUSER, "--auth=trust", "-E", "UTF8"]
}

/// Ways to get UTF-8 with byte order, so that plans do not depend on the machine's locales.
fn locales(major: u32) -> &'static [&'static [&'static str]] {
    if major >= 17 {
        &[&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    } else {
        &[&["--locale=C.UTF-8"], &["--locale=C"]]
    }
}

fn key(binaries: &PostgresBinaries, account: &Account) -> String {
    let mut hash = Sha256::new();
    hash.update(binaries.bin_dir.as_os_str().as_encoded_bytes());
    hash.update(binaries.version.to_string());
    hash.update(flags().join(" "));
    hash.update(locales(binaries.version.major).concat().join(" "));
    hash.update(account.uid().to_string());
    let digest = hash.finalize();
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("pg{}-{short}", binaries.version.major)
}
