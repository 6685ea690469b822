//! The constructive part: always the move that saves most for its size.

use super::view::View;

/// One or more candidates that are taken together.
#[derive(Debug, Clone)]
struct Move {
    candidates: Vec<usize>,
    /// Value when last worked out; savings only shrink as the set grows, so it bounds the present
    /// value from above.
    score: f64,
}

/// Adds to a set until nothing that is worth its place is left, or no place.
pub(super) fn extend(view: &View<'_>, mut chosen: Vec<usize>) -> Vec<usize> {
    let promising = view.promising();
    let limits = &view.search.limits;
    let mut moves = moves(view, promising, &chosen);
    while chosen.len() < limits.max_indexes {
        let Some(at) = best(view, promising, &chosen, &mut moves) else { break };
        let taken = moves.swap_remove(at);
        chosen.extend(
            taken.candidates.iter().filter(|candidate| !chosen.contains(candidate)).copied().collect::<Vec<_>>(),
        );
        for other in &mut moves {
            other.candidates.retain(|candidate| !chosen.contains(candidate));
        }
        moves.retain(|other| !other.candidates.is_empty());
    }
    chosen
}

/// Each candidate alone, and for each statement the ones that its best plan combines: two
/// indexes that only help together are found in no other way.
fn moves(view: &View<'_>, promising: &[usize], chosen: &[usize]) -> Vec<Move> {
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for &query in promising {
        let relevant = view.relevant(query);
        if let Some(plan) = view.plan(query, relevant)
            && plan.used.len() > 1
        {
            sets.push(plan.used.clone());
        }
        sets.extend(relevant.iter().map(|&candidate| vec![candidate]));
    }
    for set in &mut sets {
        set.retain(|candidate| !chosen.contains(candidate));
    }
    sets.retain(|set| !set.is_empty());
    sets.sort();
    sets.dedup();
    sets.into_iter().map(|candidates| Move { candidates, score: f64::INFINITY }).collect()
}

/// The position of the best move that is allowed; refreshes only the scores that could win.
fn best(view: &View<'_>, promising: &[usize], chosen: &[usize], moves: &mut [Move]) -> Option<usize> {
    let mut fresh = vec![false; moves.len()];
    loop {
        let (at, top) = moves.iter().enumerate().max_by(|a, b| a.1.score.total_cmp(&b.1.score))?;
        if top.score <= 0.0 {
            return None;
        }
        if fresh.get(at).copied().unwrap_or(true) {
            return Some(at);
        }
        let score = score(view, promising, chosen, &top.candidates);
        if score.is_nan() {
            return None;
        }
        if let (Some(slot), Some(mark)) = (moves.get_mut(at), fresh.get_mut(at)) {
            slot.score = score;
            *mark = true;
        }
    }
}

/// Saved cost, less the price in writes, by the square root of the size: by the size itself the
/// first choice would always be some tiny index that a slightly larger one makes useless.
fn score(view: &View<'_>, promising: &[usize], chosen: &[usize], added: &[usize]) -> f64 {
    let limits = &view.search.limits;
    let mut with = chosen.to_vec();
    with.extend(added);
    let total_bytes: u64 = with.iter().map(|&candidate| view.bytes(candidate)).sum();
    if with.len() > limits.max_indexes || limits.budget_bytes.is_some_and(|budget| total_bytes > budget) {
        return 0.0;
    }
    let affected: Vec<usize> = promising
        .iter()
        .copied()
        .filter(|&query| view.relevant(query).iter().any(|candidate| added.contains(candidate)))
        .collect();
    let mut saved = 0.0;
    for &query in &affected {
        // Every statement is asked before giving up, so that one round trip answers all.
        saved += view.weight(query) * (view.cost(query, chosen) - view.cost(query, &with));
    }
    if saved.is_nan() {
        return f64::NAN;
    }
    saved -= added.iter().map(|&candidate| view.price(candidate)).sum::<f64>();
    if saved <= 0.0 || !view.helps_someone(&affected, chosen, &with) {
        return 0.0;
    }
    let bytes: u64 = added.iter().map(|&candidate| view.bytes(candidate)).sum();
    #[expect(clippy::cast_precision_loss, reason = "sizes stay far below 2^52")]
    let size = bytes.max(8192) as f64;
    saved / size.sqrt()
}
