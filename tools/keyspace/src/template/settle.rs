//! Decides which words of a node are names of things and which are values.
//!
//! A word stays a literal when it has many keys below it, or when what follows it differs from
//! what follows its siblings. It becomes `{name}` when there are many siblings that look alike.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    kind::{Kind, MARK},
    node::{Node, edge_kind, edge_of, stem, suffixed},
    vocabulary::shared_kind,
};

/// Children of the same stem before the number after it counts as a counter: `s3`, `v1`, `v2`
/// and `http2` are names, `shard0` to `shard15` are not.
const COUNTERS: usize = 4;
/// More words than this in one slot are values unless each has many keys.
const FEW: usize = 20;
/// More words than this in one slot are values.
const MANY: usize = 200;

/// Settles a whole subtree. `namespace` is true where words name what the keys are for: at the
/// root, and below a prefix that nearly all names share.
pub(crate) fn settle(node: &mut Node, namespace: bool) {
    settle_node(node, namespace);
    let total = node.count;
    for (edge, child) in &mut node.children {
        let shared_prefix = namespace && !edge.contains(&MARK) && child.count * 10 >= total * 9;
        settle(child, shared_prefix);
    }
}

/// Settles the children of one node.
pub(crate) fn settle_node(node: &mut Node, namespace: bool) {
    if node.children.len() < 2 && node.redirects.is_empty() {
        return;
    }
    fold_counters(node);
    let mut separators: Vec<u8> = node.children.keys().filter_map(|edge| edge.first().copied()).collect();
    separators.sort_unstable();
    separators.dedup();
    for separator in separators {
        if !namespace {
            fold_vocabulary(node, separator);
        }
        fold_words(node, separator, namespace);
        fold_kinds(node, separator);
        fold_compounds(node, separator);
        fold_strays(node, separator);
    }
}

/// Keeps only the words with the most keys and folds the rest: the bound on memory.
pub(crate) fn squeeze(node: &mut Node, keep: usize) {
    let mut words: Vec<(u64, Box<[u8]>)> = node
        .children
        .iter()
        .filter(|(edge, _)| edge_kind(edge).is_none())
        .map(|(edge, child)| (child.count, edge.clone()))
        .collect();
    words.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    for (_, edge) in words.into_iter().skip(keep) {
        let separator = edge.first().copied().unwrap_or(0);
        node.fold(&edge, &edge_of(separator, Kind::Name), false);
    }
}

fn fold_counters(node: &mut Node) {
    let mut stems: BTreeMap<Box<[u8]>, Vec<Box<[u8]>>> = BTreeMap::new();
    for edge in node.children.keys() {
        if let Some(stem) = stem(edge) {
            stems.entry(stem.into()).or_default().push(edge.clone());
        }
    }
    for (stem, edges) in stems {
        let target = suffixed(&stem);
        if edges.len() >= COUNTERS || node.children.contains_key(target.as_slice()) {
            for edge in edges {
                node.fold(&edge, &target, false);
            }
        }
    }
}

/// Folds a slot of languages, levels, periods or platforms.
fn fold_vocabulary(node: &mut Node, separator: u8) {
    let words: Vec<Box<[u8]>> = node
        .children
        .keys()
        .filter(|edge| edge.first() == Some(&separator) && edge_kind(edge).is_none())
        .take(FEW * 3)
        .cloned()
        .collect();
    let plain: Vec<&[u8]> = words.iter().filter_map(|edge| edge.get(1..)).collect();
    if let Some(kind) = shared_kind(&plain) {
        for edge in &words {
            node.fold(edge, &edge_of(separator, kind), true);
        }
    }
}

/// What follows a word: its child segments, and the empty one when names end at it.
fn continuations(child: &Node) -> impl Iterator<Item = &[u8]> {
    let end: Option<&[u8]> = (child.ends > 0).then_some(&[]);
    child.children.keys().map(AsRef::as_ref).chain(end)
}

fn fold_words(node: &mut Node, separator: u8, namespace: bool) {
    let target = edge_of(separator, Kind::Name);
    let mut words: Vec<(&[u8], &Node)> = node
        .children
        .iter()
        .filter(|(edge, _)| edge.first() == Some(&separator) && edge_kind(edge).is_none())
        .map(|(edge, child)| (edge.as_ref(), child))
        .collect();
    words.sort_unstable_by_key(|(edge, _)| *edge);
    let merged = node.children.get(target.as_slice());
    let distinct = words.len() + merged.map_or(0, |child| usize::try_from(child.distinct).unwrap_or(usize::MAX));
    let folded = if namespace { namespace_values(&words, merged) } else { slot_values(&words, merged, distinct) };
    let folded: Vec<Box<[u8]>> = folded.into_iter().map(Into::into).collect();
    for edge in folded {
        node.fold(&edge, &target, false);
    }
}

