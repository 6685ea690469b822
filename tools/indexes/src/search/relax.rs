//! The destructive part: drop what became useless, exchange what has a better relative.

use super::view::View;

/// INCLUDE columns must save this share of what the statements cost at first: else they only
/// make a good index larger.
const SIMPLER: f64 = 0.002;
/// Relatives of a chosen index that are tried in its place.
const MOST_RELATIVES: usize = 6;
/// An exchange must save this share of what the statements that use the index cost now, or save
/// space for less than half of it.
const LEAST_CHANGE: f64 = 0.05;

/// Drops, least valuable first, every index without which no statement is worth an index worse.
/// Returns the rest, most valuable first.
pub(super) fn leave_one_out(view: &View<'_>, mut chosen: Vec<usize>) -> Vec<usize> {
    let promising = view.promising();
    loop {
        let mut losses: Vec<(usize, f64)> = chosen
            .iter()
            .map(|&candidate| {
                let without = without(&chosen, candidate);
                let loss = promising
                    .iter()
                    .map(|&query| view.weight(query) * (view.cost(query, &without) - view.cost(query, &chosen)))
                    .sum();
                (candidate, loss)
            })
            .collect();
        if view.is_blocked() {
            return chosen;
        }
        losses.sort_by(|a, b| b.1.total_cmp(&a.1));
        let useless = losses.iter().rev().find(|(candidate, loss)| {
            *loss <= view.price(*candidate) || !view.helps_someone(promising, &without(&chosen, *candidate), &chosen)
        });
        match useless {
            Some(&(candidate, _)) => chosen.retain(|&other| other != candidate),
            None => return losses.into_iter().map(|(candidate, _)| candidate).collect(),
        }
    }
}

/// Exchanges each index once for a candidate that helps the same statements, if that is better
/// or nearly as good and clearly smaller.
pub(super) fn exchange(view: &View<'_>, mut chosen: Vec<usize>) -> Vec<usize> {
    let promising = view.promising();
    for at in 0..chosen.len() {
        let Some(&present) = chosen.get(at) else { break };
        let total = |set: &[usize]| -> f64 {
            let reads: f64 = promising.iter().map(|&query| view.weight(query) * view.cost(query, set)).sum();
            reads + set.iter().map(|&candidate| view.price(candidate)).sum::<f64>()
        };
        let users: f64 =
            users(view, &chosen, present).map(|query| view.weight(query) * view.cost(query, &chosen)).sum();
        let first: f64 =
            self::users(view, &chosen, present).map(|query| view.weight(query) * view.cost(query, &[])).sum();
        let mut best = (total(&chosen), view.bytes(present), present);
        for relative in relatives(view, &chosen, present) {
            let mut set = without(&chosen, present);
            set.push(relative);
            let (cost, bytes) = (total(&set), view.bytes(relative));
            let over_budget = view
                .search
                .limits
                .budget_bytes
                .is_some_and(|budget| set.iter().map(|&candidate| view.bytes(candidate)).sum::<u64>() > budget);
            let payload = is_plain_of(view, best.2, relative);
            let better = cost < best.0 - users * LEAST_CHANGE && !(payload && cost > best.0 - first * SIMPLER);
            let smaller = cost <= best.0 + users * LEAST_CHANGE / 2.0 && bytes < best.1 / 4 * 3;
            let simpler = is_plain_of(view, relative, best.2)
                && cost <= best.0 + (first * SIMPLER).max(users * LEAST_CHANGE / 2.0);
            if !over_budget && (better || smaller || simpler) {
                best = (cost, bytes, relative);
            }
        }
        if view.is_blocked() {
            return chosen;
        }
        if let Some(slot) = chosen.get_mut(at) {
            *slot = best.2;
        }
    }
    chosen
}

/// Puts one index in the place of two on the same table, where the statements lose next to nothing and writes and space
/// gain: by prefix, by a wider payload, full instead of two partial ones.
pub(super) fn merge(view: &View<'_>, mut chosen: Vec<usize>) -> Vec<usize> {
    let mut at = 0;
    while at < chosen.len() {
        let Some(&first) = chosen.get(at) else { break };
        let others: Vec<usize> =
            chosen.iter().copied().skip(at + 1).filter(|&other| view.table(other) == view.table(first)).collect();
        let merged = others.into_iter().find_map(|second| merged(view, &chosen, first, second));
        if view.is_blocked() {
            return chosen;
        }
        match merged {
            Some(set) => {
                chosen = set;
                at = 0;
            }
            None => at += 1,
        }
    }
    chosen
}

/// The set with one candidate in the place of two, if that is as good.
fn merged(view: &View<'_>, chosen: &[usize], first: usize, second: usize) -> Option<Vec<usize>> {
    let rest: Vec<usize> = chosen.iter().copied().filter(|&other| other != first && other != second).collect();
    let mut concerned: Vec<usize> = users(view, chosen, first).chain(users(view, chosen, second)).collect();
    concerned.sort_unstable();
    concerned.dedup();
    let serves_all = |candidate: &usize| concerned.iter().all(|&query| view.relevant(query).contains(candidate));
    let first_query = concerned.first().copied()?;
    let options: Vec<usize> = view
        .relevant(first_query)
        .iter()
        .copied()
        .filter(|&candidate| view.table(candidate) == view.table(first))
        .filter(serves_all)
        .filter(|&candidate| view.bytes(candidate) < view.bytes(first) + view.bytes(second))
        .collect();
    let total = |set: &[usize]| -> f64 {
        let reads: f64 = concerned.iter().map(|&query| view.weight(query) * view.cost(query, set)).sum();
        reads + set.iter().map(|&candidate| view.price(candidate)).sum::<f64>()
    };
    let slack =
        concerned.iter().map(|&query| view.weight(query) * view.cost(query, chosen)).sum::<f64>() * LEAST_CHANGE / 2.0;
    options.into_iter().take(MOST_RELATIVES).find_map(|candidate| {
        let mut set = rest.clone();
        if !set.contains(&candidate) {
            set.push(candidate);
        }
        (total(&set) <= total(chosen) + slack).then_some(set)
    })
}

/// Candidates that help a statement which uses `present`, the best alone first.
fn relatives(view: &View<'_>, chosen: &[usize], present: usize) -> Vec<usize> {
    let mut found: Vec<(usize, f64)> = Vec::new();
    for query in users(view, chosen, present) {
        for &candidate in view.relevant(query) {
            if chosen.contains(&candidate) {
                continue;
            }
            let saved = view.weight(query) * (view.cost(query, &[]) - view.cost(query, &[candidate]));
            match found.iter_mut().find(|(known, _)| *known == candidate) {
                Some((_, sum)) => *sum += saved,
                None => found.push((candidate, saved)),
            }
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.into_iter().filter(|(_, saved)| *saved > 0.0).take(MOST_RELATIVES).map(|(candidate, _)| candidate).collect()
}

/// Whether `plain` is the index `other` without INCLUDE columns.
fn is_plain_of(view: &View<'_>, plain: usize, other: usize) -> bool {
    view.search.candidates.get(other).is_some_and(|candidate| candidate.plain == Some(plain))
}

/// Statements whose present plan uses an index.
fn users<'a>(view: &'a View<'_>, chosen: &'a [usize], present: usize) -> impl Iterator<Item = usize> + 'a {
    let uses = move |query: usize| view.plan(query, chosen).is_some_and(|plan| plan.used.contains(&present));
    view.promising().iter().copied().filter(move |&query| uses(query))
}

fn without(set: &[usize], candidate: usize) -> Vec<usize> {
    set.iter().copied().filter(|&other| other != candidate).collect()
}
