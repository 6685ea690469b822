//! Who may install what: somebody who said yes in advance, or whoever sits at the terminal.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    sync::Arc,
};

use dbwright_servers::{InstallPolicy, Proposal};

use super::progress::{Open, Steps};

/// `--yes` or the environment: everything. At a terminal: asks. Otherwise private copies only.
pub(crate) fn policy(yes: bool, steps: &Steps) -> InstallPolicy {
    if yes {
        return InstallPolicy::Always;
    }
    let unsaid = if io::stdin().is_terminal() && io::stderr().is_terminal() {
        let open = steps.open();
        InstallPolicy::Ask(Arc::new(move |proposal| ask(proposal, &open)))
    } else {
        InstallPolicy::PrivateOnly
    };
    InstallPolicy::from_environment(unsaid)
}

/// Asks at the terminal, `--quiet` or not. Enter agrees; no answer at all does not.
fn ask(proposal: &Proposal, open: &Open) -> bool {
    open.paused(|| {
        let mut talk = io::stderr().lock();
        let asked = write!(talk, "\n{}\n  {}\nRun it? [Y/n] ", proposal.reason, proposal.command);
        let mut answer = String::new();
        if asked.and_then(|()| talk.flush()).is_err() || io::stdin().lock().read_line(&mut answer).unwrap_or(0) == 0 {
            return false;
        }
        matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
    })
}
