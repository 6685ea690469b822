//! Which process works in a session, and whether it still exists.

use std::fs;

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

/// A process, named so that it is never taken for a later one with the same number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Machine, its boot and its space of process numbers.
    place: String,
    pid: i32,
    /// Ticks since boot at its start; empty where the system does not tell.
    started: String,
}

/// What is known of an owner from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It runs.
    Alive,
    /// It is gone.
    Gone,
    /// It runs, or ran, where we cannot look.
    Elsewhere,
}

impl Owner {
    /// This process.
    pub(crate) fn this_process() -> Self {
        let pid = i32::try_from(std::process::id()).unwrap_or_default();
        let node = rustix::system::uname();
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let numbers = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        let boot = boot.get(..8).unwrap_or_default();
        let numbers: String = numbers.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
        let place = format!("{}.{boot}.{numbers}", node.nodename().to_string_lossy().replace(' ', "_"));
        Self { place, pid, started: state_of(pid).map_or_else(String::new, |(_, started)| started) }
    }

    /// As it is stored.
    pub(crate) fn text(&self) -> String {
        format!("{} {} {}", self.place, self.pid, self.started)
    }

    /// For messages: `process 4711 on db1`.
    pub(crate) fn named(text: &str) -> String {
        let mut words = text.split(' ');
        let host = words.next().and_then(|place| place.split('.').next()).unwrap_or_default();
        format!("process {} on {host}", words.next().unwrap_or("?"))
    }

    /// Whether the stored owner still exists, as seen from here.
    pub(crate) fn life_of(&self, text: &str) -> Life {
        let mut words = text.split(' ');
        let (place, pid) = (words.next(), words.next().and_then(|pid| pid.parse().ok()));
        let (true, Some(pid)) = (place == Some(self.place.as_str()), pid) else { return Life::Elsewhere };
        let started = words.next().unwrap_or_default();
        let exists = Pid::from_raw(pid).is_some_and(|pid| matches!(test_kill_process(pid), Ok(()) | Err(Errno::PERM)));
        match state_of(pid) {
            // Dead, and not yet looked after by its parent.
            Some(('Z' | 'X', _)) => Life::Gone,
            Some((_, now)) if now != started => Life::Gone,
            Some(_) => Life::Alive,
            None if exists => Life::Alive,
            None => Life::Gone,
        }
    }
}

/// State and start of a process. The name in the middle may hold anything, brackets too.
fn state_of(pid: i32) -> Option<(char, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?.chars().next()?;
    // The 22nd field of the line, the 20th after the name.
    Some((state, fields.nth(18)?.to_owned()))
}

#[cfg(test)]
#[path = "owner_tests.rs"]
mod tests;
