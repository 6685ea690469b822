//! Reading the compact form back.

use std::iter::Peekable;

use super::{
    marks,
    write::{mark, usual_loops},
};
use crate::{
    Actual, Buffers, Condition, ConditionKind, HashAggregate, HashTable, IoTimes, Jit, Kind, Memoize, Node, NodeId,
    Plan, PlanError, Relationship, Removed, SortRun, Storage, Trigger, Wal, Worker,
};

const CONDITIONS: [ConditionKind; 10] = [
    ConditionKind::IndexCond,
    ConditionKind::OrderBy,
    ConditionKind::RecheckCond,
    ConditionKind::TidCond,
    ConditionKind::HashCond,
    ConditionKind::MergeCond,
    ConditionKind::JoinFilter,
    ConditionKind::Filter,
    ConditionKind::OneTimeFilter,
    ConditionKind::RunCondition,
];

/// A plan from its compact form. Figures have the three digits that the form has.
///
/// # Errors
/// [`PlanError::NoNode`] when a line is not one of the form.
pub fn parse_compact(text: &str) -> Result<Plan, PlanError> {
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let footer = lines.pop().ok_or(PlanError::Empty)?;
    let executed = !footer.contains("not executed");
    let mut plan = Plan {
        nodes: Vec::with_capacity(lines.len()),
        planning_ms: None,
        execution_ms: None,
        planning_buffers: None,
        triggers: Vec::new(),
        jit: None,
        settings: Vec::new(),
        query_id: None,
        query_text: None,
        notes: Vec::new(),
        has_buffers: false,
    };
    for line in lines {
        node(&mut plan, line, executed)?;
    }
    if plan.nodes.is_empty() {
        return Err(PlanError::NoNode);
    }
    read_footer(&mut plan, footer);
    // Costs stand where nothing was timed.
    let timed = plan.nodes.iter().all(|node| node.total_cost <= 0.0);
    totals(&mut plan, timed);
    Ok(plan)
}

/// One line becomes the next node, below the last one that stands further left.
fn node(plan: &mut Plan, line: &str, executed: bool) -> Result<(), PlanError> {
    let depth = line.len() - line.trim_start_matches(' ').len();
    let (subplan_name, rest) = subplan(line.trim_start_matches(' '));
    let parent = plan.nodes.iter().rposition(|node| node.depth < depth);
    let inputs = parent
        .map_or(0, |parent| plan.children(plan.node(parent)).filter(|child| child.subplan_name.is_none()).count());
    let mut words = words(rest).into_iter().peekable();
    let mut node = empty(plan.nodes.len(), parent, parent.map_or(0, |parent| plan.node(parent).depth + 1));
    // Depth is the indentation while lines are read, as `parent` was found by it.
    node.depth = depth;
    node.subplan_name = subplan_name;
    let head = words.next().ok_or(PlanError::NoNode)?;
    kind(&mut node, &head.text, head.quoted).ok_or(PlanError::NoNode)?;
    node.relationship = relationship(&node, parent.map(|parent| plan.node(parent)), inputs);
    if node.kind.is_join() {
        let mut join = Vec::new();
        while let Some(word) = words
            .next_if(|word| !word.quoted && ["left", "right", "full", "semi", "anti"].contains(&word.text.as_str()))
        {
            join.push(capitalised(&word.text));
        }
        node.join_type = (!join.is_empty()).then(|| join.join(" "));
    }
    names(&mut node, &mut words);
    if executed {
        node.actual = Some(Actual { startup_ms: None, total_ms: Some(0.0), rows: 0.0, loops: 0 });
        let usual = usual_loops(plan, &node);
        if let Some(actual) = &mut node.actual {
            actual.loops = usual;
        }
    }
    figures(&mut node, &mut words);
    if let Some(parent) = parent.and_then(|parent| plan.nodes.get_mut(parent)) {
        parent.children.push(node.id);
    }
    plan.nodes.push(node);
    Ok(())
}

/// `init2($1): `, `sub1: `, `CTE recent: ` before a node.
fn subplan(line: &str) -> (Option<String>, &str) {
    let Some((name, rest)) = line.split_once(": ").filter(|(name, _)| !name.contains('[')) else {
        return (None, line);
    };
    let name = if let Some(number) = name.strip_prefix("init") {
        format!("InitPlan {}", number.replace('(', " (returns "))
    } else if let Some(number) = name.strip_prefix("sub") {
        format!("SubPlan {}", number.replace('(', " (returns "))
    } else if name.starts_with("CTE ") {
        name.to_owned()
    } else {
        return (None, line);
    };
    (Some(name), rest)
}

