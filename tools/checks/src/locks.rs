//! The lock queue as a forest: who must finish first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::Session;

/// A session and the sessions that wait for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockNode {
    /// The session.
    pub pid: i32,
    /// Those that wait for it, directly, the longest wait first: the order in which they came.
    pub waiters: Vec<LockNode>,
}

impl LockNode {
    /// Every session below this one.
    pub fn descendants(&self) -> Vec<i32> {
        let mut pids = Vec::new();
        self.collect(&mut pids);
        pids
    }

    fn collect(&self, pids: &mut Vec<i32>) {
        for waiter in &self.waiters {
            pids.push(waiter.pid);
            waiter.collect(pids);
        }
    }
}

/// One tree for each session that blocks others and waits for nobody. A session that waits for
/// several blockers appears under the first of them only, so that counts add up. Sessions in a
/// cycle (a deadlock about to be broken) have no root and form no tree.
pub fn lock_forest<'a>(sessions: impl IntoIterator<Item = &'a Session>) -> Vec<LockNode> {
    let mut waiters: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    let mut waiting: BTreeSet<i32> = BTreeSet::new();
    let mut waits: BTreeMap<i32, f64> = BTreeMap::new();
    for session in sessions {
        // Before 14 the server does not record the wait; the statement's age is its bound.
        let wait = session.waiting_for.as_ref().and_then(|wait| wait.wait_s).or(session.query_age_s);
        waits.insert(session.pid, wait.unwrap_or_default());
        // Pid 0 stands for a prepared transaction; it is reported by its own rule.
        for blocker in session.blocked_by.iter().filter(|pid| **pid != session.pid) {
            waiters.entry(*blocker).or_default().insert(session.pid);
            waiting.insert(session.pid);
        }
    }
    let roots: Vec<i32> = waiters.keys().copied().filter(|pid| !waiting.contains(pid)).collect();
    let mut placed = BTreeSet::new();
    roots
        .into_iter()
        .map(|root| grow(root, &waiters, &waits, &mut placed))
        .filter(|tree| !tree.waiters.is_empty())
        .collect()
}

fn grow(
    pid: i32,
    waiters: &BTreeMap<i32, BTreeSet<i32>>,
    waits: &BTreeMap<i32, f64>,
    placed: &mut BTreeSet<i32>,
) -> LockNode {
    // Placing the direct waiters first keeps the tree flat: a soft-blocked waiter belongs under
    // the root that it really waits for, not under its neighbour in the queue.
    let mut mine: Vec<i32> =
        waiters.get(&pid).into_iter().flatten().copied().filter(|waiter| placed.insert(*waiter)).collect();
    let wait = |pid: &i32| waits.get(pid).copied().unwrap_or_default();
    mine.sort_by(|left, right| wait(right).total_cmp(&wait(left)));
    let waiters = mine.into_iter().map(|waiter| grow(waiter, waiters, waits, placed)).collect();
    LockNode { pid, waiters }
}

#[cfg(test)]
#[path = "locks_tests.rs"]
mod tests;