/// Words that are followed by the same, with their keys.
type Alike<'a> = Vec<(&'a [u8], u64)>;

/// At a namespace, words are values only when many of them look exactly alike and each has few
/// keys (`alice:cart`, `bob:cart`), or when there are hundreds.
fn namespace_values<'a>(words: &[(&'a [u8], &'a Node)], merged: Option<&Node>) -> Vec<&'a [u8]> {
    let mut alike: HashMap<Vec<&[u8]>, Alike<'a>> = HashMap::new();
    for (edge, child) in words {
        let mut shape: Vec<&[u8]> = continuations(child).collect();
        shape.sort_unstable();
        // Long shapes are lists of values themselves: what matters is that there are many.
        shape.truncate(12);
        alike.entry(shape).or_default().push((edge, child.count));
    }
    let light = |group: &[(&[u8], u64)]| group.iter().map(|(_, count)| *count).sum::<u64>() <= 8 * group.len() as u64;
    let mut values: Vec<&'a [u8]> = alike
        .values()
        .filter(|group| group.len() > MANY || (group.len() >= FEW && light(group)))
        .flatten()
        .map(|(edge, _)| *edge)
        .collect();
    if !values.is_empty() || merged.is_some() || words.len() > MANY {
        // Once the slot is open, what has next to nothing below it belongs to it too.
        let known: HashSet<&[u8]> = values.iter().copied().collect();
        values.extend(
            words.iter().filter(|(edge, child)| child.count < 8 && !known.contains(edge)).map(|(edge, _)| *edge),
        );
    }
    values
}

fn slot_values<'a>(words: &[(&'a [u8], &'a Node)], merged: Option<&Node>, distinct: usize) -> Vec<&'a [u8]> {
    let keys = words.iter().map(|(_, child)| child.count).sum::<u64>() + merged.map_or(0, |child| child.count);
    let keys = usize::try_from(keys).unwrap_or(usize::MAX);
    let is_open = merged.is_some()
        || distinct > MANY
        || (distinct > FEW && distinct.saturating_mul(50) > keys)
        || (distinct >= 10 && keys < distinct * 2)
        || (distinct > FEW && look_alike(words))
        || share_continuations(words);
    if !is_open {
        return Vec::new();
    }
    let mut holders: HashMap<&[u8], usize> = HashMap::new();
    for (_, child) in words {
        for edge in continuations(child) {
            *holders.entry(edge).or_default() += 1;
        }
    }
    let common = (words.len() / 20).max(2);
    let already = |edge: &[u8]| {
        merged.is_some_and(|node| if edge.is_empty() { node.ends > 0 } else { node.children.contains_key(edge) })
    };
    let fits = |child: &Node| {
        continuations(child).all(|edge| already(edge) || holders.get(edge).is_some_and(|n| *n >= common))
    };
    let (alike, odd): (Vec<_>, Vec<_>) = words.iter().partition(|(_, child)| fits(child));
    // A handful of odd ones are literals (`user:index:…` among `user:alice:…`); more of them mean
    // that what follows varies by itself.
    let keep_odd = odd.len() <= FEW && odd.len() * 4 <= distinct;
    alike.iter().chain(odd.iter().filter(|_| !keep_odd)).map(|(edge, _)| *edge).collect()
}

/// Whether four fifths of the words are followed by the same: the same segments, or by a list of
/// values of its own.
fn look_alike(words: &[(&[u8], &Node)]) -> bool {
    let mut shapes: HashMap<Vec<&[u8]>, usize> = HashMap::new();
    for (_, child) in words {
        let values = child.children.keys().filter(|edge| edge_kind(edge).is_none()).count();
        let mut shape: Vec<&[u8]> = continuations(child)
            .filter(|edge| values <= FEW || edge.is_empty() || edge_kind(edge).is_some_and(|kind| kind != Kind::Name))
            .collect();
        shape.sort_unstable();
        *shapes.entry(shape).or_default() += 1;
    }
    shapes.values().max().is_some_and(|most| most * 5 >= words.len() * 4)
}

/// Whether at least five words are followed by the same literal: `tenant:acme:cart`,
/// `tenant:globex:cart`, ….
fn share_continuations(words: &[(&[u8], &Node)]) -> bool {
    if words.len() < 5 {
        return false;
    }
    let mut holders: HashMap<&[u8], usize> = HashMap::new();
    for (_, child) in words {
        for edge in child.children.keys().filter(|edge| !edge.contains(&MARK)) {
            *holders.entry(edge).or_default() += 1;
        }
    }
    let shared = |child: &Node| {
        child.children.keys().any(|edge| holders.get(edge.as_ref()).is_some_and(|n| n * 5 >= words.len() * 3))
    };
    words.iter().filter(|(_, child)| shared(child)).count() * 5 >= words.len() * 4
}

