//! Writing the compact form.

use std::fmt::Write as _;

use super::marks::is_mark;
use crate::{
    Condition, ConditionKind, Kind, Node, Plan, Relationship, label,
    node::count,
    predicate::strip,
    rules::computes_nothing,
    units::{cut, factor, ms, short, size_kb},
};

/// Longest condition shown, in characters.
const CONDITION_LIMIT: usize = 240;

/// Bytes from which a row is wide enough to say so.
const WIDE: u64 = 250;
/// Rows from which even narrow ones make a large result.
const MANY: f64 = 100_000.0;

/// The whole plan, one line a node and a last line of totals.
pub fn compact(plan: &Plan) -> String {
    let mut out = String::new();
    let elapsed = plan.elapsed_ms().unwrap_or_default();
    for node in plan.nodes() {
        for _ in 0..node.depth {
            out.push(' ');
        }
        line(&mut out, plan, node, elapsed);
        out.push('\n');
    }
    footer(&mut out, plan);
    out
}

fn line(out: &mut String, plan: &Plan, node: &Node, elapsed: f64) {
    if let Some(name) = &node.subplan_name {
        // Parameters stay: conditions refer to them.
        let name = name.replace("InitPlan ", "init").replace("SubPlan ", "sub").replace(" (returns ", "(");
        let _ = write!(out, "{name}: ");
    }
    out.push_str(&head(node));
    if node.never_executed() {
        out.push_str(" never");
    } else {
        figures(out, plan, node, elapsed);
    }
    flags(out, node);
    for condition in &node.conditions {
        // The recheck repeats the index condition unless something is rechecked.
        let repeated = condition.kind == ConditionKind::RecheckCond && node.removed.index_recheck <= 0.0;
        if !repeated {
            let _ = write!(out, " {}[{}]", mark(condition.kind), expression(condition, node));
        }
    }
    if let Some(key) = &node.cache_key {
        let _ = write!(out, " key[{key}]");
    }
    for (name, keys) in [("by", &node.sort_key), ("group", &node.group_key)] {
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(|key| drop_casts(key)).collect();
            let _ = write!(out, " {name}[{}]", cut(&keys.join(", "), CONDITION_LIMIT));
        }
    }
    // The one thing in the output list that costs.
    if let Some(distinct) = node.output.iter().find(|column| column.contains("(DISTINCT ")) {
        let _ = write!(out, " out[{}]", cut(distinct, CONDITION_LIMIT));
    } else if node.kind == Kind::Aggregate && computes_nothing(node) {
        // Nothing but its keys, which only VERBOSE tells.
        out.push_str(" out[keys]");
    }
    if let Some(remote) = &node.remote_sql {
        let _ = write!(out, " remote[{}]", cut(remote, CONDITION_LIMIT));
    }
    if !node.presorted_key.is_empty() {
        let _ = write!(out, " presorted {}", node.presorted_key.len());
    }
}

/// Short node name, relation and index.
fn head(node: &Node) -> String {
    let short = node.kind.short();
    let mut out = match node.kind {
        Kind::Aggregate => {
            let strategy = match node.strategy.as_deref() {
                Some("Hashed") => "HashAgg",
                Some("Sorted") => "GroupAgg",
                Some("Mixed") => "MixedAgg",
                _ => "Agg",
            };
            format!("{}{strategy}", node.partial_mode.as_deref().unwrap_or_default())
        }
        Kind::ModifyTable => node.operation.clone().unwrap_or_default(),
        Kind::Other => format!("\"{}\"", label::node_name(node)),
        _ => short.to_owned(),
    };
    if let Some(join) = &node.join_type
        && node.kind.is_join()
    {
        let _ = write!(out, " {}", join.to_lowercase());
    }
    if node.parallel_aware {
        out.insert(0, 'P');
    }
    if node.backward {
        out.push('<');
    }
    if let Some(relation) = node.qualified_relation() {
        let _ = write!(out, " {}", name(relation.strip_prefix("public.").unwrap_or(&relation)));
    }
    if let Some(alias) = &node.alias {
        let _ = write!(out, " {}", name(alias));
    }
    if let Some(index) = &node.index {
        out.push_str(if node.relation.is_some() { "/" } else { " " });
        out.push_str(&name(index));
    }
    out
}