/// One word of a line; a condition is one word, brackets and all.
struct Word {
    text: String,
    quoted: bool,
    /// Between brackets.
    inner: Option<String>,
    /// Stands directly after the one before: `/index`.
    joined: bool,
}

type Words = Peekable<std::vec::IntoIter<Word>>;

fn words(line: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    let mut joined = false;
    while !rest.is_empty() {
        let (word, after) = word(rest);
        rest = after.strip_prefix('/').unwrap_or(after);
        found.push(Word { joined, ..word });
        joined = after.starts_with('/');
        rest = rest.trim_start();
    }
    found
}

fn word(text: &str) -> (Word, &str) {
    let plain = |text: &str, quoted| Word { text: text.to_owned(), quoted, inner: None, joined: false };
    if let Some(inside) = text.strip_prefix('"') {
        let mut end = 0;
        while let Some(at) = inside.get(end..).and_then(|tail| tail.find('"')) {
            end += at;
            if inside.get(end + 1..).is_some_and(|tail| tail.starts_with('"')) {
                end += 2;
            } else {
                let name = inside.get(..end).unwrap_or_default().replace("\"\"", "\"");
                return (plain(&name, true), inside.get(end + 1..).unwrap_or_default());
            }
        }
        return (plain(inside, true), "");
    }
    let end = text.find([' ', '[', '/']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    if let Some(inside) = rest.strip_prefix('[') {
        let end = closing(inside);
        let condition = inside.get(..end).unwrap_or(inside).to_owned();
        let word = Word { inner: Some(condition), ..plain(name, false) };
        return (word, inside.get(end + 1..).unwrap_or_default());
    }
    // Figures such as `4k/1k exact` keep their slash.
    if rest.starts_with('/') && name.starts_with(|c: char| c.is_ascii_digit()) {
        let end = text.find(' ').unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        return (plain(name, false), rest);
    }
    (plain(name, false), rest)
}

/// Where the bracket closes that opened before `text`, quotes and inner brackets skipped.
fn closing(text: &str) -> usize {
    let (mut depth, mut quote) = (0_u32, None::<char>);
    for (at, c) in text.char_indices() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('[', None) => depth += 1,
            (']', None) if depth == 0 => return at,
            (']', None) => depth -= 1,
            _ => {}
        }
    }
    // A long condition was cut inside a literal: the line's last bracket closes it.
    text.rfind(']').unwrap_or(text.len())
}

fn kind(node: &mut Node, text: &str, quoted: bool) -> Option<()> {
    if quoted {
        text.clone_into(&mut node.node_type);
        return Some(());
    }
    let (text, backward) = text.strip_suffix('<').map_or((text, false), |text| (text, true));
    node.backward = backward;
    for (text, parallel) in [Some((text, false)), text.strip_prefix('P').map(|text| (text, true))].into_iter().flatten()
    {
        let mode = ["Partial", "Finalize"].into_iter().find(|mode| text.starts_with(mode));
        let bare = mode.and_then(|mode| text.strip_prefix(mode)).unwrap_or(text);
        let strategy = match bare {
            "HashAgg" => Some("Hashed"),
            "GroupAgg" => Some("Sorted"),
            "MixedAgg" => Some("Mixed"),
            "Agg" => Some("Plain"),
            _ => None,
        };
        node.parallel_aware = parallel;
        if let Some(strategy) = strategy {
            node.kind = Kind::Aggregate;
            node.strategy = Some(strategy.to_owned());
            node.partial_mode = mode.map(str::to_owned);
            "Aggregate".clone_into(&mut node.node_type);
            return Some(());
        }
        if ["Insert", "Update", "Delete", "Merge"].contains(&text) {
            node.kind = Kind::ModifyTable;
            node.operation = Some(text.to_owned());
            "ModifyTable".clone_into(&mut node.node_type);
            return Some(());
        }
        if let Some((kind, name)) = Kind::from_short(text) {
            node.kind = kind;
            name.clone_into(&mut node.node_type);
            return Some(());
        }
    }
    None
}

