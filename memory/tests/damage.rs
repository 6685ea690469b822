//! Files as crashes and bad disks leave them: the log torn or garbled at random places, pages of
//! the main file overwritten. Offsets come from a fixed seed, so that a failure can be repeated.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use dbwright_contract::Redactor;
use dbwright_memory::{Door, JournalEntry, NewSession, Store, StoreError, StoreUrl};
use serde_json::json;
use tempfile::TempDir;

const ROUNDS: u64 = 100;

/// A small generator of well-mixed numbers: the same ones in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit.max(1) as u64) as usize
    }
}

fn entry(number: usize, dice: &mut Dice) -> JournalEntry {
    JournalEntry::new("text", json!({"number": number, "text": "x".repeat(dice.below(6000))}))
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

async fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&StoreUrl::File(path.to_owned()), Redactor::new()).await
}

/// The main file, the log, and how long the log was when each number was acknowledged.
struct Recorded {
    main: Vec<u8>,
    log: Vec<u8>,
    acknowledged: Vec<usize>,
}

async fn recorded(dice: &mut Dice) -> Recorded {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.db");
    let store = open(&path).await.unwrap();
    store.create_session(&NewSession::new("s", "t", Door::Ask)).await.unwrap();
    store.close().await;
    // Everything so far is in the main file now: the log begins with the first event.
    let store = open(&path).await.unwrap();
    let mut acknowledged = vec![0];
    for number in 1..=40 {
        store.append("s", &[entry(number, dice)]).await.unwrap();
        acknowledged.push(std::fs::metadata(log_of(&path)).unwrap().len() as usize);
    }
    let (main, log) = (std::fs::read(&path).unwrap(), std::fs::read(log_of(&path)).unwrap());
    assert!(acknowledged.windows(2).all(|pair| pair[0] < pair[1]), "each event made the log longer");
    Recorded { main, log, acknowledged }
}

/// Events that are there; they must be the first ones, without a gap, and the next must fit.
async fn kept(main: &[u8], log: &[u8]) -> usize {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.db");
    std::fs::write(&path, main).unwrap();
    std::fs::write(log_of(&path), log).unwrap();
    let store = open(&path).await.unwrap();
    let stored = store.entries("s", 0).await.unwrap();
    for (entry, number) in stored.iter().zip(1..) {
        assert_eq!((entry.seq, entry.payload["number"].as_i64()), (number, Some(number)));
    }
    let next = store.append("s", &[JournalEntry::new("text", json!(0))]).await.unwrap();
    assert_eq!(next, stored.len() as i64 + 1);
    stored.len()
}

#[tokio::test]
async fn a_torn_or_garbled_tail_costs_nothing_that_was_acknowledged() {
    let mut dice = Dice(1);
    let Recorded { main, log, acknowledged } = recorded(&mut dice).await;
    for round in 0..ROUNDS {
        // The process died while it wrote the event after `last`: any part of it is in the log.
        let last = dice.below(acknowledged.len() - 1);
        let (from, to) = (acknowledged[last], acknowledged[last + 1]);
        let mut torn = log[..from + dice.below(to - from)].to_vec();
        if round % 2 == 1 {
            for byte in &mut torn[from..] {
                *byte ^= (dice.roll() % 256) as u8;
            }
            torn.extend((0..dice.below(9000)).map(|_| (dice.roll() % 256) as u8));
        }
        assert_eq!(kept(&main, &torn).await, last, "round {round}, {last} acknowledged");
    }
}

#[tokio::test]
async fn a_log_that_is_damaged_anywhere_gives_what_stands_before_the_damage() {
    let mut dice = Dice(2);
    let Recorded { main, log, acknowledged } = recorded(&mut dice).await;
    for round in 0..ROUNDS {
        let at = dice.below(log.len());
        let mut damaged = log.clone();
        let length = (1 + dice.below(64)).min(log.len() - at);
        for byte in &mut damaged[at..at + length] {
            *byte ^= 1 + (dice.roll() % 255) as u8;
        }
        let before = acknowledged.iter().filter(|end| **end <= at && **end > 0).count();
        let kept = kept(&main, &damaged).await;
        assert!(kept >= before || at < 32, "round {round}: {kept} of {before} before byte {at}");
    }
}

/// Everything that is asked of a state in daily use.
async fn used(path: &Path) -> Result<usize, StoreError> {
    let store = open(path).await?;
    let outcome = async {
        store.list_sessions(10).await?;
        let count = store.entries("s", 0).await?.len();
        store.append("s", &[JournalEntry::new("text", json!(0))]).await?;
        Ok(count)
    };
    let outcome = outcome.await;
    store.close().await;
    outcome
}

#[tokio::test]
async fn a_damaged_main_file_is_named_with_the_way_to_save_it() {
    let mut dice = Dice(3);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.db");
    let store = open(&path).await.unwrap();
    store.create_session(&NewSession::new("s", "t", Door::Ask)).await.unwrap();
    for number in 1..=60 {
        store.append("s", &[entry(number, &mut dice)]).await.unwrap();
    }
    store.close().await;
    let sound = std::fs::read(&path).unwrap();
    let mut named = 0;
    for round in 0..ROUNDS {
        let mut damaged = sound.clone();
        let page = dice.below(sound.len() / 4096) * 4096;
        for byte in &mut damaged[page..page + 4096] {
            *byte = (dice.roll() % 256) as u8;
        }
        let copy = folder.path().join(format!("{round}.db"));
        std::fs::write(&copy, &damaged).unwrap();
        match used(&copy).await {
            // A page that nothing of this needs.
            Ok(_) => {}
            Err(error @ StoreError::Corrupt { .. }) => {
                named += 1;
                let text = error.to_string();
                assert!(text.contains(&format!("sqlite3 {} .recover", copy.display())), "{text}");
            }
            Err(StoreError::Value(_)) => {}
            Err(other) => panic!("round {round}, page {}: {other:?}", page / 4096),
        }
    }
    assert!(named > 20, "{named} of {ROUNDS} were noticed");
}