/// A name as it stands, in double quotes where it could be taken for a mark.
fn name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || "_.$".contains(c));
    if plain && !is_mark(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn figures(out: &mut String, plan: &Plan, node: &Node, elapsed: f64) {
    let Some(actual) = node.actual else {
        let _ = write!(out, " cost {} r~{}", short(node.total_cost.round()), short(node.plan_rows));
        return;
    };
    if !plan.is_timed() {
        let _ = write!(out, " cost {}", short(node.total_cost.round()));
    }
    // What rounds to nothing says nothing.
    if node.self_ms >= 0.005 && node.self_ms >= elapsed * 0.001 {
        let _ = write!(out, " self {}", ms(node.self_ms));
    }
    let passes_on = matches!(node.kind, Kind::Hash | Kind::BitmapAnd | Kind::BitmapOr | Kind::ModifyTable);
    if !passes_on {
        let _ = write!(out, " r{}", short(actual.rows));
    }
    if let Some(q) = node.q_error.filter(|q| *q >= 3.0)
        && !passes_on
    {
        let _ = write!(out, "(est {} x{})", short(node.plan_rows), factor(q));
    }
    // Stopped before its end: what the planner was prepared for is the size that matters.
    if node.q_error.is_none() && !passes_on && node.plan_rows >= 10_000.0 && node.plan_rows >= 10.0 * actual.rows {
        let _ = write!(out, "(est {})", short(node.plan_rows));
    }
    if actual.loops != usual_loops(plan, node) {
        let _ = write!(out, " L{}", short(count(actual.loops)));
    }
    for (name, rows) in
        [("rm", node.removed.filter), ("rj", node.removed.join_filter), ("rc", node.removed.index_recheck)]
    {
        if rows > 0.0 {
            let _ = write!(out, " {name}{}", short(rows));
        }
    }
    if node.own.touched() > 0 {
        let _ = write!(out, " b{}", short(count(node.own.touched())));
    }
    // Where it is most of the node's time it is the finding, else it is noise.
    if node.own_io_ms / node.processes.max(1.0) >= node.self_ms * 0.2 && node.own_io_ms >= 1.0 {
        let _ = write!(out, " io{}", ms(node.own_io_ms / node.processes.max(1.0)));
    }
    if node.width >= WIDE || (node.width > 0 && width_matters(plan, node)) {
        let _ = write!(out, " w{}", short(count(node.width)));
    }
    for (name, pages) in [("rd", node.own.read), ("dirty", node.own.dirtied), ("local", node.own.local)] {
        if pages > 0 {
            let _ = write!(out, " {name}{}", short(count(pages)));
        }
    }
}

/// Of a large result, and of an aggregate and its large input: beside each other they tell
/// whether anything is computed.
fn width_matters(plan: &Plan, node: &Node) -> bool {
    if node.parent.is_none() && node.rows() >= MANY {
        return true;
    }
    if node.kind == Kind::Aggregate {
        return plan.children(node).any(|input| input.rows() >= MANY);
    }
    let passes = |above: &&Node| matches!(above.kind, Kind::Sort | Kind::Gather | Kind::GatherMerge);
    let reader = plan.ancestors(node).find(|above| !passes(above));
    node.rows() >= MANY && !passes(&node) && reader.is_some_and(|above| above.kind == Kind::Aggregate)
}

/// Loops that go without saying: the parent's; once for an inner side.
pub(super) fn usual_loops(plan: &Plan, node: &Node) -> u64 {
    match node.relationship {
        Relationship::Inner | Relationship::InitPlan | Relationship::Cte => 1,
        _ => plan.parent(node).map_or(1, Node::loops),
    }
}

fn flags(out: &mut String, node: &Node) {
    if node.own.temp() > 0 {
        let _ = write!(out, " TEMP {}", short(count(node.own.temp())));
    }
    if let Some(sort) = &node.sort {
        let word = if sort.disk { "DISK" } else { "mem" };
        let top = if sort.method.contains("top-N") { "topN " } else { "" };
        let _ = write!(out, " {top}{word} {}", size_kb(sort.space_kb));
    }
    if let Some(hash) = &node.hash
        && hash.batches > 1
    {
        let _ = write!(out, " batches {}", hash.batches);
        if hash.original_batches < hash.batches {
            let _ = write!(out, "<-{}", hash.original_batches);
        }
        let _ = write!(out, " mem {}", size_kb(hash.peak_kb));
    }
    if let Some(table) = &node.hash_aggregate
        && table.batches > 1
    {
        let _ = write!(out, " batches {} DISK {}", table.batches, size_kb(table.disk_kb));
    }
    if let Some(storage) = node.storage.filter(|storage| storage.disk) {
        let _ = write!(out, " DISK {}", size_kb(storage.max_kb));
    }
    if node.lossy_blocks > 0 {
        let exact = short(count(node.exact_blocks));
        let _ = write!(out, " LOSSY {}/{exact} exact", short(count(node.lossy_blocks)));
    }
    if let Some(fetches) = node.heap_fetches.filter(|fetches| *fetches > 0) {
        let _ = write!(out, " heap {}", short(count(fetches)));
    }
    if let Some(cache) = node.memoize {
        let _ = write!(out, " hit {}/miss {}", short(count(cache.hits)), short(count(cache.misses)));
        if cache.evictions > 0 {
            let _ = write!(out, " evict {}", short(count(cache.evictions)));
        }
        if cache.overflows > 0 {
            let _ = write!(out, " overflow {}", short(count(cache.overflows)));
        }
    }
    if let Some(planned) = node.workers_planned {
        let _ = write!(out, " workers {}/{planned}", node.workers_launched.unwrap_or(planned));
    }
    let rows: Vec<f64> =
        node.workers.iter().filter_map(|worker| worker.actual.map(|it| it.rows * count(it.loops))).collect();
    // Spread evenly, they say nothing that the sum does not.
    let leader = node.rows() - rows.iter().sum::<f64>();
    let average = node.rows() / count(rows.len() as u64 + 1);
    if !rows.is_empty() && rows.iter().copied().fold(leader, f64::max) >= average * 1.3 {
        let rows: Vec<String> = rows.into_iter().map(short).collect();
        let _ = write!(out, " each {}", rows.join("/"));
    }
    if node.wal.bytes > 0 && node.kind == Kind::ModifyTable {
        let wal = node.wal;
        let _ = write!(out, " wal {} {}", size_kb(wal.bytes / 1024), short(count(wal.records)));
        if wal.full_page_images > 0 {
            let _ = write!(out, " fpi {}", short(count(wal.full_page_images)));
        }
    }
    if node.subplans_removed > 0 {
        let _ = write!(out, " pruned {}", node.subplans_removed);
    }
    if let Some(searches) = node.index_searches.filter(|searches| *searches > node.loops().max(1)) {
        let _ = write!(out, " searches {}", short(count(searches)));
    }
    if node.disabled {
        out.push_str(" DISABLED");
    }
}

pub(super) const fn mark(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::IndexCond => "ic",
        ConditionKind::OrderBy => "order",
        ConditionKind::RecheckCond => "rc",
        ConditionKind::TidCond => "tid",
        ConditionKind::HashCond => "hc",
        ConditionKind::MergeCond => "mc",
        ConditionKind::JoinFilter => "jf",
        ConditionKind::Filter => "f",
        ConditionKind::OneTimeFilter => "once",
        ConditionKind::RunCondition => "run",
    }
}

