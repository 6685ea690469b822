//! Settings that may help a plan, by what is wrong with it.

use dbwright_finding::Finding;

/// Settings to try together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SettingTrial {
    pub(super) settings: Vec<(String, String)>,
    /// Id of the finding that it remedies.
    pub(super) rule: &'static str,
    /// It only shows where the fault lies: nothing to advise.
    pub(super) diagnosis: Option<&'static str>,
}

impl SettingTrial {
    fn one(name: &str, value: &str, rule: &'static str) -> Self {
        Self { settings: vec![(name.to_owned(), value.to_owned())], rule, diagnosis: None }
    }

    /// `work_mem = 64MB`.
    pub(super) fn words(&self) -> String {
        let each: Vec<String> = self.settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        each.join(", ")
    }
}

/// What is worth trying, the smallest change first.
pub(super) fn trials(findings: &[Finding], executed_ms: f64) -> Vec<SettingTrial> {
    let has = |id: &str| findings.iter().any(|finding| finding.rule == id);
    let mut out = Vec::new();
    let spills: [(&str, &'static str); 6] = [
        ("sort_spill", "sort_spill"),
        ("hash_batches", "hash_batches"),
        ("hashagg_spill", "hashagg_spill"),
        ("materialize_spill", "materialize_spill"),
        ("lossy_bitmap", "lossy_bitmap"),
        ("memoize_thrash", "memoize_thrash"),
    ];
    if let Some((_, rule)) = spills.iter().find(|(id, _)| has(id)) {
        for size in ["32MB", "128MB", "512MB"] {
            out.push(SettingTrial::one("work_mem", size, rule));
        }
    }
    if has("jit_overhead") {
        out.push(SettingTrial::one("jit", "off", "jit_overhead"));
    }
    if has("disabled_node") {
        let enable = [
            "enable_seqscan",
            "enable_indexscan",
            "enable_hashjoin",
            "enable_nestloop",
            "enable_mergejoin",
            "enable_sort",
            "enable_bitmapscan",
            "enable_hashagg",
        ];
        let settings = enable.iter().map(|name| ((*name).to_owned(), "on".to_owned())).collect();
        out.push(SettingTrial { settings, rule: "disabled_node", diagnosis: None });
    }
    if has("planning_time") {
        out.push(SettingTrial::one("join_collapse_limit", "4", "planning_time"));
    }
    if has("parallel_missing") || (has("seq_scan_large_unselective") && executed_ms >= 200.0) {
        out.push(SettingTrial::one("max_parallel_workers_per_gather", "4", "parallel_missing"));
    }
    if ["seq_scan_selective", "seq_scan_large_unselective", "io_bound"].iter().any(|id| has(id)) {
        out.push(SettingTrial::one("random_page_cost", "1.1", "random_page_cost"));
    }
    let joins =
        ["nested_loop_many", "nested_loop_seq_inner", "row_misestimate", "join_misestimate", "correlated_columns"];
    if joins.iter().any(|id| has(id)) {
        out.push(SettingTrial {
            diagnosis: Some("the planner's choice of a nested loop is the fault: its estimate must be mended"),
            ..SettingTrial::one("enable_nestloop", "off", "nested_loop_many")
        });
    }
    out
}
