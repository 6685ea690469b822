//! Every fuzz target on its seeds and on mutations of them: the same ones in every run, so that a
//! target cannot rot and a crash can be repeated. `fuzz/README.md` says how to search for new ones.

#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::path::PathBuf;

use targets::TARGETS;

/// Mutations of each target.
fn rounds() -> usize {
    if std::env::var("DBWRIGHT_DRILLS").is_ok_and(|value| value == "long") { 200_000 } else { 1_500 }
}

/// A small generator of well-mixed numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Cuts, repeats, swaps and overwrites, a few times over; sometimes with a part of another seed.
fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let from = dice.below(bytes.len() + 1);
        let to = from + dice.below((bytes.len() - from).min(40) + 1);
        match dice.below(6) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let part = bytes[from..to].to_vec();
                let times = 1 + dice.below(8);
                bytes.splice(from..from, part.repeat(times));
            }
            2 => {
                let other = &seeds[dice.below(seeds.len())];
                let start = dice.below(other.len() + 1);
                let end = (start + dice.below(60)).min(other.len());
                bytes.splice(from..to, other[start..end].iter().copied());
            }
            3 => bytes.truncate(from),
            4 => {
                let odd: [&[u8]; 12] = [
                    b"\0",
                    b"'",
                    b"\"",
                    b"\\",
                    b"$$",
                    b"/*",
                    b"\xff",
                    b"\xe2\x82",
                    b"{",
                    b"(",
                    b"\r",
                    b"99999999999999999999",
                ];
                let insert = odd[dice.below(odd.len())];
                bytes.splice(from..from, insert.iter().copied());
            }
            _ => {
                for byte in &mut bytes[from..to] {
                    *byte = dice.below(256) as u8;
                }
            }
        }
    }
    bytes.truncate(64 * 1024);
    bytes
}

#[test]
fn every_target_holds_on_seeds_and_mutations() {
    let threads: Vec<_> = TARGETS
        .iter()
        .map(|(name, target)| {
            let run = move || {
                let seeds = seeds(name);
                assert!(!seeds.is_empty(), "{name} has no seeds");
                seeds.iter().for_each(|seed| target(seed));
                let mut dice = Dice(11);
                for round in 0..rounds() {
                    let input = mutated(&seeds, &mut dice);
                    let outcome = std::panic::catch_unwind(|| target(&input));
                    assert!(outcome.is_ok(), "{name}, round {round}: {:?}", String::from_utf8_lossy(&input));
                }
            };
            std::thread::Builder::new().name((*name).to_owned()).spawn(run).unwrap()
        })
        .collect();
    let failed: Vec<String> = threads
        .into_iter()
        .filter_map(|thread| {
            let name = thread.thread().name().unwrap_or_default().to_owned();
            thread.join().is_err().then_some(name)
        })
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}