fn relationship(node: &Node, parent: Option<&Node>, inputs: usize) -> Relationship {
    let Some(parent) = parent else { return Relationship::Root };
    match node.subplan_name.as_deref() {
        Some(name) if name.starts_with("CTE ") => Relationship::Cte,
        Some(name) if name.starts_with("InitPlan") => Relationship::InitPlan,
        Some(_) => Relationship::SubPlan,
        None => match parent.kind {
            Kind::Append | Kind::MergeAppend | Kind::BitmapAnd | Kind::BitmapOr => Relationship::Member,
            Kind::SubqueryScan => Relationship::Subquery,
            _ if inputs == 0 => Relationship::Outer,
            _ if inputs == 1 && parent.kind != Kind::ModifyTable => Relationship::Inner,
            _ => Relationship::Member,
        },
    }
}

/// Relation, alias and index, as far as they stand there.
fn names(node: &mut Node, words: &mut Words) {
    let mut found: Vec<String> = Vec::new();
    while found.len() < 2
        && let Some(word) =
            words.next_if(|word| !word.joined && word.inner.is_none() && (word.quoted || !marks::is_mark(&word.text)))
    {
        found.push(word.text);
    }
    if let Some(word) = words.next_if(|word| word.joined) {
        node.index = Some(word.text);
    }
    let mut found = found.into_iter();
    match node.kind {
        Kind::BitmapIndexScan => node.index = found.next(),
        Kind::SubqueryScan | Kind::ValuesScan => node.alias = found.next(),
        _ => {
            if let Some(relation) = found.next() {
                match relation.split_once('.') {
                    Some((schema, relation)) => {
                        node.schema = Some(schema.to_owned());
                        node.relation = Some(relation.to_owned());
                    }
                    None => node.relation = Some(relation),
                }
            }
            node.alias = found.next();
        }
    }
}

fn figures(node: &mut Node, words: &mut Words) {
    while let Some(word) = words.next() {
        let mut next = || words.next().map(|word| word.text).unwrap_or_default();
        if let Some(inner) = word.inner {
            bracketed(node, &word.text, inner);
            continue;
        }
        match word.text.as_str() {
            "self" => node.self_ms = milliseconds(&next()),
            "never" => {
                if let Some(actual) = &mut node.actual {
                    actual.loops = 0;
                }
            }
            "cost" => node.total_cost = number(&next()),
            "TEMP" => {
                let pages = whole(&next());
                (node.own.temp_read, node.own.temp_written) = (pages / 2, pages - pages / 2);
            }
            "topN" => node.sort = Some(SortRun { method: "top-N heapsort".to_owned(), space_kb: 0, disk: false }),
            word @ ("mem" | "DISK") => size(node, word == "DISK", kilobytes(&next(), &next())),
            "batches" => batches(node, &next()),
            "LOSSY" => {
                let (lossy, exact) = pair(&next());
                (node.lossy_blocks, node.exact_blocks) = (lossy, exact);
            }
            "heap" => node.heap_fetches = Some(whole(&next())),
            "hit" => {
                // `hit 2k/miss 38k`
                let hits = whole(next().trim_end_matches("/miss"));
                let misses = whole(&next());
                node.memoize = Some(Memoize { hits, misses, evictions: 0, overflows: 0, peak_kb: 0 });
            }
            word @ ("evict" | "overflow") => {
                let n = whole(&next());
                if let Some(cache) = &mut node.memoize {
                    *(if word == "evict" { &mut cache.evictions } else { &mut cache.overflows }) = n;
                }
            }
            "workers" => {
                let (launched, planned) = pair(&next());
                (node.workers_launched, node.workers_planned) = (Some(launched), Some(planned));
            }
            "each" => {
                let rows = next();
                node.workers = (0..).zip(rows.split('/')).map(|(number, rows)| worker(number, rows)).collect();
            }
            "wal" => {
                node.wal.bytes = kilobytes(&next(), &next()) * 1024;
                node.wal.records = whole(&next());
            }
            "fpi" => node.wal.full_page_images = whole(&next()),
            "pruned" => node.subplans_removed = whole(&next()),
            "searches" => node.index_searches = Some(whole(&next())),
            "DISABLED" => node.disabled = true,
            "presorted" => {
                let keys = usize::try_from(whole(&next())).unwrap_or_default();
                node.presorted_key = node.sort_key.iter().take(keys).cloned().collect();
            }
            "exact" => {}
            "(est" | "est" => {}
            mark => marked(node, mark, words),
        }
    }
}

