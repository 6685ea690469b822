//! From a plan to what is wrong with it, the costliest first.

use std::collections::BTreeMap;

use dbwright_finding::Finding;

use crate::{Context, Plan, insight::Insight, insight::Scope, precedence, rules};

/// Everything that is worth at least 5 % of the statement and 1 ms, root causes first.
///
/// One finding a rule and object: where a rule fires on several nodes of the same object, the
/// costliest is reported and says how many there are.
pub fn analyze(plan: &Plan, context: &Context) -> Vec<Finding> {
    let scope = Scope::new(plan, context);
    let insights: Vec<Insight> = rules::RULES.iter().flat_map(|rule| (rule.check)(&scope)).collect();
    let mut insights = merge(precedence::settle(&scope, insights));
    insights.sort_by(|a, b| {
        b.finding
            .severity
            .cmp(&a.finding.severity)
            .then(b.stake.share.total_cmp(&a.stake.share))
            .then(a.finding.rule.cmp(&b.finding.rule))
            .then(a.finding.id.cmp(&b.finding.id))
    });
    insights.into_iter().map(|insight| insight.finding).collect()
}

/// One insight per finding id: the costliest, with the number of places.
fn merge(insights: Vec<Insight>) -> Vec<Insight> {
    let mut by_id: BTreeMap<String, (Insight, u64)> = BTreeMap::new();
    for insight in insights {
        match by_id.get_mut(&insight.finding.id) {
            Some((known, places)) => {
                *places += 1;
                if insight.stake.share > known.stake.share {
                    *known = insight;
                }
            }
            None => {
                by_id.insert(insight.finding.id.clone(), (insight, 1));
            }
        }
    }
    by_id
        .into_values()
        .map(|(mut insight, places)| {
            if places > 1 {
                let evidence = dbwright_finding::Evidence::new(evidence_source(&insight), "places", places);
                insight.finding = insight.finding.evidence(evidence);
            }
            insight
        })
        .collect()
}

fn evidence_source(insight: &Insight) -> String {
    insight.finding.evidence.first().map_or_else(|| "explain".to_owned(), |evidence| evidence.source.clone())
}
