//! A uniform sample of a stream of unknown length, and its largest elements.

use std::{cmp::Reverse, collections::BinaryHeap};

/// A name with its memory, where that is known.
pub(crate) type Seen = (Vec<u8>, Option<u64>);

/// Algorithm R with a generator of its own: the same names in the same order give the same
/// sample, so that two reviews of an unchanged keyspace agree.
#[derive(Debug)]
pub(crate) struct Reservoir {
    capacity: usize,
    seen: u64,
    state: u64,
    kept: Vec<Seen>,
}

impl Reservoir {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, seen: 0, state: 0x9E37_79B9_7F4A_7C15, kept: Vec::new() }
    }

    pub(crate) fn offer(&mut self, name: &[u8], memory: Option<u64>) {
        self.seen += 1;
        if self.kept.len() < self.capacity {
            self.kept.push((name.to_vec(), memory));
            return;
        }
        let slot = usize::try_from(self.random() % self.seen).unwrap_or(usize::MAX);
        if let Some(place) = self.kept.get_mut(slot) {
            *place = (name.to_vec(), memory);
        }
    }

    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 1
    }

    pub(crate) fn into_kept(self) -> Vec<Seen> {
        self.kept
    }
}

/// The names with the most memory.
#[derive(Debug)]
pub(crate) struct Largest {
    capacity: usize,
    heap: BinaryHeap<Reverse<(u64, Vec<u8>)>>,
}

impl Largest {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, heap: BinaryHeap::new() }
    }

    pub(crate) fn offer(&mut self, name: &[u8], memory: u64) {
        let smallest = self.heap.peek().map_or(0, |Reverse((memory, _))| *memory);
        if self.heap.len() >= self.capacity {
            if memory <= smallest {
                return;
            }
            self.heap.pop();
        }
        self.heap.push(Reverse((memory, name.to_vec())));
    }

    /// Largest first.
    pub(crate) fn into_names(self) -> Vec<Seen> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse((memory, name))| (name, Some(memory))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_uniform_and_repeats() {
        let sample = || {
            let mut reservoir = Reservoir::new(1000);
            (0..100_000u32).for_each(|n| reservoir.offer(n.to_string().as_bytes(), None));
            reservoir.into_kept()
        };
        let kept = sample();
        assert_eq!(kept, sample());
        let late =
            kept.iter().filter(|(name, _)| String::from_utf8_lossy(name).parse::<u32>().unwrap() >= 50_000).count();
        assert!((400..600).contains(&late), "{late}");
    }

    #[test]
    fn the_largest_are_kept_in_order() {
        let mut largest = Largest::new(3);
        for size in [5, 1, 9, 7, 2] {
            largest.offer(format!("k{size}").as_bytes(), size);
        }
        let sizes: Vec<_> = largest.into_names().into_iter().filter_map(|(_, memory)| memory).collect();
        assert_eq!(sizes, [9, 7, 5]);
    }
}
