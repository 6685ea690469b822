//! B-trees: equality columns, then one range or the sort order.

use std::collections::BTreeMap;

use super::wants::{Wants, is_sortable, plain_keys, share};
use crate::{Candidate, CandidateClass, IndexKey, KeyExpression, Predicate, PredicateKind, TableName, shape::SortKey};

/// More keys than this never paid in any of the measured workloads.
const MOST_KEYS: usize = 5;
/// Equality columns taken into one index: after four the rest filters a handful of rows.
const MOST_EQUALITIES: usize = 4;

/// How many statements of the workload ask for equality on a key of a table: a key that many
/// share goes first, so that one index serves them all.
pub(super) type Popularity = BTreeMap<(TableName, KeyExpression), usize>;

/// Proposes b-trees for one relation.
pub(super) fn propose(wants: &Wants<'_>, popularity: &Popularity) -> Vec<Candidate> {
    let mut found = Found { table: wants.table.name.clone(), candidates: Vec::new() };
    singles(wants, &mut found);
    for equal in equality_orders(wants, popularity) {
        let keys = plain_keys(equal.iter().map(|predicate| &predicate.key));
        found.push(keys.clone());
        for range in &wants.ranges {
            found.push(with(&keys, plain_keys([&range.key])));
        }
        for sort in wants.sorts {
            sorted(wants, &equal, sort, &mut found);
        }
        for join in &wants.joined {
            let join = plain_keys([&join.key]);
            found.push(with(&join, keys.clone()));
            found.push(with(&keys, join));
        }
    }
    pairs(wants, &mut found);
    joins(wants, &mut found);
    // The order alone, where nothing fixes a value in front of it. With an equality at hand it
    // would be a trap: the planner expects the first match soon, and for a rare value reads all.
    let fixed = wants.equal.iter().any(|predicate| !matches!(predicate.kind, PredicateKind::In(_)));
    if !fixed {
        for sort in wants.sorts {
            sorted(wants, &[], sort, &mut found);
        }
    }
    found.candidates
}

struct Found {
    table: TableName,
    candidates: Vec<Candidate>,
}

impl Found {
    fn push(&mut self, mut keys: Vec<IndexKey>) {
        keys.truncate(MOST_KEYS);
        if keys.is_empty() {
            return;
        }
        let candidate = Candidate::btree(self.table.clone(), keys, CandidateClass::Btree);
        if !self.candidates.contains(&candidate) {
            self.candidates.push(candidate);
        }
    }
}

fn singles(wants: &Wants<'_>, found: &mut Found) {
    for predicate in wants.equal.iter().chain(&wants.joined).chain(&wants.ranges) {
        // NULL rows and booleans alone are the partial generator's business.
        if matches!(predicate.kind, PredicateKind::IsTrue | PredicateKind::IsFalse) {
            continue;
        }
        found.push(plain_keys([&predicate.key]));
    }
}

/// The equality columns in one or two orders: the most selective first, and the most shared
/// first where that differs.
fn equality_orders<'a>(wants: &Wants<'a>, popularity: &Popularity) -> Vec<Vec<&'a Predicate>> {
    // Each further column must still narrow what the ones before it left.
    let mut chosen: Vec<&Predicate> = Vec::new();
    let mut rows = wants.table.rows;
    for predicate in wants.equal.iter().copied().take(MOST_EQUALITIES) {
        if !chosen.is_empty() && rows <= 1.0 {
            break;
        }
        rows *= share(predicate, wants.table);
        chosen.push(predicate);
    }
    if chosen.is_empty() {
        return Vec::new();
    }
    let popular = |predicate: &&Predicate| {
        popularity.get(&(wants.table.name.clone(), predicate.key.clone())).copied().unwrap_or(0)
    };
    let mut shared = chosen.clone();
    shared.sort_by_key(|predicate| std::cmp::Reverse(popular(predicate)));
    if shared == chosen { vec![chosen] } else { vec![chosen, shared] }
}

/// Equality columns, then the order. A list of values breaks the order behind it, so those
/// columns stand behind the sort keys, where they still filter inside the index.
fn sorted(wants: &Wants<'_>, equal: &[&Predicate], sort: &[SortKey], found: &mut Found) {
    let is_list = |predicate: &&&Predicate| matches!(predicate.kind, PredicateKind::In(_));
    let single: Vec<&Predicate> = equal.iter().filter(|p| !is_list(p)).copied().collect();
    let lists: Vec<&Predicate> = equal.iter().filter(is_list).copied().collect();
    let order: Vec<&SortKey> = sort
        .iter()
        .filter(|key| !equal.iter().any(|predicate| predicate.key == key.key && !is_list(&predicate)))
        .take_while(|key| is_sortable(wants.table, &key.key))
        .collect();
    let Some(first) = order.first() else { return };
    // An index reads both ways: the ascending form serves the descending order too.
    let turn = first.direction.descending;
    let order_keys: Vec<IndexKey> = order
        .iter()
        .map(|key| {
            let direction = if turn { key.direction.reversed() } else { key.direction };
            IndexKey::new(key.key.clone()).direction(direction)
        })
        .collect();
    let mut keys = plain_keys(single.iter().map(|predicate| &predicate.key));
    keys.extend(order_keys);
    let behind = lists.iter().filter(|list| !order.iter().any(|key| key.key == list.key)).map(|list| &list.key);
    let with_lists = with(&keys, plain_keys(behind));
    found.push(keys);
    found.push(with_lists);
}

/// Two keys each, for statements whose full set is too wide or whose columns others share.
fn pairs(wants: &Wants<'_>, found: &mut Found) {
    for (at, first) in wants.equal.iter().enumerate() {
        for second in wants.equal.iter().skip(at + 1).take(2).chain(wants.ranges.iter().take(3)) {
            found.push(plain_keys([&first.key, &second.key]));
        }
    }
}

/// The inner side of a join: the join column, then whatever else narrows it.
fn joins(wants: &Wants<'_>, found: &mut Found) {
    for (at, join) in wants.joined.iter().enumerate() {
        for second in wants.joined.iter().skip(at + 1).take(2) {
            found.push(plain_keys([&join.key, &second.key]));
            found.push(plain_keys([&second.key, &join.key]));
        }
        for range in wants.ranges.iter().take(3) {
            found.push(plain_keys([&join.key, &range.key]));
        }
        for sort in wants.sorts {
            sorted(wants, &[join], sort, found);
        }
    }
}

fn with(front: &[IndexKey], back: Vec<IndexKey>) -> Vec<IndexKey> {
    let mut keys = front.to_vec();
    for key in back {
        if !keys.iter().any(|known| known.expression == key.expression) {
            keys.push(key);
        }
    }
    keys
}
