//! Root cause first: what one finding explains is not said twice.

use dbwright_finding::Severity;

use crate::{
    insight::{Insight, Scope},
    units::cut,
};

/// A rule whose findings, on the same node, say what another would say less exactly.
const SAME_NODE: [(&str, &str); 19] = [
    ("seq_scan_selective", "parallel_missing"),
    ("read_efficiency", "seq_scan_selective"),
    ("rls_function_per_row", "seq_scan_selective"),
    ("rls_function_per_row", "non_sargable"),
    ("rls_function_per_row", "expression_misestimate"),
    ("like_prefix_collation", "seq_scan_selective"),
    ("index_only_candidate", "data_locality"),
    ("generic_plan", "row_misestimate"),
    ("generic_plan", "inefficient_index_filter"),
    ("limit_wrong_index", "inefficient_index_filter"),
    ("non_sargable", "seq_scan_selective"),
    ("implicit_cast", "seq_scan_selective"),
    ("implicit_cast", "non_sargable"),
    ("leading_wildcard", "seq_scan_selective"),
    ("leading_wildcard", "non_sargable"),
    ("not_in_subplan", "seq_scan_selective"),
    ("lossy_bitmap", "inefficient_index_filter"),
    ("sort_spill", "sort_avoidable"),
    ("nested_loop_seq_inner", "nested_loop_many"),
];

/// Rules that say why the planner misjudged rows.
const MISESTIMATES: [&str; 5] =
    ["stale_stats", "expression_misestimate", "correlated_columns", "join_misestimate", "row_misestimate"];

/// Symptoms that a misestimate below them explains; the first are told by the cause alone.
const TOLD_BY_CAUSE: [&str; 1] = ["nested_loop_many"];
const EXPLAINED: [&str; 4] = ["nested_loop_seq_inner", "hash_batches", "sort_spill", "hashagg_spill"];

/// Drops what another finding says better and links symptoms to their cause.
pub(crate) fn settle(scope: &Scope<'_>, mut insights: Vec<Insight>) -> Vec<Insight> {
    let has = |insights: &[Insight], rule: &str, node| {
        insights.iter().any(|other| other.finding.rule == rule && other.node == node)
    };
    let doubled: Vec<bool> = insights
        .iter()
        .map(|insight| {
            SAME_NODE
                .iter()
                .any(|&(better, worse)| insight.finding.rule == worse && has(&insights, better, insight.node))
        })
        .collect();
    let mut doubled = doubled.into_iter();
    insights.retain(|_| !doubled.next().unwrap_or(false));
    told_by_another(&mut insights);
    unpartitioned(scope, &mut insights);
    link_causes(scope, &mut insights);
    insights
}

/// That a scan reads from disk is said only where nothing better is known of it.
fn told_by_another(insights: &mut Vec<Insight>) {
    let told: Vec<Option<usize>> =
        insights.iter().filter(|insight| insight.finding.rule != "io_bound").map(|insight| insight.node).collect();
    insights.retain(|insight| insight.finding.rule != "io_bound" || !told.contains(&insight.node));
}

/// What is said of each partition is said once, where pruning would have left it out.
fn unpartitioned(scope: &Scope<'_>, insights: &mut Vec<Insight>) {
    let pruned: Vec<usize> = insights
        .iter()
        .filter(|insight| insight.finding.rule == "partition_pruning")
        .filter_map(|insight| insight.node)
        .collect();
    insights.retain(|insight| {
        let parent = insight.node.and_then(|node| scope.plan.node(node).parent);
        !parent.is_some_and(|parent| pruned.contains(&parent))
    });
}

fn link_causes(scope: &Scope<'_>, insights: &mut Vec<Insight>) {
    let causes: Vec<Insight> =
        insights.iter().filter(|insight| MISESTIMATES.contains(&insight.finding.rule.as_str())).cloned().collect();
    for cause in causes {
        let Some(at) = cause.node else { continue };
        let above: Vec<usize> = scope.plan.ancestors(scope.plan.node(at)).map(|node| node.id).collect();
        let mut effects: Vec<(Severity, String)> = Vec::new();
        insights.retain_mut(|insight| {
            let rule = insight.finding.rule.as_str();
            if !insight.node.is_some_and(|node| node == at || above.contains(&node)) {
                return true;
            }
            if TOLD_BY_CAUSE.contains(&rule) {
                effects.push((insight.finding.severity, insight.finding.title.clone()));
                return false;
            }
            if EXPLAINED.contains(&rule) {
                let because = format!("Because of {}: {}.", cause.finding.rule, cause.finding.title);
                let why = std::mem::take(&mut insight.finding.why);
                insight.finding.why = if why.is_empty() { because } else { format!("{because} {why}") };
            }
            true
        });
        if !effects.is_empty()
            && let Some(insight) =
                insights.iter_mut().find(|insight| insight.finding.id == cause.finding.id && insight.node == cause.node)
        {
            let titles: Vec<&str> = effects.iter().map(|(_, title)| title.as_str()).collect();
            insight.finding.why.push_str(&format!(" It led to: {}.", cut(&titles.join("; "), 300)));
            let worst = effects.iter().map(|(severity, _)| *severity).max();
            insight.finding.severity = insight.finding.severity.max(worst.unwrap_or(Severity::Info));
        }
    }
}
