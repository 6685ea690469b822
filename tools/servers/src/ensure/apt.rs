//! Debian and Ubuntu packages.
//!
//! Installing PostgreSQL's package normally creates (and, under systemd, starts) a cluster on
//! port 5432. That is not ours to do, so cluster creation is switched off for the time of the
//! installation and the setting is put back afterwards.

use std::{
    io::{IsTerminal, stdin},
    path::Path,
    time::Duration,
};

use tokio::process::Command;

use super::{
    command::{ask, run},
    policy::{InstallPolicy, Proposal},
};
use crate::Progress;

const LIMIT: Duration = Duration::from_secs(900);
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";

/// How we become root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Already,
    Sudo,
    /// sudo will ask for a password, and somebody is there to type it.
    SudoWithPassword,
}

/// apt on this machine, with the right to use it.
pub(super) struct Apt {
    root: Root,
}

impl Apt {
    /// Or why it cannot be used.
    pub(super) async fn detect(policy: &InstallPolicy) -> Result<Self, String> {
        if !Path::new("/usr/bin/apt-get").exists() {
            return Err("no apt-get here".to_owned());
        }
        if rustix::process::geteuid().is_root() {
            return Ok(Self { root: Root::Already });
        }
        if ask("sudo", &["-n", "true"]).await.is_some() {
            return Ok(Self { root: Root::Sudo });
        }
        if policy.is_attended() && stdin().is_terminal() && Path::new("/usr/bin/sudo").exists() {
            return Ok(Self { root: Root::SudoWithPassword });
        }
        Err("apt-get needs root or sudo without a password".to_owned())
    }

    /// Installs PostgreSQL and, where the archive has it, hypopg.
    pub(super) async fn postgres(&self, policy: &InstallPolicy, progress: &mut dyn Progress) -> Result<(), String> {
        self.consent(policy, "postgresql postgresql-<version>-hypopg", "PostgreSQL runs the demo and the tests")?;
        self.update(progress).await?;
        self.install(&["postgresql-common"], progress).await?;
        let major = default_major().await.ok_or("apt-cache knows no package postgresql")?;
        self.set_cluster_creation(false).await?;
        let installed = self.install(&[&format!("postgresql-{major}")], progress).await;
        self.set_cluster_creation(true).await?;
        installed?;
        self.hypopg_of(major, progress).await;
        Ok(())
    }

    /// Adds hypopg to an installation of Debian's packages.
    pub(super) async fn hypopg(
        &self,
        major: u32,
        policy: &InstallPolicy,
        progress: &mut dyn Progress,
    ) -> Result<(), String> {
        let reason = "hypopg measures an index without building it";
        self.consent(policy, &format!("postgresql-{major}-hypopg"), reason)?;
        self.update(progress).await?;
        self.hypopg_of(major, progress).await;
        Ok(())
    }

    /// Installs Redis. Under systemd its package also starts a server on loopback.
    pub(super) async fn redis(&self, policy: &InstallPolicy, progress: &mut dyn Progress) -> Result<(), String> {
        self.consent(policy, "redis-server", "Redis runs the demo and the tests")?;
        self.update(progress).await?;
        self.install(&["redis-server"], progress).await
    }

    fn consent(&self, policy: &InstallPolicy, packages: &str, reason: &str) -> Result<(), String> {
        let sudo = if self.root == Root::Already { "" } else { "sudo " };
        let command = format!("{sudo}apt-get install -y --no-install-recommends {packages}");
        let proposal = Proposal { command, reason: reason.to_owned() };
        if policy.allows(&proposal) { Ok(()) } else { Err("installing with apt-get was not agreed to".to_owned()) }
    }

    /// A fresh machine has no package lists at all; an old list still names old packages.
    async fn update(&self, progress: &mut dyn Progress) -> Result<(), String> {
        match run("apt-get", self.apt(&["update", "-q"]), LIMIT, progress).await {
            Ok(()) => Ok(()),
            // One broken repository fails the update although all others are fine.
            Err(reason) => {
                progress.detail(&reason);
                Ok(())
            }
        }
    }

    async fn install(&self, packages: &[&str], progress: &mut dyn Progress) -> Result<(), String> {
        let flags = ["install", "-y", "-q", "--no-install-recommends"];
        run("apt-get", self.apt(&[&flags, packages].concat()), LIMIT, progress).await
    }

    async fn hypopg_of(&self, major: u32, progress: &mut dyn Progress) {
        let package = format!("postgresql-{major}-hypopg");
        if let Err(reason) = self.install(&[&package], progress).await {
            progress.detail(&format!("without hypopg: {reason}"));
        }
    }

    /// Adds or removes one marked line; anything that the administrator wrote stays.
    async fn set_cluster_creation(&self, wanted: bool) -> Result<(), String> {
        const MARK: &str = "create_main_cluster = false # for the time of an installation";
        let script = if wanted {
            format!("sed -i '/^{MARK}$/d' {CREATE_CLUSTER}")
        } else {
            format!("printf '%s\\n' '{MARK}' >> {CREATE_CLUSTER}")
        };
        let mut command = self.as_root("sh");
        command.args(["-c", &script]);
        run("sh", command, Duration::from_secs(30), &mut crate::Quiet).await
    }

    fn apt(&self, arguments: &[&str]) -> Command {
        let mut command = self.as_root("env");
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]).args(arguments);
        command
    }

    fn as_root(&self, program: &str) -> Command {
        match self.root {
            Root::Already => Command::new(program),
            Root::Sudo => {
                let mut command = Command::new("sudo");
                command.args(["-n", program]);
                command
            }
            Root::SudoWithPassword => {
                let mut command = Command::new("sudo");
                command.arg(program);
                command
            }
        }
    }
}

/// The major version that the archive's package `postgresql` stands for.
async fn default_major() -> Option<u32> {
    let listing = ask("apt-cache", &["depends", "postgresql"]).await?;
    listing.lines().find_map(|line| line.trim().strip_prefix("Depends: postgresql-")?.trim().parse().ok())
}