/// The condition without what a reader can supply: outer parentheses, casts of literals, and on
/// scans the relation's own name.
fn expression(condition: &Condition, node: &Node) -> String {
    let mut text = drop_casts(strip(&condition.text));
    if let Some(name) = node.reference().filter(|_| !node.kind.is_join()) {
        text = unqualify(&text, name);
    }
    cut(&text, CONDITION_LIMIT)
}

/// `name.column` as `column`, where `name` is the node's own relation.
fn unqualify(text: &str, name: &str) -> String {
    let prefix = format!("{name}.");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&prefix) {
        let before = rest.get(..at).unwrap_or_default();
        out.push_str(before);
        if before.ends_with(|c: char| c.is_alphanumeric() || "_.\"$".contains(c)) {
            out.push_str(&prefix);
        }
        rest = rest.get(at + prefix.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Drops `::type` after literals: the type is the column's in all but the cases that rules name.
fn drop_casts(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("'::") {
        out.push_str(rest.get(..=at).unwrap_or_default());
        let after = rest.get(at + 3..).unwrap_or_default();
        let mut end =
            after.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '"' || c == '.')).unwrap_or(after.len());
        for tail in [" without time zone", " with time zone", " precision", " varying"] {
            if after.get(end..).is_some_and(|tail_text| tail_text.starts_with(tail)) {
                end += tail.len();
            }
        }
        if after.get(end..).is_some_and(|tail| tail.starts_with("[]")) {
            end += 2;
        }
        rest = after.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn footer(out: &mut String, plan: &Plan) {
    let mut parts: Vec<String> = Vec::new();
    if let Some(planning) = plan.planning_ms {
        parts.push(format!("plan {}", ms(planning)));
    }
    match plan.elapsed_ms() {
        Some(elapsed) => parts.push(format!("exec {}", ms(elapsed))),
        None if !plan.is_executed() => parts.push("not executed: costs and expected rows only".to_owned()),
        None => {}
    }
    if plan.has_buffers {
        let all = plan.root().buffers;
        let mut pages = format!("b{}", short(count(all.touched())));
        if all.read > 0 {
            let _ = write!(pages, " rd{}", short(count(all.read)));
        }
        parts.push(pages);
    }
    if let Some(jit) = plan.jit.filter(|jit| jit.total_ms > 0.0) {
        parts.push(format!("jit {}", ms(jit.total_ms)));
    }
    for trigger in &plan.triggers {
        let of = if trigger.constraint { " constraint" } else { "" };
        parts.push(format!("trigger{of} {} {} x{}", name(&trigger.name), ms(trigger.ms), short(count(trigger.calls))));
    }
    if !plan.settings.is_empty() {
        let list: Vec<String> = plan.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        parts.push(format!("set {}", list.join(" ")));
    }
    out.push_str(&parts.join("; "));
    out.push('\n');
}