/// A mark and its number in one word; rows may be followed by what was expected.
fn marked(node: &mut Node, word: &str, words: &mut Words) {
    let (mark, value) = marks::split(word);
    match mark {
        "r" if value.starts_with('~') => node.plan_rows = number(value.trim_start_matches('~')),
        "r" => {
            let estimated = value.split_once("(est");
            let rows = number(estimated.map_or(value, |(rows, _)| rows));
            node.plan_rows = rows;
            if estimated.is_some() {
                let expected = words.next().map(|word| word.text).unwrap_or_default();
                node.plan_rows = number(expected.trim_end_matches(')'));
                // Without a factor the node was stopped early, and nobody misjudged.
                if !expected.ends_with(')') {
                    let factor = words.next().map(|word| word.text).unwrap_or_default();
                    node.q_error = Some(number(factor.trim_start_matches('x').trim_end_matches(')')));
                }
            }
            if let Some(actual) = &mut node.actual {
                actual.rows = rows;
            }
        }
        "L" => {
            if let Some(actual) = &mut node.actual {
                actual.loops = whole(value);
            }
        }
        "rm" => node.removed.filter = number(value),
        "rj" => node.removed.join_filter = number(value),
        "rc" => node.removed.index_recheck = number(value),
        "b" => node.own.hit = whole(value),
        "rd" => {
            node.own.read = whole(value);
            node.own.hit = node.own.hit.saturating_sub(node.own.read);
        }
        "dirty" => node.own.dirtied = whole(value),
        "local" => node.own.local = whole(value),
        "w" => node.width = whole(value),
        "io" => node.own_io_ms = milliseconds(value),
        _ => {}
    }
}

fn bracketed(node: &mut Node, name: &str, inner: String) {
    let list = || inner.split(", ").map(str::to_owned).collect();
    match name {
        "by" => node.sort_key = list(),
        "group" => node.group_key = list(),
        "key" => node.cache_key = Some(inner),
        "out" if inner == "keys" => node.output.clone_from(&node.group_key),
        "out" => node.output = vec![inner],
        "remote" => node.remote_sql = Some(inner),
        name => {
            if let Some(kind) = CONDITIONS.into_iter().find(|kind| mark(*kind) == name) {
                node.conditions.push(Condition { kind, text: format!("({inner})") });
            }
        }
    }
}

/// What a size is of follows from the node.
fn size(node: &mut Node, disk: bool, kb: u64) {
    match node.kind {
        Kind::Sort | Kind::IncrementalSort => {
            let method = match &node.sort {
                Some(known) => known.method.clone(),
                None if disk => "external merge".to_owned(),
                None => "quicksort".to_owned(),
            };
            node.sort = Some(SortRun { method, space_kb: kb, disk });
        }
        Kind::Hash => {
            if let Some(table) = &mut node.hash {
                table.peak_kb = kb;
            }
        }
        Kind::Aggregate => {
            if let Some(table) = &mut node.hash_aggregate {
                table.disk_kb = kb;
            }
        }
        _ => node.storage = Some(Storage { disk, max_kb: kb }),
    }
}

fn batches(node: &mut Node, text: &str) {
    let (batches, planned) = text.split_once("<-").map_or((text, text), |(batches, planned)| (batches, planned));
    if node.kind == Kind::Aggregate {
        node.hash_aggregate = Some(HashAggregate { batches: whole(batches), peak_kb: 0, disk_kb: 0 });
    } else {
        node.hash = Some(HashTable { batches: whole(batches), original_batches: whole(planned), peak_kb: 0 });
    }
}

fn worker(number: u64, rows: &str) -> Worker {
    let actual = Actual { startup_ms: None, total_ms: None, rows: self::number(rows), loops: 1 };
    Worker { number, actual: Some(actual) }
}

fn read_footer(plan: &mut Plan, footer: &str) {
    for part in footer.split("; ") {
        let words: Vec<&str> = part.split(' ').collect();
        match words.as_slice() {
            ["plan", value] => plan.planning_ms = Some(milliseconds(value)),
            ["exec", value] => plan.execution_ms = Some(milliseconds(value)),
            ["jit", value] => plan.jit = Some(Jit { functions: 0, total_ms: milliseconds(value) }),
            ["trigger", rest @ ..] => plan.triggers.extend(trigger(rest)),
            ["set", rest @ ..] => {
                let pairs = rest.iter().filter_map(|pair| pair.split_once('='));
                plan.settings = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            }
            [pages, ..] if pages.starts_with('b') => plan.has_buffers = true,
            _ => {}
        }
    }
}

