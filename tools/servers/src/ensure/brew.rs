//! Homebrew on macOS.

use std::{path::Path, time::Duration};

use tokio::process::Command;

use super::{
    command::run,
    policy::{InstallPolicy, Proposal},
};
use crate::Progress;

const LIMIT: Duration = Duration::from_secs(1800);

/// Installs a formula, with consent.
pub(super) async fn install(
    formula: &str,
    reason: &str,
    policy: &InstallPolicy,
    progress: &mut dyn Progress,
) -> Result<(), String> {
    let brew = ["/opt/homebrew/bin/brew", "/usr/local/bin/brew"].into_iter().find(|path| Path::new(path).exists());
    let Some(brew) = brew else { return Err("no Homebrew here".to_owned()) };
    let proposal = Proposal { command: format!("brew install {formula}"), reason: reason.to_owned() };
    if !policy.allows(&proposal) {
        return Err("installing with Homebrew was not agreed to".to_owned());
    }
    let mut command = Command::new(brew);
    command.args(["install", formula]);
    run("brew", command, LIMIT, progress).await
}
