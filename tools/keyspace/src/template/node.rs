//! A node of the name tree: the names that share a prefix of segments.

use std::collections::HashMap;

use super::{kind::Kind, kind::MARK, tokens::pure_kind};

/// One position in the tree.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Names that pass through or end here.
    pub(crate) count: u64,
    /// Names that end here.
    pub(crate) ends: u64,
    /// Sum of the weights of the names that end here.
    pub(crate) weight: u64,
    /// Different words merged into this node, counted once per merge.
    pub(crate) distinct: u64,
    /// Children by encoded segment, separator first.
    pub(crate) children: HashMap<Box<[u8]>, Node>,
    /// Segments that were merged into a sibling of another kind, and which.
    pub(crate) redirects: HashMap<Box<[u8]>, Box<[u8]>>,
}

impl Node {
    /// Nodes in this subtree, itself included.
    pub(crate) fn size(&self) -> usize {
        1 + self.children.values().map(Self::size).sum::<usize>()
    }

    /// Adds everything of `other` to this node.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.count += other.count;
        self.ends += other.ends;
        self.weight += other.weight;
        self.distinct += other.distinct.max(1);
        for (edge, child) in other.children {
            self.children.entry(edge).or_default().absorb_same(child);
        }
        self.redirects.extend(other.redirects);
    }

    /// As [`absorb`](Self::absorb), for the same segment seen twice: no new word.
    fn absorb_same(&mut self, other: Self) {
        let distinct = self.distinct + other.distinct;
        self.absorb(other);
        self.distinct = distinct;
    }

    /// Moves the child `from` into the child `to` and remembers it when `remember`.
    pub(crate) fn fold(&mut self, from: &[u8], to: &[u8], remember: bool) {
        let Some(child) = self.children.remove(from) else { return };
        self.children.entry(to.into()).or_default().absorb(child);
        if remember {
            self.redirects.insert(from.into(), to.into());
        }
    }

    /// The child that a segment of a name leads to, after the merges made here.
    pub(crate) fn descend(&self, edge: &[u8]) -> Option<(&[u8], &Self)> {
        if let Some((key, child)) = self.children.get_key_value(edge) {
            return Some((key, child));
        }
        let stemmed = stem(edge).map(suffixed).filter(|key| self.children.contains_key(key.as_slice()));
        let separator = edge.first().copied().unwrap_or(0);
        let name = edge_of(separator, Kind::Name);
        let start: &[u8] = match &stemmed {
            Some(key) => key,
            None if self.redirects.contains_key(edge) => edge,
            None => &name,
        };
        let mut key = start;
        // Redirects can chain once per kind at most.
        for _ in 0..8 {
            if let Some((key, child)) = self.children.get_key_value(key) {
                return Some((key, child));
            }
            key = self.redirects.get(key)?;
        }
        None
    }
}

/// The encoded segment that is one value of `kind` after `separator`.
pub(crate) const fn edge_of(separator: u8, kind: Kind) -> [u8; 3] {
    [separator, MARK, kind as u8]
}

/// The kind of an encoded segment that is one value.
pub(crate) fn edge_kind(edge: &[u8]) -> Option<Kind> {
    edge.split_first().and_then(|(_, segment)| pure_kind(segment))
}

/// `:t` of `:t42`: a word with a counter glued to it.
pub(crate) fn stem(edge: &[u8]) -> Option<&[u8]> {
    if edge.contains(&MARK) {
        return None;
    }
    let digits = edge.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let stem = edge.get(..edge.len() - digits)?;
    (digits > 0 && stem.len() > 1 && stem.last().is_some_and(u8::is_ascii_alphabetic)).then_some(stem)
}

/// `:t{n}` for the stem `:t`.
pub(crate) fn suffixed(stem: &[u8]) -> Vec<u8> {
    let mut key = stem.to_vec();
    key.extend([MARK, Kind::Suffix as u8]);
    key
}
