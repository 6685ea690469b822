//! Systems without a sandbox: there is no `Bash` on them.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use dbwright_contract::{Assessment, CallCx, Tool, ToolError};

use super::{BashArgs, BashResult};
use crate::Workspace;

/// The tool that no such system has.
#[derive(Debug, Clone)]
pub enum Bash {}

/// See the Linux side.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// A bubblewrap outside the usual places.
    pub bwrap: Option<PathBuf>,
    /// The program that applies the inner layer.
    pub launcher: Option<PathBuf>,
    /// Files and folders in the workspace that a command may not change.
    pub read_only: Vec<PathBuf>,
    /// Files and folders that it may not even read.
    pub sealed: Vec<PathBuf>,
}

/// Nothing to become here.
pub fn become_launcher(_: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    None
}

impl Bash {
    /// Always the reason why there is none.
    ///
    /// # Errors
    /// Always.
    pub async fn detect(workspace: &Workspace) -> Result<Self, String> {
        Self::detect_with(SandboxOptions::default(), workspace).await
    }

    /// See [`Self::detect`].
    ///
    /// # Errors
    /// Always.
    pub async fn detect_with(_: SandboxOptions, _: &Workspace) -> Result<Self, String> {
        Err("no sandbox: bubblewrap exists for Linux only".to_owned())
    }

    /// The layers that hold.
    pub fn layers(&self) -> String {
        match *self {}
    }

    /// The layers that are missing.
    pub fn gaps(&self) -> Vec<String> {
        match *self {}
    }
}

impl Tool for Bash {
    const NAME: &'static str = "Bash";
    const DESCRIPTION: &'static str = "Runs a shell script in a sandbox.";
    const SOURCE: &'static str = "shell";
    const MOST: dbwright_contract::Effect = dbwright_contract::Effect::Shell;
    type Args = BashArgs;
    type Output = BashResult;

    fn assess(&self, _: &BashArgs) -> Assessment {
        match *self {}
    }

    async fn call(&self, _: &CallCx, _: BashArgs) -> Result<BashResult, ToolError> {
        match *self {}
    }
}