/// Folds a rare kind into a frequent one that its values can be mistaken for: a digest that
/// happens to be all digits, an id that happens to look like a date.
fn fold_kinds(node: &mut Node, separator: u8) {
    let mut kinds: Vec<(u64, Kind)> = node
        .children
        .iter()
        .filter(|(edge, _)| edge.first() == Some(&separator))
        .filter_map(|(edge, child)| edge_kind(edge).filter(|kind| kind.is_confusable()).map(|kind| (child.count, kind)))
        .collect();
    kinds.sort_unstable_by_key(|(count, kind)| (std::cmp::Reverse(*count), *kind));
    let Some((most, main)) = kinds.first().copied() else { return };
    for (count, kind) in kinds.into_iter().skip(1) {
        let twins = matches!(
            (main, kind),
            (Kind::Id, Kind::Epoch) | (Kind::Epoch, Kind::Id) | (Kind::Name, Kind::Text) | (Kind::Text, Kind::Name)
        );
        let (from, to) = (edge_of(separator, kind), edge_of(separator, main));
        let fits =
            node.children.get(from.as_slice()).zip(node.children.get(to.as_slice())).is_some_and(|(a, b)| covers(b, a));
        if fits && (twins || count * 5 <= most) {
            if (main, kind) == (Kind::Epoch, Kind::Id) {
                // Numbers that are not all epochs are plain ids.
                node.fold(&to, &from, true);
                return fold_kinds(node, separator);
            }
            node.fold(&from, &to, true);
        }
    }
}

/// Segments with their keys.
type Counted = Vec<(u64, Box<[u8]>)>;

/// The same for segments with several values: `17-20240101` beside `17-99999999`.
fn fold_compounds(node: &mut Node, separator: u8) {
    let mut forms: BTreeMap<Vec<u8>, Counted> = BTreeMap::new();
    for (edge, child) in &node.children {
        if edge.first() == Some(&separator) && edge.contains(&MARK) && edge_kind(edge).is_none() {
            let numbers = [Kind::Date as u8, Kind::Epoch as u8];
            let mut form = edge.to_vec();
            for at in 1..form.len() {
                if form.get(at - 1) == Some(&MARK) && form.get(at).is_some_and(|code| numbers.contains(code)) {
                    form.splice(at..=at, [Kind::Id as u8]);
                }
            }
            forms.entry(form).or_default().push((child.count, edge.clone()));
        }
    }
    for mut edges in forms.into_values() {
        edges.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let Some((most, main)) = edges.first().cloned() else { continue };
        for (count, edge) in edges.into_iter().skip(1) {
            let fits =
                node.children.get(&main).zip(node.children.get(&edge)).is_some_and(|(into, from)| covers(into, from));
            if fits && count * 5 <= most {
                node.fold(&edge, &main, true);
            }
        }
    }
}

/// Whether everything that follows `child` also follows `node`.
fn covers(node: &Node, child: &Node) -> bool {
    continuations(child).all(|edge| if edge.is_empty() { node.ends > 0 } else { node.children.contains_key(edge) })
        || child.children.len() > FEW
}

/// Folds single words that do not look like words into the values beside them: `deadbeef` among
/// digests, a token without a digit among tokens.
fn fold_strays(node: &mut Node, separator: u8) {
    let main = node
        .children
        .iter()
        .filter(|(edge, _)| edge.first() == Some(&separator))
        .filter_map(|(edge, child)| edge_kind(edge).map(|kind| (child.count, kind)))
        .filter(|(count, kind)| *count >= 50 && matches!(kind, Kind::Hex | Kind::Token | Kind::Name | Kind::Ulid))
        .max_by_key(|(count, kind)| (*count, std::cmp::Reverse(*kind)));
    let Some((most, main)) = main else { return };
    let target = edge_of(separator, main);
    let Some(values) = node.children.get(target.as_slice()) else { return };
    let mut strays: Vec<Box<[u8]>> = node
        .children
        .iter()
        .filter(|(edge, child)| {
            edge.first() == Some(&separator)
                && edge_kind(edge).is_none()
                && child.count * 50 <= most
                && looks_like(edge.get(1..).unwrap_or_default(), main)
                && covers(values, child)
        })
        .map(|(edge, _)| edge.clone())
        .collect();
    strays.sort_unstable();
    for edge in strays {
        node.fold(&edge, &target, true);
    }
}

fn looks_like(segment: &[u8], kind: Kind) -> bool {
    match kind {
        Kind::Hex => segment.len() >= 8 && segment.iter().all(u8::is_ascii_hexdigit),
        _ => {
            segment.len() >= 8
                && segment.iter().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == MARK)
        }
    }
}