fn trigger(words: &[&str]) -> Option<Trigger> {
    let (constraint, words) = match words {
        ["constraint", rest @ ..] if rest.len() > 2 => (true, rest),
        _ => (false, words),
    };
    let (calls, words) = words.split_last()?;
    let (time, name) = words.split_last()?;
    let name = name.join(" ").trim_matches('"').replace("\"\"", "\"");
    Some(Trigger {
        name,
        constraint,
        relation: None,
        ms: milliseconds(time),
        calls: whole(calls.trim_start_matches('x')),
    })
}

/// Sums from the leaves up, and depths as counts of ancestors.
fn totals(plan: &mut Plan, timed: bool) {
    for id in (0..plan.nodes.len()).rev() {
        let node = plan.node(id);
        let below: f64 = plan.children(node).map(|child| child.total_ms).sum();
        let pages = plan.children(node).map(|child| child.buffers).fold(node.own, plus);
        let total = node.self_ms + below;
        if let Some(node) = plan.nodes.get_mut(id) {
            node.total_ms = total;
            node.buffers = pages;
            if let Some(actual) = &mut node.actual {
                actual.total_ms = (timed && actual.loops > 0).then(|| total / crate::node::count(actual.loops));
            }
        }
    }
    for id in 0..plan.nodes.len() {
        let depth = plan.parent(plan.node(id)).map_or(0, |parent| parent.depth + 1);
        if let Some(node) = plan.nodes.get_mut(id) {
            node.depth = depth;
        }
    }
}

const fn plus(a: Buffers, b: Buffers) -> Buffers {
    Buffers {
        hit: a.hit.saturating_add(b.hit),
        read: a.read.saturating_add(b.read),
        dirtied: a.dirtied.saturating_add(b.dirtied),
        written: a.written.saturating_add(b.written),
        local: a.local.saturating_add(b.local),
        temp_read: a.temp_read.saturating_add(b.temp_read),
        temp_written: a.temp_written.saturating_add(b.temp_written),
    }
}

/// `12.3k`, `1.2M`, with thousands separated where a factor has them.
fn number(text: &str) -> f64 {
    let (digits, factor) = match text.chars().last() {
        Some('k') => (text.trim_end_matches('k'), 1e3),
        Some('M') => (text.trim_end_matches('M'), 1e6),
        Some('G') => (text.trim_end_matches('G'), 1e9),
        _ => (text, 1.0),
    };
    digits.replace(',', "").parse::<f64>().map_or(0.0, |value| value * factor)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates, which is right here")]
fn whole(text: &str) -> u64 {
    number(text).round() as u64
}

fn pair(text: &str) -> (u64, u64) {
    let (a, b) = text.split_once('/').unwrap_or((text, "0"));
    (whole(a), whole(b))
}

fn milliseconds(text: &str) -> f64 {
    match text.strip_suffix("ms") {
        Some(value) => number(value),
        None => number(text.trim_end_matches('s')) * 1000.0,
    }
}

fn kilobytes(value: &str, unit: &str) -> u64 {
    let factor = match unit {
        "GB" => 1024.0 * 1024.0,
        "MB" => 1024.0,
        _ => 1.0,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes are positive")]
    let kb = (number(value) * factor) as u64;
    kb
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn empty(id: NodeId, parent: Option<NodeId>, depth: usize) -> Node {
    Node {
        id,
        parent,
        children: Vec::new(),
        depth,
        relationship: Relationship::Root,
        subplan_name: None,
        kind: Kind::Other,
        node_type: String::new(),
        strategy: None,
        partial_mode: None,
        join_type: None,
        operation: None,
        parallel_aware: false,
        backward: false,
        relation: None,
        schema: None,
        alias: None,
        index: None,
        conditions: Vec::new(),
        sort_key: Vec::new(),
        presorted_key: Vec::new(),
        group_key: Vec::new(),
        cache_key: None,
        output: Vec::new(),
        remote_sql: None,
        startup_cost: 0.0,
        total_cost: 0.0,
        plan_rows: 0.0,
        width: 0,
        actual: None,
        removed: Removed::default(),
        heap_fetches: None,
        exact_blocks: 0,
        lossy_blocks: 0,
        sort: None,
        hash: None,
        hash_aggregate: None,
        memoize: None,
        storage: None,
        workers_planned: None,
        workers_launched: None,
        workers: Vec::new(),
        subplans_removed: 0,
        disabled: false,
        index_searches: None,
        buffers: Buffers::default(),
        io: IoTimes::default(),
        wal: Wal::default(),
        processes: 1.0,
        total_ms: 0.0,
        self_ms: 0.0,
        own: Buffers::default(),
        own_io_ms: 0.0,
        q_error: None,
    }
}
