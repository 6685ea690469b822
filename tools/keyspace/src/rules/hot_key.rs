//! Keys that take much of the traffic.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::{
    analysis::Facts,
    facts::{KeySample, display_name},
};

/// A key whose access counter stands far above the rest.
pub(crate) const RULE: Rule = Rule {
    id: "hot.key",
    group: "cache",
    severity: Severity::Medium,
    summary: "One key takes much of the traffic: it cannot be spread over nodes",
};

/// The counter is logarithmic: 100 is thousands of accesses a minute with the default factor.
const HOT: u8 = 100;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut counted: Vec<(u8, &KeySample)> =
        facts.snapshot.samples.iter().filter_map(|sample| Some((sample.freq?, sample))).collect();
    counted.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
    let median = counted.get(counted.len() / 2).map_or(0, |(freq, _)| *freq);
    counted
        .into_iter()
        .take(3)
        .filter(|(freq, _)| *freq >= HOT && *freq >= median.saturating_add(50))
        .map(|(freq, sample)| {
            let name = display_name(&sample.name);
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Key, &name),
                format!("{name} is hot: access counter {freq} of 255, median key {median}"),
            )
            .why("All its traffic goes to one thread of one node.")
            .evidence(Evidence::new("OBJECT FREQ", "counter", freq))
            .evidence(Evidence::new("OBJECT FREQ", "median_counter", median))
            .fix(Fix::advice(FixKind::Code, "Keep a copy in the application for a second or two (client-side caching), or read one of several copies of the key."))
        })
        .collect()
}
