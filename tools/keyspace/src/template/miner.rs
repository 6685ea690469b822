//! Mines templates from a stream of names, and tells the template of a name.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    kind::Kind,
    node::{Node, edge_kind},
    settle::{settle, settle_node, squeeze},
    tokens::{Segments, render},
};

/// Children of one node before it is settled early.
const WIDE: usize = 512;
/// Children that survive when settling alone does not make a node small.
const KEPT: usize = 128;
/// Nodes in the tree before all of it is settled early.
const LARGE: usize = 200_000;

/// A template with what was counted for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Template {
    /// The name with its variable parts in braces: `cart:{id}`.
    pub text: String,
    /// Names that match.
    pub keys: u64,
    /// Sum of the weights (bytes, where names were added with their memory).
    pub weight: u64,
}

/// Reads names one by one and keeps a tree of bounded size. Deterministic for the same names in
/// the same order.
#[derive(Debug, Default)]
pub struct Miner {
    root: Node,
    segments: Segments,
    nodes: usize,
    limit: usize,
}

impl Miner {
    /// An empty miner.
    pub fn new() -> Self {
        Self { limit: LARGE, ..Self::default() }
    }

    /// Counts one name. `weight` is added up per template: the key's memory, or 0.
    pub fn add(&mut self, name: &[u8], weight: u64) {
        self.segments.cut(name);
        let mut node = &mut self.root;
        let mut namespace = true;
        node.count += 1;
        for edge in self.segments.iter() {
            if !node.children.contains_key(edge) {
                if node.children.len() >= WIDE {
                    let before = node.size();
                    settle_node(node, namespace);
                    if node.children.len() > WIDE / 2 {
                        squeeze(node, KEPT);
                    }
                    self.nodes = self.nodes.saturating_sub(before - node.size().min(before));
                }
                node.children.insert(edge.into(), Node::default());
                self.nodes += 1;
            }
            namespace = false;
            let Some(child) = node.children.get_mut(edge) else { return };
            node = child;
            node.count += 1;
        }
        node.ends += 1;
        node.weight += weight;
        if self.nodes > self.limit {
            settle(&mut self.root, true);
            self.nodes = self.root.size();
            self.limit = LARGE.max(self.nodes * 2);
        }
    }

    /// Ends the count and decides the templates.
    pub fn finish(mut self) -> Templates {
        settle(&mut self.root, true);
        let mut found = BTreeMap::new();
        let mut path = Vec::new();
        collect(&self.root, &mut path, &mut found);
        let mut list: Vec<Template> =
            found.into_iter().map(|(text, (keys, weight))| Template { text, keys, weight }).collect();
        list.sort_by(|a, b| b.keys.cmp(&a.keys).then_with(|| a.text.cmp(&b.text)));
        let index = list.iter().enumerate().map(|(at, template)| (template.text.clone(), at)).collect();
        Templates { root: self.root, list, index }
    }
}

/// Mines the templates of `names`.
///
/// ```
/// let names = (0..100).flat_map(|n| [format!("user:{n}:profile"), format!("cart:{n}")]).collect::<Vec<_>>();
/// let templates = dbwright_keyspace::mine(names.iter().map(|name| name.as_bytes()));
/// assert_eq!(templates.template_of(b"user:7:profile"), "user:{id}:profile");
/// assert_eq!(templates.list().len(), 2);
/// ```
pub fn mine<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Templates {
    let mut miner = Miner::new();
    for name in names {
        miner.add(name, 0);
    }
    miner.finish()
}

/// The templates of a set of names.
#[derive(Debug, Default)]
pub struct Templates {
    root: Node,
    list: Vec<Template>,
    index: HashMap<String, usize>,
}

impl Templates {
    /// All templates, most keys first.
    pub fn list(&self) -> &[Template] {
        &self.list
    }

    /// What was counted for a template.
    pub fn get(&self, text: &str) -> Option<&Template> {
        self.index.get(text).and_then(|at| self.list.get(*at))
    }

    /// The template of `name`. A name of an unknown family gets the template that its shape
    /// alone suggests.
    pub fn template_of(&self, name: &[u8]) -> String {
        let mut segments = Segments::default();
        segments.cut(name);
        let mut text = String::with_capacity(name.len());
        let mut last = None;
        let mut node = Some(&self.root);
        for edge in segments.iter() {
            match node.and_then(|node| node.descend(edge)) {
                Some((known, child)) => {
                    last = append(known, last, &mut text);
                    node = Some(child);
                }
                None => {
                    last = append(edge, last, &mut text);
                    node = None;
                }
            }
        }
        text
    }
}

fn collect<'a>(node: &'a Node, path: &mut Vec<&'a [u8]>, found: &mut BTreeMap<String, (u64, u64)>) {
    if node.ends > 0 {
        let mut text = String::new();
        let mut last = None;
        for edge in path.iter() {
            last = append(edge, last, &mut text);
        }
        let entry = found.entry(text).or_default();
        entry.0 += node.ends;
        entry.1 += node.weight;
    }
    for (edge, child) in &node.children {
        path.push(edge);
        collect(child, path, found);
        path.pop();
    }
}

/// Writes one segment after the text so far. Runs of names joined by anything weaker than a
/// colon are one value: a path or a slug of any depth.
fn append(edge: &[u8], last: Option<Kind>, text: &mut String) -> Option<Kind> {
    let kind = edge_kind(edge);
    let Some((separator, segment)) = edge.split_first() else { return kind };
    let is_word = |kind: Option<Kind>| matches!(kind, Some(Kind::Name | Kind::Text));
    if is_word(kind) && is_word(last) && !b":|{}".contains(separator) {
        return last;
    }
    if *separator != 0 {
        text.push(char::from(*separator));
    }
    render(segment, text);
    kind
}

#[cfg(test)]
#[path = "miner_tests.rs"]
mod tests;
